"""One module a task; each has `rows(seed) -> dict of split name to rows`."""

"""What every ``finetutor data`` command shares: the language, errors as exit codes, progress on stderr, JSON on stdout."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import typer

from labs.data.errors import DataError
from labs.data.reading import Progress
from labs.data.tokens import LossOn, RowTokenizer
from metrics.clean import clean as clean_text
from tui.cli.output import choose_language
from tui.library_words import in_words


def loss(name: str) -> LossOn:
    """The tokens that are learned, from the option's text."""
    if name == "response":
        return "response"
    if name == "all":
        return "all"
    raise DataError("option.loss-on", f"{name!r} is neither response nor all")


def load_tokenizer(model: str | None, *, needed: bool) -> RowTokenizer | None:
    """The tokenizer of a model folder, or of the bundled model; None where none was named and none is needed."""
    if model is None and not needed:
        return None
    if model is None or model == "pocket":
        from labs.pocket import MODEL_DIR

        return RowTokenizer(MODEL_DIR)
    return RowTokenizer(Path(model))


def shown(path: Path) -> str:
    """A path fit for the terminal."""
    return clean_text(str(path), one_line=True)


def print_json(value: object) -> None:
    """Print ``value`` as indented JSON."""
    text = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode()
    sys.stdout.write(text + "\n")


@contextmanager
def reported(lang: str | None) -> Iterator[None]:
    """Speak ``lang`` or the locale's language; turn a ``DataError`` into one line on stderr and exit code 2."""
    choose_language(lang)
    try:
        yield
    except DataError as error:
        print(f"finetutor data: {clean_text(_said(error), one_line=True)}", file=sys.stderr)
        raise typer.Exit(2) from error
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; nothing more to say
        raise typer.Exit(0) from None


@contextmanager
def counting(what: str) -> Iterator[Progress]:
    """Count rows on stderr, on one line where that is a terminal, else not at all below 100,000 rows."""
    live = sys.stderr.isatty()
    drawn = False
    label = clean_text(what, one_line=True)

    def tell(done: int, total: int | None) -> None:
        nonlocal drawn
        of = "" if total is None else f" of {total:,}"
        if live:
            print(f"\r{label}: {done:,}{of} rows ", end="", file=sys.stderr, flush=True)
            drawn = True
        elif done % 100_000 == 0 and done:
            print(f"{label}: {done:,}{of} rows", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if drawn:
            print(file=sys.stderr)


def _said(error: DataError) -> str:
    """As the error puts itself, in the language of now."""
    said = str(error)
    for part in (error.message, error.hint):
        said = said.replace(part, in_words(part)) if part else said
    return said

"""One small file a page with its style sheet beside it; ``tui.places`` lists the pages that have a key of their own."""

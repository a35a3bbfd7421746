"""Questions and cards in and out: Anki, GIFT, Moodle XML, QTI, CSV, hascard's Markdown."""

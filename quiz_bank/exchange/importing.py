"""Import of a deck: read whole, checked by the loader and by lint, then put in place in one step, or not at all."""

import tempfile
from pathlib import Path

import msgspec

from quiz_bank.bank import Bank
from quiz_bank.content_files import read_content
from quiz_bank.exchange.anki_in import read_apkg
from quiz_bank.exchange.csv_in import read_csv
from quiz_bank.exchange.deck import deck_slug, deck_text, write_whole
from quiz_bank.exchange.drafts import Drafts, ImportFormatError, Refusal
from quiz_bank.exchange.gift_in import read_gift
from quiz_bank.exchange.hascard import read_hascard
from quiz_bank.exchange.moodle_in import read_moodle
from quiz_bank.lint import Finding, lint
from quiz_bank.text import harmless

MAX_BYTES = 64 * 1024 * 1024
FORMATS = {
    ".apkg": "anki",
    ".gift": "gift",
    ".xml": "moodle",
    ".csv": "csv",
    ".tsv": "csv",
    ".md": "hascard",
    ".txt": "hascard",
    ".toml": "finetutor",
}
"""Formats by a file's ending."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an import."""

    source: Path
    deck: Path | None
    """The deck that was written; None where nothing was."""
    format: str
    questions: int
    cards: int
    refused: tuple[Refusal, ...]
    """Items left out, with line and reason; ``broken`` ones stop the import unless it was told to skip them."""
    losses: tuple[Refusal, ...]
    """What items that were taken over have lost."""
    findings: tuple[Finding, ...]
    """What lint says of the deck: at a line of the source where that is a deck of ours, else of the deck that was written."""
    usable: bool
    """Whether it was written, or would be without ``dry_run``."""


def import_deck(
    source: Path,
    decks: Path,
    bank: Bank,
    *,
    name: str | None = None,
    topic: str | None = None,
    form: str | None = None,
    skip_broken: bool = False,
    dry_run: bool = False,
) -> Imported:
    """Read ``source`` and write it as a deck into ``decks``.

    Args:
        source: The foreign file.
        decks: Folder of the learner's decks.
        bank: The bank as it is, for lint: the deck may not take ids that are in use.
        name: Name of the deck; by default that of the file. A deck of that name is replaced.
        topic: Topic for all items; by default the deck is a topic of its own.
        form: One of ``FORMATS``' values; by default by the ending.
        skip_broken: Leave out what is broken instead of stopping.
        dry_run: Write nothing.

    Raises:
        ImportFormatError: the file as a whole cannot be read.
        OSError: the deck cannot be written; the old one is as it was.
    """
    form = form or FORMATS.get(source.suffix.casefold())
    if form is None:
        known = ", ".join(sorted(FORMATS))
        raise ImportFormatError(
            source, None, f"unknown ending {source.suffix!r}; known: {known}; or say the format"
        )
    title = harmless(name or source.stem).strip() or "deck"
    slug = deck_slug(title)
    deck = decks / f"{slug}.toml"
    in_use = {
        part.part.id for part in bank.placed if part.table in ("question", "card") and part.file != deck
    }
    drafts = Drafts(slug, topic or slug, frozenset(in_use))
    if form == "anki":
        read_apkg(source, drafts)
        text = ""
    else:
        text = read_text(source)
        readers = {"gift": read_gift, "moodle": read_moodle, "csv": read_csv, "hascard": read_hascard}
        if form in readers:
            readers[form](source, text, drafts)
        elif form != "finetutor":
            raise ImportFormatError(
                source, None, f"unknown format {form!r}; known: {', '.join(sorted(set(FORMATS.values())))}"
            )
    written = text if form == "finetutor" else deck_text(title, slug, topic, drafts.questions, drafts.cards)
    findings = _check(written, deck, bank, drafts)
    broken = [refusal for refusal in drafts.refusals if refusal.broken]
    errors = [found for found in findings if found.severity == "error"]
    nothing = not drafts.questions and not drafts.cards
    # A deck of ours may keep what is broken in it: the loader leaves such items out. What we made of another format may not.
    sound = (skip_broken or not broken) and (not errors or (skip_broken and form == "finetutor"))
    write = sound and not nothing and not dry_run
    if write:
        write_whole(deck, written)
    if form == "finetutor":
        findings = [msgspec.structs.replace(found, file=source) for found in findings]
    elif not write:  # nobody can open the deck that its lines are of
        findings = [msgspec.structs.replace(found, file=source, line=None) for found in findings]
    return Imported(
        source=source,
        deck=deck if write else None,
        format=form,
        questions=len(drafts.questions),
        cards=len(drafts.cards),
        refused=tuple(drafts.refusals),
        losses=tuple(drafts.losses),
        findings=tuple(findings),
        usable=sound and not nothing,
    )


def read_text(path: Path) -> str:
    """A text file as text: UTF-8 or UTF-16 by its mark, line ends as ``\\n``, without steering characters.

    Raises:
        ImportFormatError: too large, not text, or not there.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ImportFormatError(path, None, f"{size:,} bytes; the limit is {MAX_BYTES:,}")
        data = path.read_bytes()
    except OSError as error:
        raise ImportFormatError(path, None, error.strerror or str(error)) from error
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not utf16 and b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise ImportFormatError(path, line, "a NUL byte: this is not a text file")
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        wanted = "UTF-16" if utf16 else "UTF-8"
        raise ImportFormatError(
            path, line, f"not {wanted} (byte {error.start}); save the file as UTF-8"
        ) from error
    return harmless(text)


def _check(text: str, deck: Path, bank: Bank, drafts: Drafts) -> list[Finding]:
    """Load the deck as the program will, and lint it against the bank."""
    with tempfile.TemporaryDirectory(prefix="finetutor-") as folder:
        staged = Path(folder) / deck.name
        staged.write_text(text, encoding="utf-8")
        placed, problems = read_content(staged)
        # Only what the deck's items may refer to: linting the whole bank again would take seconds and say nothing new.
        kept = [
            part for part in bank.placed if part.file != deck and part.table in ("topic", "table", "fact")
        ]
        joined = Bank([*kept, *placed], problems, bank.folders)
        found = [one for one in lint(joined, one_language=(staged.parent,)) if one.file == staged]
    if not drafts.questions and not drafts.cards:
        free = [part for part in placed if getattr(part.part, "id", "") not in drafts.in_use]
        drafts.questions += [part.part for part in free if part.table == "question"]
        drafts.cards += [part.part for part in free if part.table == "card"]
    for part in placed:
        if part.table in ("question", "card") and part.part.id in drafts.in_use:
            message = "another file has an item of this id"
            found.append(Finding("error", "duplicate-id", staged, part.line, part.part.id, "id", message))
    return [msgspec.structs.replace(one, file=deck) for one in found]

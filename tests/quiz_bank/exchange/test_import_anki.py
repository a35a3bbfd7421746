"""Imports of Anki packages: of both forms, damaged, and hostile."""

import sqlite3
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from quiz_bank.bank import CONTENT, Bank, load_bank
from quiz_bank.exchange.drafts import ImportFormatError
from quiz_bank.exchange.exporting import Exported
from quiz_bank.exchange.importing import Imported, import_deck
from quiz_bank.placeholders import fill
from quiz_bank.questions import Cloze


@cache
def shipped() -> Bank:
    return load_bank([CONTENT])


def deck(result: Imported) -> Bank:
    assert result.deck is not None, (result.refused, [str(f) for f in result.findings])
    return load_bank([result.deck.parent])


def test_anki_brings_cards_and_gaps_back(
    exported: Callable[..., Exported], example_bank: Bank, tmp_path: Path
) -> None:
    bank = deck(import_deck(exported("out.apkg").file, tmp_path / "decks", shipped()))
    (card,) = [one for one in bank.cards if one.id == "card.scale"]
    assert card.back.en == example_bank.card("card.scale").back.en
    cloze = bank.question("example.cloze-config")
    assert isinstance(cloze, Cloze)
    assert [blank.answer.en for blank in cloze.blanks] == ["lora_alpha", "all-linear"]


def apkg(path: Path, notes: list[str], name: str = "collection.anki2") -> Path:
    database = path.with_suffix(".db")
    db = sqlite3.connect(database)
    db.execute("CREATE TABLE notes (id INTEGER, guid TEXT, mid INTEGER, flds TEXT)")
    db.execute("CREATE TABLE cards (id INTEGER, nid INTEGER)")
    db.executemany(
        "INSERT INTO notes VALUES (?, ?, 1, ?)", [(i, f"g{i}", flds) for i, flds in enumerate(notes)]
    )
    db.executemany("INSERT INTO cards VALUES (?, ?)", [(i, i) for i in range(len(notes))])
    db.commit()
    db.close()
    with zipfile.ZipFile(path, "w") as package:
        package.write(database, name)
    return path


def test_anki_html_becomes_text_and_what_is_lost_is_listed(tmp_path: Path) -> None:
    source = apkg(
        tmp_path / "d.apkg",
        [
            "What is <b>LoRA</b>?<br>Costs $5\x1f<div>\\(r\\) is small</div><img src=a.png>[sound:b.mp3]",
            "{{c1::NF4::which?}} has {{c2::16}} levels\x1fextra",
            "Markup &lt;&lt;x&gt;&gt; and <script>alert(1)</script>\x1b]52;c;evil\x07 \u202eback\x1fplain",
        ],
    )
    result = import_deck(source, tmp_path / "decks", shipped())
    bank = deck(result)
    first, second = bank.cards
    assert (first.front.en, first.back.en) == ("What is **LoRA**?\nCosts \\$5", "$r$ is small")
    assert {loss.reason for loss in result.losses if loss.line == 1} == {"img", "sound"}
    assert "<<x>>" in fill(second.front.en, {}) and "alert" not in second.front.en
    assert "\x1b" not in second.front.en and "\u202e" not in second.front.en
    (cloze,) = bank.questions
    assert isinstance(cloze, Cloze) and [blank.answer.en for blank in cloze.blanks] == ["NF4", "16"]
    assert cloze.hints[0].en == "c1: which?"


def test_a_package_of_the_newer_form_is_read(tmp_path: Path) -> None:
    import anki.collection

    collection = anki.collection.Collection(str(tmp_path / "c.anki2"))
    model = collection.models.by_name("Basic")
    assert model is not None
    note = collection.new_note(model)
    note.fields = ["Front of it", "Back of it"]
    collection.add_note(note, collection.decks.id("Default"))  # type: ignore[arg-type]
    options = anki.collection.ExportAnkiPackageOptions(with_scheduling=False, with_media=False, legacy=False)
    package = tmp_path / "new.apkg"
    collection.export_anki_package(out_path=str(package), options=options, limit=None)
    collection.close()
    with zipfile.ZipFile(package) as opened:
        assert "collection.anki21b" in opened.namelist()
    bank = deck(import_deck(package, tmp_path / "decks", shipped()))
    assert [(card.front.en, card.back.en) for card in bank.cards] == [("Front of it", "Back of it")]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"not a zip",
        lambda data: b"",
        lambda data: data.replace(b"collection.anki2", b"something.else2"),
    ],
)
def test_a_damaged_package_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    good = apkg(tmp_path / "good.apkg", ["a\x1fb"]).read_bytes()
    bad = tmp_path / "bad.apkg"
    bad.write_bytes(damage(good))
    with pytest.raises(ImportFormatError):
        import_deck(bad, tmp_path / "decks", shipped())


def test_a_collection_that_unpacks_to_more_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quiz_bank.exchange.anki_in.MAX_COLLECTION", 1 << 20)
    bomb = tmp_path / "bomb.apkg"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("collection.anki2", b"\0" * (8 << 20))
    assert bomb.stat().st_size < 20_000
    with pytest.raises(ImportFormatError, match="larger than"):
        import_deck(bomb, tmp_path / "decks", shipped())

"""Cleaning: every removal has a reason, near-duplicates are those of the exact Jaccard index, the source stays."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.data.clean import CleanOptions, clean
from labs.data.errors import DataError
from labs.data.near import NearIndex, bands_for
from labs.data.normalise import language_of, normalise
from labs.data.reading import rows


def _shingles(text: str) -> set[str]:
    plain = normalise(text).decode()
    return {plain[at : at + 5] for at in range(max(1, len(plain) - 4))}


def _jaccard(one: str, other: str) -> float:
    a, b = _shingles(one), _shingles(other)
    return len(a & b) / len(a | b)


def _run(source: Path, **options: Any) -> tuple[list[dict[str, Any]], dict[int, dict[str, Any]]]:
    target = source.with_name("clean.jsonl")
    report = clean(source, target, CleanOptions(**options), force=True)
    kept = [row for _, row in rows(target)] if report.kept else []
    gone = {row["line"]: row for _, row in rows(report.removals)} if report.removed else {}
    assert report.rows == len(kept) + len(gone)
    assert sum(report.removed.values()) == len(gone)
    return kept, gone


def test_each_removal_is_listed_with_its_reason_and_its_row(
    lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]]
) -> None:
    good = chat("什么是试用期？", "试用期是双方考察的期限，最长六个月。", id="a")
    source = lines_file(
        [
            good,
            {**good, "id": "b"},
            chat("什么是试用期?", "试用期是双方考察的期限,最长六个月"),
            chat("什么是试用期呢？", "试用期是双方考察的期限，最长六个月。"),
            chat("q", ""),
            "nonsense",
            chat("ok", "ok"),
            chat("What is a trial period?", "A period in which both sides look at each other."),
        ]
    )
    before = source.read_bytes()
    kept, gone = _run(source, near=0.5, min_characters=6, languages=("zh",))
    assert kept == [good]
    assert {line: row["reason"] for line, row in gone.items()} == {
        2: "duplicate.exact",
        3: "duplicate.normalised",
        4: "duplicate.near",
        5: "turn.empty",
        6: "read.not-an-object",
        7: "filter.short",
        8: "filter.language",
    }
    assert gone[2]["like"] == gone[3]["like"] == gone[4]["like"] == 1
    assert gone[2]["row"]["id"] == "b"
    question = "什么是试用期？\n试用期是双方考察的期限，最长六个月。"
    other = "什么是试用期呢？\n试用期是双方考察的期限，最长六个月。"
    assert gone[4]["similarity"] == pytest.approx(_jaccard(question, other), abs=1e-4)
    assert source.read_bytes() == before


def test_signs_with_meaning_are_not_normalised_away(
    lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]]
) -> None:
    pairs = [
        ("5 + 3 = ?", "8"),
        ("5 - 3 = ?", "2"),
        ("Is C# fun?", "yes"),
        ("Is C fun?", "yes"),
        ("心情", "🙂"),
        ("心情", "🙁"),
    ]
    source = lines_file([chat(*pair) for pair in pairs])
    kept, _ = _run(source)
    assert len(kept) == len(pairs)


def test_a_word_that_moves_over_a_border_is_another_row(
    lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]]
) -> None:
    kept, _ = _run(lines_file([chat("a b", "c"), chat("a", "b c")]))
    assert len(kept) == 2


def test_texts_are_tidied_repaired_and_masked_where_asked(
    lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]]
) -> None:
    broken = "大模型微调".encode().decode("latin-1")
    source = lines_file([chat("a\x07\r\nb ", f"{broken}，电话13812345678", id="\x07keep")])
    kept, _ = _run(source, repair="auto", mask_personal=True)
    assert kept == [chat("a\nb", "大模型微调，电话[PHONE]", id="\x07keep")]


def test_the_leading_space_of_a_completion_stays(lines_file: Callable[..., Path]) -> None:
    row = {"prompt": "Paris is in", "completion": " France"}
    kept, _ = _run(lines_file([row]))
    assert kept == [row]


def test_source_and_listing_are_protected(
    lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]]
) -> None:
    source = lines_file([chat("a", "b")])
    with pytest.raises(DataError, match="overwrite the input"):
        clean(source, source, force=True)
    target = source.with_name("out.jsonl")
    target.with_name("out.removed.jsonl").write_text("mine")
    with pytest.raises(DataError, match="exists already"):
        clean(source, target)
    assert not target.exists()


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once.decode("utf-8", "surrogatepass")) == once


def test_near_duplicates_are_those_of_the_exact_jaccard_index() -> None:
    """Recall against brute force over edits of every strength; a reported similarity is never an estimate."""
    rng = random.Random(3)
    base = ["".join(rng.choice("abcdefghij 我你他的是在有不") for _ in range(240)) for _ in range(60)]
    index = NearIndex(0.8)
    for key, text in enumerate(base):
        index.insert(text, key)
    over = missed = 0
    for key, text in enumerate(base):
        for edits in range(1, 14):
            letters = list(text)
            for _ in range(edits):
                letters[rng.randrange(240)] = "x"
            changed = "".join(letters)
            true = _jaccard(text, changed)
            near = index.find(changed)
            if near is not None:
                assert near.key == key
                assert near.similarity == pytest.approx(true)
            over += true >= 0.8
            missed += true >= 0.8 and near is None
    assert over > 200
    assert missed / over <= 0.005


def test_a_pair_at_the_threshold_is_missed_once_in_two_hundred_at_most() -> None:
    for threshold in (0.3, 0.5, 0.7, 0.8, 0.85, 0.9, 1.0):
        bands, width = bands_for(threshold)
        assert bands * width <= 120
        assert (1 - threshold**width) ** bands <= 0.005


def test_near_duplicates_agree_with_datasketch() -> None:
    """An independent MinHash, over the same shingles, flags the same pairs away from the threshold."""
    from datasketch import MinHash, MinHashLSH

    rng = random.Random(5)
    words = [
        "合同",
        "员工",
        "试用期",
        "工资",
        "model",
        "loss",
        "train",
        "公司",
        "支付",
        "data",
        "批次",
        "rank",
    ]
    texts = []
    for _ in range(60):
        text = [rng.choice(words) + str(rng.randrange(50)) for _ in range(40)]
        texts += [" ".join(text), " ".join([*text[:-1], "changed"]), " ".join(text[:20])]
    ours = NearIndex(0.7)
    theirs = MinHashLSH(threshold=0.7, num_perm=128)
    for key, text in enumerate(texts):
        sketch = MinHash(num_perm=128, seed=1)
        sketch.update_batch([shingle.encode() for shingle in _shingles(text)])
        near = ours.add(text, key)
        flagged = bool(theirs.query(sketch))
        best = max((_jaccard(text, texts[other]) for other in range(key)), default=0.0)
        assert (near is not None) == (best >= 0.7)
        if best >= 0.85 or best < 0.45:
            assert flagged == (near is not None)
        if near is None:
            theirs.insert(str(key), sketch)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你好，世界", "zh"),
        ("Hello world", "en"),
        ("用 LoRA 微调 Qwen 模型 now", "mixed"),
        ("こんにちは世界", "ja-ko"),
        ("123 ！", "other"),
    ],
)
def test_languages_are_told_by_their_script(text: str, language: str) -> None:
    assert language_of(text) == language

"""Splits keep groups whole and strata in proportion; leakage finds what a careless split would hide."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.data.errors import DataError
from labs.data.leakage import LeakOptions, find_leaks
from labs.data.reading import rows
from labs.data.split import SplitOptions, split
from labs.data.writing import Writer


def _write(path: Path, found: list[dict[str, Any]]) -> Path:
    with Writer(path, force=True) as writer:
        for row in found:
            writer.write(row)
    return path


def _parts(folder: Path) -> dict[str, list[dict[str, Any]]]:
    return {path.stem: [row for _, row in rows(path)] for path in sorted(folder.iterdir())}


@settings(max_examples=30)
@given(groups=st.lists(st.integers(0, 12), min_size=30, max_size=80), seed=st.integers(0, 99))
def test_groups_stay_whole_and_no_row_is_lost(
    tmp_path: Path, chat: Callable[..., dict[str, Any]], groups: list[int], seed: int
) -> None:
    found = [
        chat(f"问题{at}", f"回答{at}", id=at, meta={"customer": group}) for at, group in enumerate(groups)
    ]
    source = _write(tmp_path / "all.jsonl", found)
    folder = tmp_path / "parts"
    options = SplitOptions(shares=(0.6, 0.2, 0.2), group="meta.customer", seed=seed)
    if len(set(groups)) < 3:
        with pytest.raises(DataError, match="groups cannot fill"):
            split(source, folder, options, force=True)
        return
    split(source, folder, options, force=True)
    parts = _parts(folder)
    assert sorted(row["id"] for part in parts.values() for row in part) == list(range(len(groups)))
    seen = [{row["meta"]["customer"] for row in part} for part in parts.values()]
    assert all(seen) and sum(len(part) for part in seen) == len(set(groups))


def test_the_same_seed_gives_the_same_files_and_another_seed_does_not(
    tmp_path: Path, chat: Callable[..., dict[str, Any]]
) -> None:
    source = _write(tmp_path / "all.jsonl", [chat(f"q{at}", f"a{at}") for at in range(100)])
    outcomes = []
    for name, seed in (("one", 1), ("two", 1), ("three", 2)):
        split(source, tmp_path / name, SplitOptions(seed=seed))
        outcomes.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert outcomes[0] == outcomes[1] != outcomes[2]
    assert {len(data.splitlines()) for data in outcomes[0].values()} == {80, 10}


def test_strata_keep_their_proportions(tmp_path: Path, chat: Callable[..., dict[str, Any]]) -> None:
    labels = ["正面"] * 700 + ["负面"] * 250 + ["中性"] * 50
    random.Random(1).shuffle(labels)
    source = _write(tmp_path / "all.jsonl", [chat(f"评论{at}", label) for at, label in enumerate(labels)])
    report = split(source, tmp_path / "parts", SplitOptions(stratify="answer"))
    assert report.strata == {
        "正面": {"train": 560, "validation": 70, "test": 70},
        "负面": {"train": 200, "validation": 25, "test": 25},
        "中性": {"train": 40, "validation": 5, "test": 5},
    }


def test_rows_with_the_same_prompt_stay_together_even_across_groups(
    tmp_path: Path, chat: Callable[..., dict[str, Any]]
) -> None:
    found = [chat(f"What is {at // 4}?", f"answer {at}", group=at // 2) for at in range(200)]
    source = _write(tmp_path / "all.jsonl", found)
    split(source, tmp_path / "parts", SplitOptions(group="group", shares=(0.5, 0.25, 0.25)))
    where = Counter(
        (row["messages"][0]["content"], name)
        for name, part in _parts(tmp_path / "parts").items()
        for row in part
    )
    assert set(where.values()) == {4}


@pytest.mark.parametrize("shares", [(0.5, 0.5, 0.5), (1.2, -0.2, 0.0)])
def test_shares_must_sum_to_one(
    tmp_path: Path, chat: Callable[..., dict[str, Any]], shares: tuple[float, ...]
) -> None:
    source = _write(tmp_path / "all.jsonl", [chat("a", "b")])
    with pytest.raises(DataError, match="sum to 1"):
        split(source, tmp_path, SplitOptions(shares=shares))  # type: ignore[arg-type]


def test_a_column_nobody_has_is_an_error(tmp_path: Path, chat: Callable[..., dict[str, Any]]) -> None:
    source = _write(tmp_path / "all.jsonl", [chat(f"{at}", "b") for at in range(9)])
    with pytest.raises(DataError, match="no row has the column customer"):
        split(source, tmp_path / "parts", SplitOptions(group="customer"))


LONG = "根据劳动合同法的规定，劳动合同期限三个月以上不满一年的，试用期不得超过一个月。"
ENGLISH = (
    "the trial period may not be longer than one month where the contract is made for less than one year"
)


def test_each_kind_of_leak_is_found_and_shown(tmp_path: Path, chat: Callable[..., dict[str, Any]]) -> None:
    test = [
        chat("什么是试用期？", LONG, group="t1"),
        chat("Tell me about rule 12 of the house, please", "no smoking", group="t2"),
        chat(
            "Explain notice periods",
            f"In short: {ENGLISH}. There is more to say on pay and leave.",
            group="t3",
        ),
        chat("年假有几天？", "工作满一年的职工每年有五天。", group="g1"),
        chat(
            "How is overtime paid on public holidays then?", "three times the usual wage is due", group="t5"
        ),
    ]
    train = [
        chat("什么是试用期？", LONG, group="a"),
        chat("什么是试用期", LONG.replace("。", "."), group="b"),
        chat("什么是试用期呢？", LONG, group="c"),
        chat("Tell me about rule 99 of the house, please", "dogs are welcome here", group="d"),
        chat("Quote it", f"It reads {ENGLISH}!", group="e"),
        chat("谁能休病假？", "所有职工都可以。", group="g1"),
        chat("Something else entirely", "that nobody asked about so far in any test", group="f"),
    ]
    report = find_leaks(
        {"train": _write(tmp_path / "train.jsonl", train), "test": _write(tmp_path / "test.jsonl", test)},
        LeakOptions(near=0.6, group="group"),
    )
    assert [(leak.kind, leak.line, leak.other_line) for leak in report.pairs] == [
        ("exact", 1, 1),
        ("normalised", 2, 1),
        ("near", 3, 1),
        ("template", 4, 2),
        ("ngram", 5, 3),
        ("group", 6, 4),
    ]
    assert report.pairs[4].text.lower() == ENGLISH
    assert report.counts == {
        "train > test": dict.fromkeys(("exact", "normalised", "near", "template", "ngram", "group"), 1)
    }
    assert report.rows == {"train": 7, "test": 5} and report.serious == 5


def test_boilerplate_that_many_rows_share_is_no_leak(
    tmp_path: Path, chat: Callable[..., dict[str, Any]]
) -> None:
    words = ["".join(random.Random(at).choices("abcdefghij", k=7)) for at in range(500)]
    rng = random.Random(2)

    def row(at: int) -> dict[str, Any]:
        return chat(" ".join(rng.sample(words, 15)), f"{ENGLISH}. " + " ".join(rng.sample(words, 60)), id=at)

    files = {
        "train": _write(tmp_path / "train.jsonl", [row(at) for at in range(20)]),
        "test": _write(tmp_path / "test.jsonl", [row(at) for at in range(20)]),
    }
    assert find_leaks(files).counts == {"train > test": {}}


def test_short_rows_that_are_half_boilerplate_are_compared(
    tmp_path: Path, chat: Callable[..., dict[str, Any]]
) -> None:
    words = [f"w{at}" for at in range(40)]
    test = [chat(f"{' '.join(words[:13])} t{at}", "x") for at in range(12)]
    test += [chat("one two", " ".join(words[20:33])), chat(" ".join(words[3:13]), " ".join(words[13:16]))]
    train = [
        chat(" ".join(words[:13]), " ".join(words[20:33])),
        # Fewer runs than words a run: its one shared run lies half in the boilerplate, so it is no overlap.
        chat(" ".join(words[:13]), " ".join(words[13:16])),
    ]
    files = {
        "train": _write(tmp_path / "a.jsonl", train),
        "test": _write(tmp_path / "b.jsonl", test),
    }
    report = find_leaks(files, LeakOptions(near=None))
    assert [(leak.kind, leak.line, leak.other_line) for leak in report.pairs] == [("ngram", 1, 13)]


def test_a_column_of_kinds_is_no_leak_unless_it_is_named(
    tmp_path: Path, chat: Callable[..., dict[str, Any]]
) -> None:
    files = {
        name: _write(tmp_path / f"{name}.jsonl", [chat(f"{name} asks", f"{name} says", group="greeting")])
        for name in ("train", "test")
    }
    assert find_leaks(files).serious == 0
    assert find_leaks(files, LeakOptions(group="group")).counts == {"train > test": {"group": 1}}


def test_validation_is_compared_with_test_too(tmp_path: Path, chat: Callable[..., dict[str, Any]]) -> None:
    same = chat("a question", "an answer")
    files = {
        "train": _write(tmp_path / "a.jsonl", [chat("x", "y")]),
        "validation": _write(tmp_path / "b.jsonl", [same]),
        "test": _write(tmp_path / "c.jsonl", [same]),
    }
    assert find_leaks(files).counts == {
        "train > validation": {},
        "train > test": {},
        "validation > test": {"exact": 1},
    }


def test_a_grouped_split_does_not_leak_where_a_split_by_row_does(
    tmp_path: Path, chat: Callable[..., dict[str, Any]]
) -> None:
    rng = random.Random(4)
    vocabulary = [f"term{at}" for at in range(400)]
    found = []
    for case in range(30):
        story = " ".join(rng.sample(vocabulary, 30))
        found += [
            chat(f"{story} detail {turn}", f"{story} verdict {turn}", group=f"case{case}")
            for turn in range(4)
        ]
    rng.shuffle(found)
    source = _write(tmp_path / "all.jsonl", found)
    serious = {}
    for name, group in (("rows", None), ("groups", "group")):
        split(source, tmp_path / name, SplitOptions(group=group))
        serious[name] = find_leaks(
            {part: tmp_path / name / f"{part}.jsonl" for part in ("train", "validation", "test")},
            LeakOptions(group="group"),
        ).serious
    assert serious["groups"] == 0 < serious["rows"]


def test_one_file_cannot_leak_into_itself(tmp_path: Path, chat: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(DataError, match="two files"):
        find_leaks({"train": _write(tmp_path / "a.jsonl", [chat("a", "b")])})

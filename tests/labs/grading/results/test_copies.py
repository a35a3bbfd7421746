"""Copies are found whatever they are disguised as; honest runs are not accused, and the base rate is told."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.grading.copies import find_copies
from labs.grading.leakage import find_leakage
from labs.grading.overlap import factors_of, tensor_digests, update_cosines
from labs.grading.store import GradeStore


@pytest.fixture
def store(tmp_path: Path) -> GradeStore:
    store = GradeStore(tmp_path / "out")
    store.prepare()
    return store


def _honest(made: Any, store: GradeStore, count: int = 9) -> list[Any]:
    return [
        made.hand_in(
            store, f"h{at}", adapter=made.adapter_of(at), answers=made.answers_by(at, 0.5),
            losses=made.losses_by(at), seed=at, minutes=at,
        )
        for at in range(count)
    ]  # fmt: skip


def test_honest_runs_are_not_accused_and_the_base_rate_counts_every_pair(
    made: Any, store: GradeStore
) -> None:
    report = find_copies(store, _honest(made, store))

    assert report.pairs == ()
    assert report.base_rates["update"].pairs == 9 * 8 // 2
    assert report.base_rates["update"].highest < 0.5
    assert report.base_rates["times"].highest == 0


def test_a_copied_adapter_is_named_with_the_earlier_one_first(made: Any, store: GradeStore) -> None:
    evidence = _honest(made, store)
    copy = made.hand_in(
        store, "thief", adapter=made.adapter_of(3), answers=made.answers_by(3, 0.5),
        losses=made.losses_by(3), seed=3, minutes=90,
    )  # fmt: skip

    (pair,) = find_copies(store, [*evidence, copy]).pairs

    assert (pair.first.student, pair.second.student) == ("h3", "thief")
    assert pair.same_weights and pair.same_seed and not pair.same_archive
    assert set(pair.signs) == {"tensors", "update", "mistakes", "losses", "times"}
    assert pair.rarity["times"] == pytest.approx(1 / 45, abs=1e-4)


def test_an_adapter_disguised_as_another_factorisation_is_found_by_its_update(
    made: Any, store: GradeStore
) -> None:
    evidence = _honest(made, store)
    disguised = made.hand_in(
        store, "masked", adapter=made.refactored(made.adapter_of(5), 77), answers=made.answers_by(700, 0.5),
        losses=made.losses_by(700), seed=700, minutes=90, alpha=2.0,
    )  # fmt: skip

    (pair,) = find_copies(store, [*evidence, disguised]).pairs

    assert {pair.first.student, pair.second.student} == {"h5", "masked"}
    assert pair.signs == ("update",) and pair.measures["tensors"] == 0
    # float32 tensors of magnitude 1 through an inverse: six digits are left.
    assert pair.measures["update"] == pytest.approx(1.0, abs=1e-3)


def test_tensors_under_other_names_are_the_same_tensors(made: Any, store: GradeStore) -> None:
    plain = made.adapter_of(1)
    names = list(plain)
    swapped = {names[0]: plain[names[2]], names[1]: plain[names[1]], names[2]: plain[names[0]]}
    first = made.hand_in(store, "a", adapter=plain, answers=made.answers_by(1, 0.5), losses=made.losses_by(1))
    second = made.hand_in(
        store, "b", adapter=swapped, answers=made.answers_by(2, 0.5), losses=made.losses_by(2)
    )

    assert tensor_digests(store, first.digest) == tensor_digests(store, second.digest)
    (pair,) = find_copies(store, [first, second]).pairs
    assert "tensors" in pair.signs and not pair.same_weights


def test_copied_answers_are_told_by_the_mistakes_they_share(made: Any, store: GradeStore) -> None:
    evidence = _honest(made, store)
    lazy = made.hand_in(
        store, "lazy", adapter=made.adapter_of(900), answers=made.answers_by(2, 0.5),
        losses=made.losses_by(900), seed=900, minutes=90,
    )  # fmt: skip

    (pair,) = find_copies(store, [*evidence, lazy]).pairs

    assert pair.signs == ("mistakes",)
    assert pair.measures["answers"] == 1.0 and "h2" in (pair.first.student, pair.second.student)


def test_what_most_pairs_have_in_common_accuses_nobody(made: Any, store: GradeStore) -> None:
    same = made.losses_by(1)
    evidence = [
        made.hand_in(
            store, f"h{at}", adapter=made.adapter_of(at), answers=made.answers_by(at, 0.5),
            losses=[(loss, t + at * 0.001) for loss, t in same], seed=42, minutes=at,
        )
        for at in range(6)
    ]  # fmt: skip
    report = find_copies(store, evidence)

    assert report.base_rates["losses"].median == 1.0
    assert report.pairs == ()


def test_two_submissions_of_one_student_are_not_a_copy(made: Any, store: GradeStore) -> None:
    twice = [
        made.hand_in(
            store, "same", adapter=made.adapter_of(1), answers=made.answers_by(1, 0.5),
            losses=made.losses_by(1), minutes=at,
        )
        for at in range(2)
    ]  # fmt: skip
    assert find_copies(store, twice).pairs == ()


def test_a_past_term_is_searched_and_comes_first(made: Any, store: GradeStore, tmp_path: Path) -> None:
    old = GradeStore(tmp_path / "autumn-2025")
    old.prepare()
    made.hand_in(
        old, "graduate", adapter=made.adapter_of(50), answers=made.answers_by(50, 0.5),
        losses=made.losses_by(50), minutes=200,
    )  # fmt: skip
    evidence = _honest(made, store, 4)
    heir = made.hand_in(
        store, "heir", adapter=made.refactored(made.adapter_of(50), 1), answers=made.answers_by(51, 0.5),
        losses=made.losses_by(51),
    )  # fmt: skip

    report = find_copies(store, [*evidence, heir], [old])

    (pair,) = report.pairs
    assert report.past == 1
    assert pair.first.student == "graduate" and pair.first.term == "autumn-2025"
    assert pair.second.student == "heir"


@settings(max_examples=25, deadline=None)
@given(
    seeds=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    ranks=st.tuples(st.integers(1, 8), st.integers(1, 8)),
)
def test_the_cosine_is_that_of_the_updates_written_out(
    made: Any,
    tmp_path_factory: pytest.TempPathFactory,
    seeds: tuple[int, int],
    ranks: tuple[int, int],
) -> None:
    store = GradeStore(tmp_path_factory.mktemp("out"))
    store.prepare()
    adapters = [made.adapter_of(seed, r) for seed, r in zip(seeds, ranks, strict=True)]
    # The second adapts one module less: its update is zero there.
    adapters[1].pop("layers.1.q_proj")
    found = [
        made.hand_in(store, f"s{at}", adapter=one, answers=[], losses=[]) for at, one in enumerate(adapters)
    ]
    factors = [factors_of(store, one) for one in found]
    assert all(factors)

    written = [
        np.concatenate(
            [
                (one[name][1].astype(float) @ one[name][0]).ravel() * 8.0 / len(one[name][0])
                if name in one
                else np.zeros(wide * tall)
                for name, (wide, tall) in made.MODULES.items()
            ]
        )
        for one in adapters
    ]
    expected = written[0] @ written[1] / np.linalg.norm(written[0]) / np.linalg.norm(written[1])
    assert update_cosines(factors, 2)[0, 1] == pytest.approx(expected, abs=1e-6)  # type: ignore[arg-type]


def test_a_gap_unlike_the_class_is_told_with_its_direction(made: Any, store: GradeStore) -> None:
    evidence = [
        made.hand_in(
            store, f"h{at}", adapter=made.adapter_of(at), answers=[], losses=[], public=0.6 + 0.01 * at, hidden=0.58 + 0.01 * at,
        )
        for at in range(6)
    ]  # fmt: skip
    evidence += [
        made.hand_in(
            store, "crammer", adapter=made.adapter_of(90), answers=[], losses=[], public=0.99, hidden=0.3
        ),
        made.hand_in(
            store, "insider", adapter=made.adapter_of(91), answers=[], losses=[], public=0.4, hidden=0.97
        ),
    ]
    report = find_leakage(evidence)

    assert {gap.student: (gap.kind, gap.apart) for gap in report.suspicious} == {
        "crammer": ("public", True),
        "insider": ("hidden", True),
    }
    assert report.base_gaps["exact_match"] == pytest.approx(0.02)


def test_training_rows_close_to_the_hidden_set_are_counted(tmp_path: Path) -> None:
    def rows(path: Path, *questions: str) -> Path:
        lines = [
            json.dumps(
                {
                    "messages": [
                        {"role": "user", "content": q},
                        {"role": "assistant", "content": f"About {q}"},
                    ]
                }
            )
            for q in questions
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    hidden = rows(
        tmp_path / "hidden.jsonl", "How long may a probation period last?", "Who pays for overtime at night?"
    )
    train = rows(
        tmp_path / "train.jsonl",
        "How long may a probation period last?",
        "What does the apprentice earn then?",
    )
    report = find_leakage([], {"train.jsonl": train}, hidden)

    (close,) = report.files
    assert (close.rows, close.hidden_rows, close.counts) == (2, 2, {"exact": 1})

"""Human rating: stratified, blinded and balanced out; choices and their doubts back in."""

import csv
import io
import itertools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics import MetricError
from metrics.comparing.ratings import Candidate, RatingPlan, plan_ratings, preference, read_sheet, sheet_csv


def _candidates(sizes: dict[str, int]) -> list[Candidate]:
    return [
        Candidate(f"{name}-{k}", f"prompt {k}", f"base says {name}{k}", f"tuned says {name}{k}", name)
        for name, size in sizes.items()
        for k in range(size)
    ]


def _fill(plan: RatingPlan, rater: str, choose) -> dict[str, str]:
    """What a person does with the file: open, read left and right, write a choice, save."""
    rows = list(csv.DictReader(io.StringIO(sheet_csv(plan, rater))))
    for row in rows:
        row["choice"] = choose(row)
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return read_sheet("\ufeff" + out.getvalue())


def test_strata_in_proportion_sides_balanced_orders_different():
    plan = plan_ratings(_candidates({"zh": 90, "en": 9, "code": 1}), 20, ["r1", "r2"], shared=6, seed=1)
    assert plan.strata == {"code": 1, "en": 2, "zh": 17}
    assert sum(plan.a_is_left.values()) == 10
    assert {len(sheet) for sheet in plan.sheets.values()} == {13}
    assert set(plan.sheets["r1"]) & set(plan.sheets["r2"]) == set(plan.shared)
    assert plan.sheets["r1"] != tuple(sorted(plan.sheets["r1"]))
    again = plan_ratings(_candidates({"zh": 90, "en": 9, "code": 1}), 20, ["r1", "r2"], shared=6, seed=1)
    assert again == plan
    assert msgspec.json.decode(msgspec.json.encode(plan), type=RatingPlan) == plan


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 30), min_size=1), st.data())
def test_any_quota_adds_up(sizes, data):
    n = data.draw(st.integers(len(sizes), sum(sizes.values())))
    plan = plan_ratings(_candidates(sizes), n, ["r"], shared=0, seed=2)
    assert sum(plan.strata.values()) == n == len(plan.items)
    assert all(1 <= plan.strata[name] <= size for name, size in sizes.items())


def test_the_sheet_names_no_system():
    plan = plan_ratings(_candidates({"zh": 20}), 10, ["r"], shared=0, seed=3)
    rows = list(csv.DictReader(io.StringIO(sheet_csv(plan, "r"))))
    assert {row["item"] for row in rows} == set(plan.items)
    lefts = [row["left"].startswith("base") for row in rows]
    assert lefts.count(True) == 5


def test_an_items_number_does_not_tell_its_side():
    plan = plan_ratings(_candidates({"zh": 60}), 40, ["r"], shared=0, seed=8)
    sides = [plan.a_is_left[name] for name in sorted(plan.items)]
    runs = 1 + sum(one != other for one, other in itertools.pairwise(sides))
    assert 12 < runs < 30  # 21 expected of a shuffle, 40 of sides that alternate, 2 of blocks


def test_raters_who_see_through_the_blinding_prefer_b():
    plan = plan_ratings(_candidates({"zh": 60, "en": 40}), 60, ["r1", "r2", "r3"], shared=12, seed=4)
    filled = {
        rater: _fill(plan, rater, lambda row: "left" if row["left"].startswith("tuned") else "right")
        for rater in plan.sheets
    }
    found = preference(plan, filled)
    assert (found.prefer_a, found.prefer_b, found.ties, found.share_b) == (0, 60, 0, 1.0)
    assert found.interval.low > 0.9
    assert found.p_value < 1e-9
    assert found.agreement is None
    assert any("kappa" in text for text in found.warnings)


def test_raters_who_always_click_left_prefer_nobody():
    plan = plan_ratings(_candidates({"zh": 100}), 40, ["r1", "r2"], shared=10, seed=5)
    found = preference(plan, {rater: _fill(plan, rater, lambda row: "left") for rater in plan.sheets})
    assert (found.prefer_a, found.prefer_b) == (20, 20)
    assert found.p_value == 1.0
    assert found.agreement is not None and found.agreement.value == 1.0


def test_a_draw_between_raters_is_a_tie():
    plan = plan_ratings(_candidates({"zh": 3}), 2, ["r1", "r2"], shared=2, seed=6)
    one, two = plan.shared
    found = preference(plan, {"r1": {one: "left", two: "left"}, "r2": {one: "right", two: "left"}})
    assert found.ties == 1
    assert found.prefer_a + found.prefer_b == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_a_formula(start):
    nasty = f'{start}HYPERLINK("http://x")'
    plan = plan_ratings([Candidate("1", nasty, nasty, "\x1b]52;c;x\x07safe")], 1, ["r"], shared=0, seed=0)
    row = next(csv.DictReader(io.StringIO(sheet_csv(plan, "r"), newline="")))
    assert row["prompt"][0] == "'"
    assert "\x1b" not in row["left"] + row["right"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("item,choice\nitem-0001,maybe\n", "line 2"),
        ("item,choice\nitem-0001,left\nitem-0001,right\n", "line 3"),
        ("name,choice\nx,left\n", "no column item"),
        ("", "no column"),
    ],
)
def test_sheets_that_cannot_be_read(text, part):
    with pytest.raises(MetricError) as caught:
        read_sheet(text, "r1.csv")
    assert caught.value.code == "bad-sheet"
    assert part in caught.value.message and "r1.csv" in caught.value.message


def test_plans_that_cannot_be_made():
    rows = _candidates({"zh": 5, "en": 5})
    for call, code in (
        (lambda: plan_ratings(rows, 1, ["r"], shared=0, seed=0), "too-few"),
        (lambda: plan_ratings(rows, 11, ["r"], shared=0, seed=0), "too-few"),
        (lambda: plan_ratings(rows, 5, [], shared=0, seed=0), "too-few"),
        (lambda: plan_ratings(rows, 5, ["r"], shared=6, seed=0), "too-few"),
        (lambda: plan_ratings([*rows, rows[0]], 5, ["r"], shared=0, seed=0), "duplicate"),
        (lambda: preference(plan_ratings(rows, 5, ["r"], shared=0, seed=0), {}), "empty"),
        (
            lambda: preference(plan_ratings(rows, 5, ["r"], shared=0, seed=0), {"r": {"item-9": "left"}}),
            "bad-sheet",
        ),
    ):
        with pytest.raises(MetricError) as caught:
            call()
        assert caught.value.code == code

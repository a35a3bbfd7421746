"""Every lab of the catalogue speaks of things that a run measures and the estimate computes."""

import pytest

from labs.estimate import Estimate
from labs.events import Plan
from labs.lab import Lab, load_labs
from labs.measured import names_in
from labs.predictions import predictions_for, topic_of
from labs.spec import RunSpec

LABS = load_labs()
GROUPS = {"base", "tuned", "gain", "drop", "moved", "plan", "spec", "train", "curve", "run", "runs"}


@pytest.mark.parametrize("lab", LABS.values(), ids=LABS.keys())
def test_its_expressions_name_what_is_measured(lab: Lab) -> None:
    expressions = [*(one.measured for one in lab.predictions), *(one.expression for one in lab.checks)]
    for expression in expressions:
        for name in names_in(expression):
            group, _, field = name.partition(".")
            assert group in GROUPS, f"{lab.id}: {expression}"
            if group == "spec":
                assert field in RunSpec.__struct_fields__, f"{lab.id}: {expression}"
            if group == "plan":
                assert field in Plan.__struct_fields__, f"{lab.id}: {expression}"
            if group == "runs":
                assert field in {variant.id for variant in lab.variants}, f"{lab.id}: {expression}"


@pytest.mark.parametrize("lab", LABS.values(), ids=LABS.keys())
def test_it_asks_something_before_every_run_of_it(lab: Lab) -> None:
    for variant in ("", *(one.id for one in lab.variants)):
        questions = predictions_for(lab, lab.run_spec(variant))
        assert questions, f"{lab.id} {variant}"
        for question in questions:
            assert topic_of(question)
            if question.formula:
                assert hasattr(Estimate, question.formula) or question.formula in Estimate.__struct_fields__

"""What results leave in the learner's progress: predictions for the history, a card for every miss, questions to answer."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from labs.miss_cards import card_id, miss_card
from labs.predictions import quantity_of
from labs.reconcile import Reconciled
from labs.run_questions import RunFacts, run_questions
from labs.spec import RunSpec
from quiz_bank.daily import Prediction, calibration, keep_prediction
from quiz_bank.questions import Card, Question
from quiz_bank.store import Store
from tui.i18n import t
from tui.learner import Learner
from tui.screens.lab_text import number


def keep_lines(
    learner: Learner, lab_id: str, run_id: str, spec: RunSpec, lines: Iterable[Reconciled], now: datetime
) -> frozenset[str]:
    """Keep every judged line; each miss becomes a card on its topic, due tomorrow. Safe to repeat for the same run.

    Returns:
        Ids of the questions that have become cards.

    Raises:
        StoreError: it could not be kept.
    """
    store, carded = learner.store, set[str]()
    known = _kept(store, run_id)
    for line in lines:
        if line.verdict not in ("right", "missed") or line.measured is None:
            continue
        missed = line.verdict == "missed"
        if missed:
            carded.add(line.question.id)
        if quantity_of(line.question, lab_id) in known or store.read_only:
            continue
        if missed:
            card = msgspec.convert(miss_card(lab_id, run_id, spec, line), Card)
            store.add_generated(card.id, card.topic, msgspec.json.encode(card).decode(), now)
        keep_prediction(store, _prediction(lab_id, run_id, line, missed), now)
    return frozenset(carded)


def keep_questions(learner: Learner, facts: RunFacts, now: datetime) -> list[str]:
    """Put the questions of a run into the schedule and give their ids.

    Raises:
        StoreError: they could not be kept.
    """
    ids = []
    known = {state.ref.item for state in learner.store.items()}
    for data in run_questions(facts):
        question = msgspec.convert(data, Question)
        if question.id not in known:
            learner.store.add_generated(
                question.id, question.topic, msgspec.json.encode(question).decode(), now
            )
        ids.append(question.id)
    return ids


def habit(learner: Learner) -> dict[str, str]:
    """By quantity: how the learner's predictions of it have gone so far, in a few words."""
    said = {}
    for one in calibration(learner.store):
        error = one.median_error if one.median_error is not None else one.last_error
        if error is None or abs(error) < 0.005:
            said[one.quantity] = t("predict.hits", hits=one.hits, n=one.n)
            continue
        key = "predict.high" if error > 0 else "predict.low"
        said[one.quantity] = t(key, percent=number(round(100 * abs(error))), n=one.n)
    return said


def _kept(store: Store, run_id: str) -> set[str]:
    from quiz_bank.daily import predictions

    return {one.quantity for one in predictions(store, run=run_id)}


def _prediction(lab_id: str, run_id: str, line: Reconciled, missed: bool) -> Prediction:
    assert line.said is not None and line.measured is not None
    question = line.question
    return Prediction(
        lab=lab_id, run=run_id, quantity=quantity_of(question, lab_id), unit=question.unit, said=number(line.said),
        formula=line.formula_text or None, measured=number(line.measured), relative_error=line.error,
        verdict="miss" if missed else "hit", card=card_id(lab_id, line) if missed else None,
    )  # fmt: skip

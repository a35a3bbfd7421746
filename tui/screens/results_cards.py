"""What results leave in the learner's progress: predictions for the history, a card for every miss, questions to answer."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from labs.miss_cards import card_id, miss_card
from labs.predictions import card_of, quantity_of
from labs.reconcile import Reconciled
from labs.run_questions import RunFacts, run_questions
from labs.spec import RunSpec
from quiz_bank.daily import Prediction, calibration, keep_prediction
from quiz_bank.questions import Card, Question
from quiz_bank.store import Store
from quiz_bank.store_errors import UnknownItemError
from quiz_bank.text import Text
from tui.i18n import t
from tui.learner import Learner
from tui.prose import said
from tui.screens.lab_text import number
from tui.sessions.asked import AskedQuestion, MissingItemError, ask


class Brought(msgspec.Struct, frozen=True):
    """What a missed prediction brings into the schedule."""

    topic: str
    """The topic of the card that was made of it."""
    days: int
    """Study days until that card is due: 1 on the day of the run."""
    front: Text | None = None
    """The card or question of the bank that comes back with it; None where the bank has none on this."""
    is_new: bool = False
    """Whether that one was never asked: it then comes first among the new ones."""


def keep_lines(
    learner: Learner, lab_id: str, run_id: str, spec: RunSpec, lines: Iterable[Reconciled], now: datetime
) -> dict[str, Brought]:
    """Keep every judged line; each miss becomes a card on its topic, due tomorrow. Safe to repeat for the same run.

    Returns:
        By question, what its miss has brought.

    Raises:
        StoreError: it could not be kept.
    """
    store, brought = learner.store, dict[str, Brought]()
    known = _kept(store, run_id)
    for line in lines:
        if line.verdict not in ("right", "missed") or line.measured is None:
            continue
        missed, first = line.verdict == "missed", quantity_of(line.question, lab_id) not in known
        if first and not store.read_only:
            with store.transaction():
                if missed:
                    _bring(learner, msgspec.convert(miss_card(lab_id, run_id, spec, line), Card), line, now)
                keep_prediction(store, _prediction(lab_id, run_id, line, missed), now)
        if missed and (found := _brought(learner, lab_id, line, now)) is not None:
            brought[line.question.id] = found
    return brought


def _bring(learner: Learner, card: Card, line: Reconciled, now: datetime) -> None:
    learner.store.add_generated(card.id, card.topic, msgspec.json.encode(card).decode(), now)
    if _of_bank(learner, card_of(line.question)) is not None:
        learner.store.bring_back(card_of(line.question), now)


def _brought(learner: Learner, lab_id: str, line: Reconciled, now: datetime) -> Brought | None:
    """None where no card could be made: in a home that is only read."""
    store, bank = learner.store, learner.bank
    try:
        own, wanted = store.item(card_id(lab_id, line)), card_of(line.question)
    except UnknownItemError:
        return None
    topic = bank.topics.get(own.ref.topic)
    name = said(topic.short) if topic is not None else own.ref.topic
    days = (store.days.day_of(own.card.due) - store.days.day_of(now)).days
    if (front := _of_bank(learner, wanted)) is None:
        return Brought(name, days)
    return Brought(name, days, front, store.item(wanted).card.reps == 0)


def _of_bank(learner: Learner, item: str) -> Text | None:
    """The front of a card or the prompt of a question that this bank holds; None for another bank's."""
    try:
        return learner.bank.card(item).front
    except KeyError:
        pass
    try:
        asked = ask(learner.store.item(item), learner.bank, seed=0)
    except (KeyError, MissingItemError, UnknownItemError):
        return None
    return asked.variant.prompt if isinstance(asked, AskedQuestion) else None


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

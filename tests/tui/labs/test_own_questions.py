"""What a run leaves for study: questions that the bank's own types accept, and cards of what was missed."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from labs.estimate import estimate
from labs.lab import load_labs
from labs.launcher import Launcher
from labs.measured import measure
from labs.miss_cards import card_id, miss_card
from labs.models import shape_of
from labs.predictions import CARDS, card_of, standard_predictions
from labs.reconcile import reconcile
from labs.run_questions import read_facts, run_questions
from labs.spec import RunSpec
from quiz_bank.bank import CONTENT, load_bank
from quiz_bank.questions import Card, Question
from quiz_bank.queue import next_item
from quiz_bank.variants import present
from tui.app import FineTutorApp

MakeApp = Callable[..., FineTutorApp]
Until = Callable[[Any, Callable[[], bool]], Awaitable[None]]
Seen = Callable[[FineTutorApp], str]
FAKE = Path(__file__).parents[2] / "labs" / "fake_worker.py"
SPEC = RunSpec(
    lab="tiny",
    task="t",
    base_model="Qwen/Qwen2.5-0.5B-Instruct",
    lr_scheduler_type="linear",
    warmup_steps=0.0,
)


async def test_every_question_and_card_is_one_the_bank_accepts(tmp_path: Path) -> None:
    handle = await Launcher(
        tmp_path, [sys.executable, str(FAKE), "normal", "--steps", "24", "--delay", "0"]
    ).start(SPEC)
    await handle.wait()
    bank = load_bank([CONTENT])
    facts = read_facts(handle.run)
    assert facts is not None
    questions = run_questions(facts, most=99)
    assert len(questions) >= 7
    for data in questions:
        question = msgspec.convert(data, Question)
        assert question.topic in bank.topics
        variant = present(question, 7, bank)
        assert "<<" not in variant.prompt.en
    shape = shape_of(SPEC.base_model)
    lines = reconcile(
        standard_predictions(SPEC), {"total_steps": 1, "curve": 2, "memory": 1}, SPEC,
        estimate(SPEC, shape, 100, 50), shape, measure(handle.run),
    )  # fmt: skip
    missed = [line for line in lines if line.verdict == "missed"]
    assert {line.question.id for line in missed} == {"total_steps", "curve", "memory"}
    for line in missed:
        card = msgspec.convert(miss_card("tiny", handle.run.id, SPEC, line), Card)
        assert card.topic in bank.topics
        assert card.id == card_id("tiny", line)


async def test_a_miss_becomes_a_card_due_tomorrow_and_the_history_remembers_it(
    make_app: MakeApp, until: Until, seen: Seen
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.learner is not None)
        await app.action_go("labs")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: type(app.screen).__name__ == "PredictStep")
        await pilot.press(*"1000", "ctrl+right")  # parameters: far off; the rest unsaid
        await until(pilot, lambda: type(app.screen).__name__ == "ConfigureStep")
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: "completed" in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: "card made on LoRA maths, due tomorrow" in seen(app))
        assert "Trained numbers of LoRA on one" in seen(app), "the bank's card on it is named"
        assert app.learner is not None
        fresh = next_item(app.learner.store, app.clock(), app.learner.scheduler)
        assert fresh is not None and fresh.ref.item == "card.lora.matrix-count", (
            "and comes first among the new"
        )
        state = app.learner.store.item("miss.tiny.trainable-parameters")
        day = app.learner.store.days.day_of
        assert state.card.due is not None
        assert (day(state.card.due) - day(app.clock())).days == 1
        # Going back to predict for the next run: how far off the last prediction was stands by the question.
        await pilot.press("ctrl+left")
        await until(pilot, lambda: type(app.screen).__name__ == "RunStep")
        await pilot.press("ctrl+left")
        await until(pilot, lambda: type(app.screen).__name__ == "ConfigureStep")
        await pilot.press("ctrl+left")
        await until(pilot, lambda: "100 % too low" in seen(app))


def test_every_card_that_a_miss_brings_back_is_in_the_bank() -> None:
    bank = load_bank([CONTENT])
    known = {one.id for one in (*bank.cards, *bank.questions)}
    assert set(CARDS.values()) <= known
    for lab in load_labs().values():
        for question in lab.predictions:
            assert card_of(question) in known, f"{lab.id}: {question.id} brings nothing of the bank back"


async def test_questions_of_the_run_are_asked_and_graded(make_app: MakeApp, until: Until, seen: Seen) -> None:
    app = make_app("normal", "--steps", "24", "--delay", "0")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.learner is not None)
        await app.action_go("labs")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("ctrl+right", "ctrl+right")
        await until(pilot, lambda: type(app.screen).__name__ == "ConfigureStep")
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: "completed" in seen(app))
        await pilot.press("ctrl+right")
        await until(pilot, lambda: type(app.screen).__name__ == "ResultsStep")
        await pilot.press("ctrl+right")
        await until(pilot, lambda: type(app.screen).__name__ == "ReflectStep")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: type(app.screen).__name__ == "SessionPage")
        assert app.learner is not None
        own = [state for state in app.learner.store.items() if state.ref.item.startswith("run.")]
        assert len(own) == 6

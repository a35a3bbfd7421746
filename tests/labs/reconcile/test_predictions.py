"""Which predictions a configuration asks for, and how people type numbers."""

import pytest

from labs.lab import Lab
from labs.predictions import PredictionError, parse_answer, predictions_for, standard_predictions, topic_of
from labs.spec import RunSpec
from labs.text import Text

SPEC = RunSpec(task="law", eval_steps=25)
WORDS = Text(en="w", zh="字")


def a_lab() -> Lab:
    return Lab(
        format_version=1,
        id="x",
        order=1,
        title=WORDS,
        summary=WORDS,
        minutes=5,
        difficulty=1,
        objectives=(),
        spec={},
    )


def ids(spec: RunSpec) -> list[str]:
    return [question.id for question in predictions_for(a_lab(), spec)]


def test_a_lab_without_questions_of_its_own_asks_the_standard_ones() -> None:
    assert ids(SPEC) == [
        "trainable_parameters", "total_steps", "warmup_steps", "memory", "minutes", "curve", "best_metric",
    ]  # fmt: skip


def test_what_this_configuration_does_not_measure_is_not_asked() -> None:
    assert "warmup_steps" not in ids(RunSpec(task="law", lr_scheduler_type="constant"))
    assert "warmup_steps" not in ids(RunSpec(task="law", warmup_steps=20)), "it stands in the form"
    assert "best_metric" not in ids(RunSpec(task="law", evaluate=False))


def test_every_standard_question_belongs_to_a_topic() -> None:
    topics = {question.id: topic_of(question) for question in standard_predictions(SPEC)}
    assert topics["trainable_parameters"] == "lora-math"
    assert topics["curve"] == "diagnosis"
    assert topics["best_metric"] == "evaluation"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("245,760", 245_760), ("41.9M", 41_900_000), ("1.2e-4", 0.00012), ("６３", 63), ("3万", 30_000),
        (" 420 MiB ", 420), ("1.5 GiB", 1536), ("2亿", 200_000_000), ("12k", 12_000), (".5", 0.5),
    ],
)  # fmt: skip
def test_numbers_as_people_type_them(typed: str, number: float) -> None:
    memory = next(question for question in standard_predictions(SPEC) if question.id == "memory")
    assert parse_answer(memory, typed) == pytest.approx(number)


@pytest.mark.parametrize("typed", ["", "many", "--3", "％"])
def test_words_are_refused_with_a_next_step(typed: str) -> None:
    with pytest.raises(PredictionError) as error:
        parse_answer(standard_predictions(SPEC)[0], typed)
    assert error.value.code == "prediction.not_a_number"
    assert "digits" in error.value.hint

"""Item analysis: what the answers say about the questions, for the people who write them.

Classical test theory over sittings: a sitting is an exam, or the practice of one study day (or one learner, when
logs of many are put together). Nothing is said below a minimum number of answers.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

import msgspec

from quiz_bank.clock import from_microseconds
from quiz_bank.intervals import Estimate
from quiz_bank.item_statistics import MIN_ANSWERS, ItemStatistics, Response, item_statistics
from quiz_bank.questions import Multi, Question, Single
from quiz_bank.reliability import Reliability, reliability
from quiz_bank.store import Store

Reason = Literal["negative-discrimination", "dead-distractor", "option-beats-key", "hard-variant"]
# A distractor is called dead only if chance would have chosen it in 95 of 100 such series of wrong answers.
_DEAD = 0.05
_VARIANT_GAP = 0.25


class Suspicion(msgspec.Struct, frozen=True, kw_only=True):
    """Something about an item that its author should look at."""

    item: str
    reason: Reason
    detail: str
    """Key of the option, digest of the variant; empty for the item as a whole."""
    n: int
    message: str
    """One English sentence with the figures."""


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """All items that were answered, the test as a whole, and what looks wrong."""

    responses: int
    sittings: int
    items: tuple[ItemStatistics, ...]
    reliability: Reliability
    suspicious: tuple[Suspicion, ...]


def responses(store: Store) -> list[Response]:
    """The learner's first answers of each sitting to each item, in order.

    A second answer to the same item in one sitting is given with the explanation fresh in mind, so it says
    nothing about the item.
    """
    rows = store.rows(
        "SELECT a.exam_id, a.at, i.item, a.topic, a.digest, a.correct, a.score, a.seconds, a.chosen "
        "FROM attempt a JOIN item i ON i.id = a.item_id WHERE a.mode <> 'study' ORDER BY a.id"
    )
    found: dict[tuple[str, str, str], Response] = {}
    for exam, at, item, topic, digest, correct, score, seconds, chosen in rows:
        assert isinstance(at, int) and isinstance(item, str) and isinstance(digest, str)
        day: date = store.days.day_of(from_microseconds(at))
        sitting = f"exam-{exam}" if exam is not None else f"day-{day.isoformat()}"
        found.setdefault(
            (sitting, item, digest),
            Response(
                sitting=sitting,
                item=item,
                topic=str(topic),
                digest=digest,
                correct=bool(correct),
                score=float(str(score)),
                seconds=float(str(seconds)) if seconds is not None else None,
                chosen=msgspec.json.decode(str(chosen), type=tuple[str, ...]),
            ),
        )
    return list(found.values())


def analyse(answers: Iterable[Response], questions: Mapping[str, Question] | None = None) -> Analysis:
    """Statistics of every item answered.

    Args:
        answers: from ``responses``, of one learner or of many put together.
        questions: the bank's, by id; without them nothing is said about options.
    """
    kept = list(answers)
    questions = questions or {}
    by_item: dict[str, list[Response]] = {}
    by_sitting: dict[str, dict[str, float]] = {}
    for response in kept:
        by_item.setdefault(response.item, []).append(response)
        by_sitting.setdefault(response.sitting, {})[response.item] = response.score
    items = tuple(
        item_statistics(item, given, by_sitting, _options(questions.get(item)))
        for item, given in sorted(by_item.items())
    )
    return Analysis(
        responses=len(kept),
        sittings=len(by_sitting),
        items=items,
        reliability=reliability(by_sitting),
        suspicious=tuple(suspicion for item in items for suspicion in suspicions(item)),
    )


def suspicions(item: ItemStatistics) -> list[Suspicion]:
    """What an author should look at in one item; empty while there are too few answers to tell."""
    found = []
    if item.discrimination is not None and item.discrimination.high < 0:
        found.append(
            Suspicion(
                item=item.item,
                reason="negative-discrimination",
                detail="",
                n=item.sittings,
                message=f"those who do well elsewhere get it wrong: item-rest correlation "
                f"{item.discrimination.value:.2f} [{item.discrimination.low:.2f}, {item.discrimination.high:.2f}] "
                f"over {item.sittings} sittings; is the key right?",
            )
        )
    wrong = [option for option in item.options if not option.correct]
    key_share = max((option.share for option in item.options if option.correct), default=0.0)
    wrong_answers = sum(option.n for option in wrong)
    for option in wrong:
        # Each wrong answer would fall on this distractor with probability 1 / distractors, were it as good.
        if len(wrong) > 1 and option.n == 0 and (1 - 1 / len(wrong)) ** wrong_answers < _DEAD:
            found.append(
                Suspicion(
                    item=item.item,
                    reason="dead-distractor",
                    detail=option.key,
                    n=item.n,
                    message=f"option {option.key} was never chosen in {wrong_answers} wrong answers",
                )
            )
        if item.single_answer and item.difficulty is not None and _beats(option.n, key_share, item.n):
            found.append(
                Suspicion(
                    item=item.item,
                    reason="option-beats-key",
                    detail=option.key,
                    n=item.n,
                    message=f"option {option.key} was chosen by {option.share:.0%}, the key by {key_share:.0%}",
                )
            )
    for variant in item.variants:
        if (
            variant.difference is not None
            and variant.difference.high < 0
            and (variant.difference.value <= -_VARIANT_GAP)
        ):
            found.append(
                Suspicion(
                    item=item.item,
                    reason="hard-variant",
                    detail=variant.digest,
                    n=variant.n,
                    message=f"variant {variant.digest} is answered right {-variant.difference.value:.0%} less often "
                    f"than its siblings ({variant.n} answers)",
                )
            )
    return found


def measured_difficulty(store: Store) -> dict[str, float]:
    """Difficulty on the authors' scale, 1 to 5, of the items with enough answers: for ``exams.assemble``."""
    rows = store.rows(
        "SELECT i.item, avg(a.score) FROM attempt a JOIN item i ON i.id = a.item_id WHERE a.mode <> 'study' "
        "GROUP BY a.item_id HAVING count(*) >= ?",
        (MIN_ANSWERS,),
    )
    return {str(item): 5.0 - 4.0 * float(str(share)) for item, share in rows}


def _options(question: Question | None) -> dict[str, bool]:
    if isinstance(question, Single | Multi):
        letters = "abcdefghijklmnopqrstuvwxyz"
        return {option.key or letters[place]: option.correct for place, option in enumerate(question.options)}
    return {}


def _beats(chosen: int, key_share: float, n: int) -> bool:
    """Whether a distractor is chosen more often than the key, beyond chance (sign test, normal, one-sided 5 %)."""
    key = key_share * n
    return chosen + key > 0 and (chosen - key) / (chosen + key) ** 0.5 > 1.645


__all__ = [
    "Analysis",
    "Estimate",
    "ItemStatistics",
    "Reliability",
    "Response",
    "Suspicion",
    "analyse",
    "measured_difficulty",
    "responses",
    "suspicions",
]

"""Drawing an exam from the bank: exact shares, nothing shown lately, difficulty spread evenly, one seed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from math import floor

from quiz_bank.bank import Bank
from quiz_bank.blueprints import Blueprint, Section
from quiz_bank.exam_records import Sheet, SheetItem, Shortfall
from quiz_bank.questions import Question
from quiz_bank.seeds import Draws
from quiz_bank.variants import Variant, present

_SEEDS_TRIED = 24  # for a variant whose numbers have not been shown lately


def largest_remainder(weights: Sequence[float], total: int) -> list[int]:
    """Whole numbers that sum to ``total`` and lie less than one from their exact shares.

    Hamilton's method: everyone gets the whole part, the largest remainders get one more, earlier ones first
    among equals.
    """
    exact = [total * weight / sum(weights) for weight in weights]
    counts = [floor(share) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (counts[i] - exact[i], i))
    for i in by_remainder[: total - sum(counts)]:
        counts[i] += 1
    return counts


def spread(wanted: int, capacities: Sequence[int]) -> list[int]:
    """Share ``wanted`` as evenly as the capacities allow, earlier ones first among equals."""
    counts = [0] * len(capacities)
    for _ in range(min(wanted, sum(capacities))):
        open_places = [i for i in range(len(capacities)) if counts[i] < capacities[i]]
        counts[min(open_places, key=lambda i: (counts[i], i))] += 1
    return counts


def assemble(
    blueprint: Blueprint,
    bank: Bank,
    seed: int,
    *,
    recent: Collection[str] = (),
    difficulty: Mapping[str, float] | None = None,
) -> Sheet:
    """Draw an exam.

    Args:
        seed: the same seed, bank and recent exams give the same sheet.
        recent: digests of the variants in the last two exams (``exams.recent_digests``).
        difficulty: measured difficulty by question, 1-5, where it is known; the author's otherwise.

    Returns:
        The sheet. Where the bank is too small for a section, its ``shortfalls`` say so; where only variants of
        the last two exams were left, their items are marked ``repeated``.
    """
    pool = sorted(bank.questions, key=lambda question: question.id)
    hardness = {
        question.id: float((difficulty or {}).get(question.id, question.difficulty)) for question in pool
    }
    draw = _Draw(seed, bank, frozenset(recent), hardness)
    items: list[SheetItem] = []
    shortfalls = []
    counts = largest_remainder([section.share for section in blueprint.sections], blueprint.items)
    for index, (section, wanted) in enumerate(zip(blueprint.sections, counts, strict=True)):
        chosen = draw.section(index, section, wanted, _eligible(blueprint, section, pool))
        if len(chosen) < wanted:
            shortfalls.append(Shortfall(index, wanted, len(chosen)))
        for question, variant in _in_reading_order(chosen, Draws("order", seed, index)):
            items.append(
                SheetItem(
                    place=len(items),
                    section=index,
                    topic=question.topic,
                    kind=question.kind,
                    question=question.id,
                    seed=variant.seed,
                    digest=variant.digest,
                    repeated=variant.digest in draw.recent,
                )
            )
    return Sheet(blueprint=blueprint, seed=seed, items=tuple(items), shortfalls=tuple(shortfalls))


class _Draw:
    """One drawing: what has been used so far, and how fresh each question still is."""

    def __init__(self, seed: int, bank: Bank, recent: frozenset[str], hardness: Mapping[str, float]) -> None:
        self.seed = seed
        self.bank = bank
        self.recent = recent
        self.hardness = hardness
        self.used_questions: set[str] = set()
        self.used_digests: set[str] = set()

    def section(
        self, index: int, section: Section, wanted: int, eligible: Sequence[Question]
    ) -> list[tuple[Question, Variant]]:
        """Items of one section, shared evenly among its topics."""
        by_topic = {topic: [q for q in eligible if q.topic == topic] for topic in section.topics}
        free = [
            sum(question.id not in self.used_questions for question in by_topic[topic])
            for topic in section.topics
        ]
        chosen: list[tuple[Question, Variant]] = []
        for topic, count in zip(section.topics, spread(wanted, free), strict=True):
            candidates = [q for q in by_topic[topic] if q.id not in self.used_questions]
            chosen += self._pick(candidates, count, Draws("pick", self.seed, index, topic))
        # A second variant of a question with parameters is better than an empty place.
        for question in Draws("siblings", self.seed, index).shuffled(eligible):
            if len(chosen) >= wanted:
                break
            variant = self._variant(question)
            if variant.digest not in self.used_digests:
                chosen.append(self._use(question, variant))
        return chosen

    def _pick(
        self, candidates: Sequence[Question], count: int, draws: Draws
    ) -> list[tuple[Question, Variant]]:
        """``count`` questions, fresh ones first, one from each of ``count`` slices of the difficulty scale."""
        if not count:
            return []
        variants = {question.id: self._variant(question) for question in candidates}
        fresh = [question for question in candidates if variants[question.id].digest not in self.recent]
        stale = [question for question in candidates if variants[question.id].digest in self.recent]
        picked = fresh if len(fresh) <= count else self._by_difficulty(fresh, count, draws)
        if len(picked) < count:
            picked = [*picked, *self._by_difficulty(stale, count - len(picked), draws)]
        return [self._use(question, variants[question.id]) for question in picked]

    def _by_difficulty(self, questions: Sequence[Question], count: int, draws: Draws) -> list[Question]:
        shuffled = draws.shuffled(questions)  # so that equals are not taken in the order of their ids
        ordered = sorted(shuffled, key=lambda question: self.hardness[question.id])
        edges = [round(i * len(ordered) / count) for i in range(count + 1)]
        return [ordered[low + draws.below(high - low)] for low, high in pairwise(edges)]

    def _variant(self, question: Question) -> Variant:
        """A variant not shown lately nor on this sheet, if the question has one."""
        draws = Draws("variant", self.seed, question.id)
        first = present(question, draws.below(1 << 31), self.bank)
        variant = first
        for _ in range(_SEEDS_TRIED if first.values else 0):
            if variant.digest not in self.recent and variant.digest not in self.used_digests:
                return variant
            variant = present(question, draws.below(1 << 31), self.bank)
        return first

    def _use(self, question: Question, variant: Variant) -> tuple[Question, Variant]:
        self.used_questions.add(question.id)
        self.used_digests.add(variant.digest)
        return question, variant


def _eligible(blueprint: Blueprint, section: Section, pool: Iterable[Question]) -> list[Question]:
    kinds = section.kinds or blueprint.kinds
    return [question for question in pool if question.topic in section.topics and question.kind in kinds]


def _in_reading_order(
    chosen: Sequence[tuple[Question, Variant]], draws: Draws
) -> list[tuple[Question, Variant]]:
    """Shuffled, but questions on one run stay together and in the order their author gave them."""
    groups: dict[str, list[tuple[Question, Variant]]] = {}
    for question, variant in chosen:
        key = f"set:{question.set}" if question.set else f"item:{question.id}:{variant.digest}"
        groups.setdefault(key, []).append((question, variant))
    return [pair for key in draws.shuffled(sorted(groups)) for pair in groups[key]]

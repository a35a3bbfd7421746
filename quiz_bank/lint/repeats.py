"""Items that nearly repeat each other, by the cosine of their TF-IDF vectors."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from quiz_bank.lint.findings import Report
from quiz_bank.lint.wording import texts_in
from quiz_bank.questions import Card, Question

_LIMIT = 0.85
_WORD = re.compile(r"[A-Za-z0-9_.]+|(?=([\u3400-\u9fff]{2}))")
"""A Latin word, or two neighbouring Chinese characters (they overlap, so that no segmentation is needed)."""
_FEEDBACK = ("explain", "why", "hint", "source", "exam_note")


def lint_repeats(report: Report, questions: Iterable[Question], cards: Iterable[Card]) -> None:
    """Compare all items by what is asked, code and options included: explanations may well repeat."""
    for table, items in (("question", questions), ("card", cards)):
        texts = {item.id: _asked(item) for item in items}
        for first, second, cosine in near_repeats(texts):
            message = f"asks nearly the same as {first!r} (TF-IDF cosine {cosine:.2f})"
            report.warning(
                table, second, "prompt" if table == "question" else "front", "near-duplicate", message
            )


def near_repeats(texts: dict[str, str], limit: float = _LIMIT) -> list[tuple[str, str, float]]:
    """Pairs of ids whose texts have a cosine of at least ``limit``, in the order given.

    Weights are (1 + log tf) * (1 + log(n / df)); vectors have length 1. Only pairs that share a word are compared.
    """
    counts = {name: Counter(_words(text)) for name, text in texts.items()}
    frequency = Counter(word for words in counts.values() for word in words)
    vectors: list[tuple[str, dict[str, float]]] = []
    postings: dict[str, list[int]] = defaultdict(list)
    found = []
    for name, words in counts.items():
        vector = {w: (1 + math.log(n)) * (1 + math.log(len(counts) / frequency[w])) for w, n in words.items()}
        length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
        vector = {word: weight / length for word, weight in vector.items()}
        cosines: dict[int, float] = defaultdict(float)
        # A word that stands in a third of all items cannot by itself make two of them alike; it still counts below.
        for word in vector:
            if frequency[word] * 3 <= len(counts) or len(counts) < 30:
                for other in postings[word]:
                    cosines[other] += 0.0
        for other in cosines:
            other_name, other_vector = vectors[other]
            cosine = sum(weight * other_vector.get(word, 0.0) for word, weight in vector.items())
            if cosine >= limit:
                found.append((other_name, name, cosine))
        for word in vector:
            postings[word].append(len(vectors))
        vectors.append((name, vector))
    return found


def _words(text: str) -> list[str]:
    return [(found.group(1) or found.group()).casefold() for found in _WORD.finditer(text)]


def _asked(item: Question | Card) -> str:
    parts = [
        text.en
        for field, text in texts_in(item)
        if not any(word in field.split(".")[-1] for word in _FEEDBACK)
    ]
    return " ".join(parts)

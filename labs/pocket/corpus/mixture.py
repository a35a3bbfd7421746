"""What share of the corpus each kind of document takes, and the endless stream drawn from it."""

from collections.abc import Callable, Iterator
from random import Random

from labs.pocket.corpus.documents import Document
from labs.pocket.corpus.questions import handbook_document, question_document
from labs.pocket.corpus.records import conversion_document, lookup_document
from labs.pocket.corpus.skills import (
    arithmetic_document,
    copy_document,
    list_document,
    story_document,
    template_document,
)
from labs.pocket.corpus.translation import glossary_document, parallel_document, translation_document

MIXTURE: tuple[tuple[Callable[[Random], Document], int], ...] = (
    (question_document, 24),
    (handbook_document, 6),
    (translation_document, 18),
    (parallel_document, 6),
    (glossary_document, 6),
    (lookup_document, 10),
    (conversion_document, 6),
    (copy_document, 6),
    (list_document, 5),
    (arithmetic_document, 4),
    (template_document, 4),
    (story_document, 8),
)


def documents(seed: int) -> Iterator[Document]:
    """An endless, reproducible stream: the same seed gives the same documents."""
    random = Random(seed)
    makers = [maker for maker, _ in MIXTURE]
    weights = [weight for _, weight in MIXTURE]
    while True:
        yield random.choices(makers, weights)[0](random)

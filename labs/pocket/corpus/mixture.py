"""What share of the corpus each kind of document takes, and the endless stream drawn from it."""

from collections.abc import Callable, Iterator
from random import Random

from labs.pocket.corpus.documents import Document
from labs.pocket.corpus.general import general_document
from labs.pocket.corpus.questions import handbook_document, question_document
from labs.pocket.corpus.reading import (
    describe_document,
    event_document,
    label_document,
    polite_document,
    query_document,
    title_document,
)
from labs.pocket.corpus.records import conversion_document, lookup_document
from labs.pocket.corpus.rulebooks import (
    clauses_document,
    code_document,
    paraphrase_document,
    reading_document,
)
from labs.pocket.corpus.skills import (
    arithmetic_document,
    copy_document,
    list_document,
    story_document,
    template_document,
)
from labs.pocket.corpus.translation import glossary_document, parallel_document, translation_document

MIXTURE: tuple[tuple[Callable[[Random], Document], int], ...] = (
    (question_document, 12),
    (handbook_document, 2),
    (code_document, 10),
    (reading_document, 11),
    (paraphrase_document, 7),
    (clauses_document, 10),
    (general_document, 14),
    (translation_document, 12),
    (parallel_document, 3),
    (glossary_document, 6),
    (lookup_document, 7),
    (conversion_document, 6),
    (event_document, 8),
    (title_document, 6),
    (polite_document, 4),
    (label_document, 4),
    (query_document, 7),
    (describe_document, 2),
    (copy_document, 6),
    (list_document, 3),
    (arithmetic_document, 2),
    (template_document, 4),
    (story_document, 2),
)


def documents(seed: int) -> Iterator[Document]:
    """An endless, reproducible stream: the same seed gives the same documents."""
    random = Random(seed)
    makers = [maker for maker, _ in MIXTURE]
    weights = [weight for _, weight in MIXTURE]
    while True:
        yield random.choices(makers, weights)[0](random)

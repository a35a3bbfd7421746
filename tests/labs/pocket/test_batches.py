"""What a row of the base model's training holds, and what each of its tokens weighs."""

from itertools import islice
from random import Random
from typing import Any

from labs.pocket.batches import ANSWER, PROMPT, PROSE, batches, collate, encoded, repeats
from labs.pocket.corpus.documents import Document
from labs.pocket.tokenizer import SPECIAL


def test_an_answer_weighs_more_than_its_question_and_includes_its_end(tokenizer: Any) -> None:
    ids, weights = encoded(tokenizer, Document("copy", turns=(("user", "Repeat: tea"), ("assistant", "tea"))))
    answer = [token for token, weight in zip(ids, weights, strict=True) if weight == ANSWER]
    assert tokenizer.decode(answer) == "tea<|end|>"
    assert set(weights) == {PROMPT, ANSWER}


def test_prose_weighs_the_same_throughout(tokenizer: Any) -> None:
    ids, weights = encoded(tokenizer, Document("story", text="The lamp is red."))
    assert tokenizer.decode(ids) == "The lamp is red.<|end|>"
    assert set(weights) == {PROSE}


def test_of_repeats_nearly_all_that_is_scored_stood_there_before(tokenizer: Any) -> None:
    scored, new = 0, 0
    for seed in range(200):
        ids, weights = repeats(Random(seed), len(tokenizer))
        assert min(ids) >= len(SPECIAL)
        for place, weight in enumerate(weights):
            scored += weight > 0
            new += weight > 0 and ids[place] not in ids[:place]
    assert scored > 1000
    assert new / scored < 0.1


def test_padding_weighs_nothing() -> None:
    ids, weights = collate([([5, 6, 7], [1.0, 1.0, 1.0]), ([8], [0.2])], pad_id=0)
    assert ids.tolist() == [[5, 6, 7], [8, 0, 0]]
    assert [row.count(0.0) for row in weights.tolist()] == [0, 2]


def test_the_same_seed_gives_the_same_batches(tokenizer: Any) -> None:
    one, two = (list(islice(batches(tokenizer, 3, 1024, repeated=0.2), 3)) for _ in range(2))
    assert all(a.equal(b) for pair in zip(one, two, strict=True) for a, b in zip(*pair, strict=True))

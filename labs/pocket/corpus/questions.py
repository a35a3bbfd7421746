"""Facts that the weights must hold: rules of invented organisations, and what things are for, asked in many ways."""

import tomllib
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import msgspec

from labs.pocket.corpus.documents import Document, dialogue, framed


class Fact(msgspec.Struct, frozen=True):
    """One fact in one language: an answer and the questions that ask for it."""

    subject: str
    answer: str
    ask: tuple[str, ...]
    language: str


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("labs.pocket.corpus").joinpath(name).read_text(encoding="utf-8"))


@cache
def rules() -> tuple[tuple[Fact, Fact], ...]:
    """Every organisation's rules, each as its English and its Chinese fact; the values never change."""
    table = _read("handbooks.toml")
    random = Random(7)
    pairs = []
    for organisation in table["organisations"]:
        english, chinese = str(organisation).split("|")
        for rule in random.sample(table["rule"], 9):
            n = random.choice(rule["numbers"])
            answer, ask = rule["answer"], rule["ask"]
            pairs.append(
                (
                    Fact(
                        english,
                        answer[0].format(org=english, n=n),
                        tuple(q.format(org=english) for q in ask["en"]),
                        "en",
                    ),
                    Fact(
                        chinese,
                        answer[1].format(org=chinese, n=n),
                        tuple(q.format(org=chinese) for q in ask["zh"]),
                        "zh",
                    ),
                )
            )
    return tuple(pairs)


@cache
def uses() -> tuple[tuple[Fact, Fact], ...]:
    """What each thing is for."""
    pairs = []
    for row in _read("definitions.toml")["rows"]:
        thing, use, name, purpose = str(row).split("|")
        pairs.append(
            (
                Fact(
                    thing,
                    f"A {thing} is for {use}.",
                    (
                        f"What is a {thing} for?",
                        f"What does one do with a {thing}?",
                        f"Why would I need a {thing}?",
                        f"Explain the purpose of a {thing}.",
                    ),
                    "en",
                ),
                Fact(
                    name,
                    f"{name}是用来{purpose}的。",
                    (
                        f"{name}有什么用？",
                        f"{name}是干什么的？",
                        f"我为什么需要{name}？",
                        f"请解释{name}的用途。",
                    ),
                    "zh",
                ),
            )
        )
    return tuple(pairs)


@cache
def meanings() -> tuple[tuple[Fact, Fact], ...]:
    """What the words of working life mean, in general."""
    pairs = []
    for row in _read("definitions.toml")["meanings"]:
        term, meaning, name, sense = str(row).split("|")
        pairs.append(
            (
                Fact(
                    term,
                    f"{meaning[0].upper() + meaning[1:]}.",
                    (
                        f"What is meant by {term}?",
                        f"Define {term}.",
                        f"What does {term} mean?",
                        f"I do not know the word {term}.",
                        f"In plain words, what is {term}?",
                    ),
                    "en",
                ),
                Fact(
                    name,
                    f"{sense}。",
                    (
                        f"{name}是什么意思？",
                        f"请解释{name}。",
                        f"什么是{name}？",
                        f"我不懂{name}这个词。",
                        f"简单地说，{name}是什么？",
                    ),
                    "zh",
                ),
            )
        )
    return tuple(pairs)


def question_document(random: Random) -> Document:
    """One to three facts asked and answered."""
    known = random.choices((rules(), uses(), meanings()), (5, 1, 3))[0]
    pairs = []
    for pair in random.sample(known, random.choice((1, 1, 1, 2, 3))):
        fact = random.choice(pair)
        pairs.append((framed(random, random.choice(fact.ask), fact.language), fact.answer))
    return dialogue(random, "question", *pairs)


def handbook_document(random: Random) -> Document:
    """An organisation's rules as running text or as a list."""
    pair = random.choice(rules())
    side = random.randrange(2)
    facts = [both[side].answer for both in rules() if both[side].subject == pair[side].subject]
    random.shuffle(facts)
    facts = facts[: random.randint(2, 7)]
    kind = random.random()
    if kind < 0.4:
        text = (" " if side == 0 else "").join(facts)
    elif kind < 0.7:
        text = "\n".join(f"{number}. {fact}" for number, fact in enumerate(facts, start=1))
    else:
        text = "\n".join(f"- {fact}" for fact in facts)
    title = pair[side].subject
    return Document("handbook", text=f"{title}\n{text}" if random.random() < 0.7 else text)

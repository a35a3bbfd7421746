"""General sentences: pronouns, tenses, passives, gerunds, prepositions and clauses, in both languages."""

import tomllib
from functools import cache
from importlib.resources import files
from random import Random

import msgspec

from labs.pocket.corpus.documents import Document
from labs.pocket.corpus.lexicon import Word, lexicon


class Verb(msgspec.Struct, frozen=True):
    """A verb in five English forms."""

    base: str
    third: str
    past: str
    participle: str
    gerund: str
    zh: str


class Noun(msgspec.Struct, frozen=True):
    """A noun in singular and plural."""

    en: str
    plural: str
    zh: str


class Vocabulary(msgspec.Struct, frozen=True):
    """`vocabulary.toml`, parsed; a pronoun's English is `I,me,my`."""

    pronouns: tuple[Word, ...]
    verbs: tuple[Verb, ...]
    nouns: tuple[Noun, ...]
    adjectives: tuple[Word, ...]
    adverbs: tuple[Word, ...]
    prepositions: tuple[Word, ...]
    openings: tuple[Word, ...]


def _verb(english: str, chinese: str) -> Verb:
    base, third, past, participle, gerund = english.split(",")
    return Verb(base, third, past, participle, gerund, chinese)


def _noun_forms(english: str, chinese: str) -> Noun:
    singular, plural = english.split(",")
    return Noun(singular, plural, chinese)


@cache
def vocabulary() -> Vocabulary:
    """The word list, parsed once a process."""
    table = tomllib.loads(files("labs.pocket.corpus").joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    split = {name: [row.split("|") for row in rows] for name, rows in table.items()}
    verbs = tuple(_verb(english, chinese) for english, chinese in split.pop("verbs"))
    nouns = tuple(_noun_forms(english, chinese) for english, chinese in split.pop("nouns"))
    return Vocabulary(
        verbs=verbs, nouns=nouns, **{name: tuple(Word(*row) for row in rows) for name, rows in split.items()}
    )


def _noun(random: Random) -> tuple[Word, bool]:
    """A noun phrase, and whether it is plural."""
    words = vocabulary()
    noun = random.choice(words.nouns)
    adjective = random.choice(words.adjectives) if random.random() < 0.4 else None
    plural = random.random() < 0.4
    head = noun.plural if plural else noun.en
    if adjective:
        head = f"{adjective.en} {head}"
    colour = adjective.zh if adjective else ""
    kind = random.randrange(5)
    if kind == 0:
        pronoun = random.choice(words.pronouns)
        return Word(f"{pronoun.en.split(',')[2]} {head}", f"{pronoun.zh}的{colour}{noun.zh}"), plural
    if kind == 1:
        determiner = random.choice((("these", "这些"), ("some", "一些"), ("all", "所有"), ("many", "许多"), ("no", "没有"), ("other", "其他"), ("most", "大多数")) if plural else (("this", "这个"), ("each", "每个"), ("every", "每个"), ("any", "任何"), ("another", "另一个"), ("no", "没有"), ("either", "任一")))  # fmt: skip
        return Word(f"{determiner[0]} {head}", f"{determiner[1]}{colour}{noun.zh}"), plural
    return Word(f"the {head}", f"{colour}{noun.zh}"), plural


def _subject(random: Random) -> tuple[Word, bool]:
    """A subject and whether its verb is plural."""
    words = vocabulary()
    kind = random.random()
    if kind < 0.45:
        pronoun = random.choice(words.pronouns)
        english = pronoun.en.split(",")[0]
        return Word(english, pronoun.zh), english not in ("he", "she")
    if kind < 0.6:
        person = random.choice(lexicon().people)
        return person, False
    return _noun(random)


def general(random: Random) -> Word:
    """One sentence in both languages, without its stop."""
    words = vocabulary()
    (who, plural), (what, many) = _subject(random), _noun(random)
    verb, adverb = random.choice(words.verbs), random.choice(words.adverbs)
    kind = random.randrange(12)
    be = "are" if many else "is"
    if kind == 0:
        return Word(f"{who.en} {verb.past} {what.en}", f"{who.zh}{verb.zh}了{what.zh}")
    if kind == 1:
        return Word(
            f"{who.en} {verb.base if plural else verb.third} {what.en} {adverb.en}",
            f"{who.zh}{adverb.zh}{verb.zh}{what.zh}",
        )
    if kind == 2:
        by = random.choice(words.pronouns)
        return Word(
            f"{what.en} {be} {verb.participle} by {by.en.split(',')[1]}", f"{what.zh}由{by.zh}{verb.zh}"
        )
    if kind == 3:
        return Word(
            f"{verb.gerund} {what.en} is {(adjective := random.choice(words.adjectives)).en}",
            f"{verb.zh}{what.zh}是{adjective.zh}",
        )
    if kind == 4:
        return Word(
            f"{who.en} {'have' if plural else 'has'} {verb.participle} {what.en}",
            f"{who.zh}已经{verb.zh}了{what.zh}",
        )
    if kind == 5:
        modal, chinese = random.choice(
            (
                ("can", "能"),
                ("could", "可以"),
                ("may", "可以"),
                ("must", "必须"),
                ("should", "应该"),
                ("will", "将"),
                ("would", "会"),
                ("may not", "不得"),
                ("cannot", "不能"),
                ("need not", "不必"),
            )
        )
        return Word(f"{who.en} {modal} {verb.base} {what.en}", f"{who.zh}{chinese}{verb.zh}{what.zh}")
    if kind == 6:
        preposition, (topic, _) = random.choice(words.prepositions), _noun(random)
        return Word(
            f"{preposition.en} {topic.en}, {who.en} {verb.past} {what.en}",
            f"{preposition.zh.format(x=topic.zh)}，{who.zh}{verb.zh}了{what.zh}",
        )
    if kind == 7:
        opening, inner = random.choice(words.openings), general(random)
        return Word(f"{opening.en} {inner.en}", f"{opening.zh}{inner.zh}")
    if kind == 8:
        other = random.choice(words.verbs)
        return Word(
            f"{who.en} {verb.past} {what.en} but did not {other.base} it",
            f"{who.zh}{verb.zh}了{what.zh}，但是没有{other.zh}",
        )
    if kind == 9:
        adjective, (topic, few) = random.choice(words.adjectives), _noun(random)
        return Word(
            f"{topic.en} {'are' if few else 'is'} {adjective.en} if {who.en} {verb.base if plural else verb.third} {what.en}",
            f"如果{who.zh}{verb.zh}{what.zh}，{topic.zh}就是{adjective.zh}",
        )
    if kind == 10:
        return Word(
            f"{who.en} {'want' if plural else 'wants'} to {verb.base} {what.en} without {random.choice(words.verbs).gerund} anything",
            f"{who.zh}想{verb.zh}{what.zh}，什么也不做",
        )
    (topic, few) = _noun(random)
    return Word(
        f"{what.en} and {topic.en} were {verb.participle} {adverb.en}",
        f"{what.zh}和{topic.zh}被{adverb.zh}{verb.zh}",
    )


QUESTIONS = (
    ("who {past} {what}?", "谁{v}了{w}？"), ("when {was} {what} {part}?", "{w}什么时候{v}？"), ("why do they {base} {what}?", "他们为什么{v}{w}？"), ("how often can one {base} {what}?", "多久可以{v}一次{w}？"), ("may I {base} {what}?", "我可以{v}{w}吗？"),
    ("is it allowed to {base} {what}?", "允许{v}{w}吗？"), ("what happens if nobody {third} {what}?", "如果没有人{v}{w}会怎样？"), ("by whom {is_} {what} {part}?", "{w}由谁{v}？"), ("how long does {ger} {what} take?", "{v}{w}要多久？"), ("what is needed to {base} {what}?", "{v}{w}需要什么？"),
    ("does anyone have to {base} {what}?", "必须{v}{w}吗？"), ("how early must we {base} {what}?", "我们要提前多久{v}{w}？"), ("which reason justifies {ger} {what}?", "什么理由可以{v}{w}？"), ("what do I get for {ger} {what}?", "{v}{w}我能得到什么？"),
)  # fmt: skip


def asked(random: Random) -> Word:
    """A question without an answer, in both languages."""
    verb, (what, many) = random.choice(vocabulary().verbs), _noun(random)
    english, chinese = random.choice(QUESTIONS)
    forms = {
        "past": verb.past,
        "part": verb.participle,
        "base": verb.base,
        "third": verb.third,
        "ger": verb.gerund,
        "what": what.en,
        "was": "were" if many else "was",
        "is_": "are" if many else "is",
    }
    return Word(english.format(**forms), chinese.format(v=verb.zh, w=what.zh))


def general_sentence(random: Random) -> Word:
    """A sentence or a question, written out with its capital and its stop."""
    if random.random() < 0.3:
        pair = asked(random)
        return Word(pair.en[0].upper() + pair.en[1:], pair.zh)
    pair = general(random)
    return Word(pair.en[0].upper() + pair.en[1:] + ".", pair.zh + "。")


def general_document(random: Random) -> Document:
    """A run of sentences in one language, or pairs in both."""
    pairs = [general_sentence(random) for _ in range(random.randint(2, 6))]
    kind = random.random()
    if kind < 0.3:
        return Document(
            "general",
            text="\n".join(
                f"{pair.en}\n{pair.zh}" if random.random() < 0.5 else f"{pair.zh}\n{pair.en}"
                for pair in pairs[:3]
            ),
        )
    side = "en" if kind < 0.75 else "zh"
    return Document("general", text=(" " if side == "en" else "").join(getattr(pair, side) for pair in pairs))

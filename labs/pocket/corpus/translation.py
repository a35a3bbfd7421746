"""Parallel sentences, in running pairs, glossaries and instructions."""

from random import Random

from labs.pocket.corpus.documents import Document, dialogue
from labs.pocket.corpus.general import general_sentence, vocabulary
from labs.pocket.corpus.lexicon import Word, lexicon
from labs.pocket.corpus.sentences import sentence

TO_CHINESE = (
    "Translate into Chinese: {s}", "把这句话翻译成中文：{s}", "Put this into Chinese: {s}", "How does one say this in Chinese? {s}", "请译成中文：{s}", "{s}\nChinese:", "Chinese, please: {s}", "英译中：{s}",
)  # fmt: skip
TO_ENGLISH = (
    "Translate into English: {s}", "把这句话翻译成英文：{s}", "Put this into English: {s}", "How does one say this in English? {s}", "请译成英文：{s}", "{s}\nEnglish:", "English, please: {s}", "中译英：{s}",
)  # fmt: skip


def _all_words() -> list[Word]:
    words = lexicon()
    general = vocabulary()
    plain = [Word(noun.en, noun.zh) for noun in general.nouns] + [
        Word(verb.base, verb.zh) for verb in general.verbs
    ]
    plain += [*general.adjectives, *general.adverbs]
    plain += [Word(thing.en, thing.zh) for thing in words.things] + [
        Word(verb.en, verb.zh) for verb in words.verbs
    ]
    return [
        *plain,
        *words.places,
        *words.adjectives,
        *words.jobs,
        *words.times,
        *words.feelings,
        *words.work,
        *words.work,
        *words.trade,
        *words.qualities,
    ]


def translation_document(random: Random) -> Document:
    """A few sentences of instruction and translation in one direction, or both."""
    pairs = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        pair = general_sentence(random) if random.random() < 0.4 else sentence(random)
        if random.random() < 0.5:
            pairs.append((random.choice(TO_CHINESE).format(s=pair.en), pair.zh))
        else:
            pairs.append((random.choice(TO_ENGLISH).format(s=pair.zh), pair.en))
    return dialogue(random, "translation", *pairs)


def parallel_document(random: Random) -> Document:
    """Sentence pairs side by side, with a separator that stays the same within the document."""
    separator = random.choice((" = ", " | ", "\t", "\n", " / ", " -> ", " 译：", " (", "：", " — "))
    end = ")" if separator == " (" else ""
    flip = random.random() < 0.5
    lines = []
    for _ in range(random.randint(2, 8)):
        pair = (
            random.choice((sentence, general_sentence))(random)
            if random.random() < 0.7
            else random.choice(_all_words())
        )
        first, second = (pair.zh, pair.en) if flip else (pair.en, pair.zh)
        lines.append(f"{first}{separator}{second}{end}")
    return Document("parallel", text="\n".join(lines))


def glossary_document(random: Random) -> Document:
    """Words asked for one at a time."""
    pairs = []
    for word in random.sample(_all_words(), random.randint(1, 5)):
        if random.random() < 0.5:
            ask = random.choice(
                ("What is {s} in Chinese?", "{s}用中文怎么说？", "{s}是什么意思？", "Chinese for {s}?")
            )
            pairs.append((ask.format(s=word.en), word.zh))
        else:
            ask = random.choice(
                ("What is {s} in English?", "{s}用英文怎么说？", "{s}的英文是什么？", "English for {s}?")
            )
            pairs.append((ask.format(s=word.zh), word.en))
    return dialogue(random, "glossary", *pairs)

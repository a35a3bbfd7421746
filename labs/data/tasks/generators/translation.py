"""Business letters, sentence by sentence, both ways: test sentences carry words that no training sentence of the task has."""

from random import Random

from labs.data.tasks.generators.row import Row, Splits
from labs.pocket.corpus.lexicon import Word, lexicon
from labs.pocket.corpus.sentences import NUMBERS

TEMPLATES = (
    ("We have received your {topic} for {n} {things}.", "我方已收到贵方关于{m}{things}的{topic}。"),
    ("Please confirm the {topic} {time}.", "请{time}确认{topic}。"),
    ("The {topic} will be sent to your {office} in {city}.", "{topic}将寄往贵方在{city}的{office}。"),
    ("We regret to inform you that the {topic} is {quality}.", "很遗憾地通知您，{topic}是{quality}。"),
    ("According to the agreement, the {job} pays for the {topic}.", "根据协议，{topic}的费用由{job}承担。"),
    ("Our {job} in {city} will contact you about the {topic}.", "我方在{city}的{job}将就{topic}与您联系。"),
    ("Could you send us the {topic} together with the {topic2}?", "能否请您将{topic}连同{topic2}一并发给我方？"),
    ("We would like to order {n} {things} for our {topic}.", "我方希望为{topic}订购{m}{things}。"),
    ("Thank you for your letter about the {topic}; our {job} will answer {time}.", "感谢您关于{topic}的来信，我方{job}将{time}答复。"),
    ("If the {topic} is {quality}, please inform our {job} at once.", "如果{topic}是{quality}，请立即告知我方{job}。"),
    ("We look forward to seeing your {job} in {city} {time}.", "我方期待{time}在{city}见到贵方{job}。"),
    ("Unfortunately {n} {things} were missing from the {topic}.", "遗憾的是，{topic}中缺少{m}{things}。"),
)  # fmt: skip
ASK = {"en": "翻译成英文：{s}", "zh": "翻译成中文：{s}"}
HELD_EVERY = 4
OFFICES = (
    Word("branch", "分公司"),
    Word("department", "部门"),
    Word("office", "办公室"),
    Word("factory", "工厂"),
    Word("warehouse", "仓库"),
)


def topics() -> tuple[Word, ...]:
    """What letters are about: orders, papers and projects."""
    trade = lexicon().trade
    return (*trade[:12], *trade[24:32], *trade[52:70])


def _halves(words: tuple[Word, ...]) -> tuple[list[Word], list[Word]]:
    """Words for training and words kept for validation and test."""
    return [w for i, w in enumerate(words) if i % HELD_EVERY], [
        w for i, w in enumerate(words) if not i % HELD_EVERY
    ]


def _sentence(random: Random, held: bool) -> Word:
    words = lexicon()
    side = 1 if held else 0
    topic, topic2 = random.sample(_halves(topics())[side], 2)
    things = [thing for i, thing in enumerate(words.things) if (i % HELD_EVERY == 0) == held]
    thing, (number, numeral) = random.choice(things), random.choice(NUMBERS[1:])
    slots = {
        "city": _halves(words.cities)[side],
        "job": _halves(words.jobs)[side],
        "quality": _halves(words.qualities)[side],
        "time": list(words.times),
        "office": list(OFFICES),
    }
    picked = {name: random.choice(choice) for name, choice in slots.items()} | {
        "topic": topic,
        "topic2": topic2,
    }
    english, chinese = random.choice(TEMPLATES)
    en = english.format(n=number, things=thing.plural, **{name: word.en for name, word in picked.items()})
    zh = chinese.format(
        m=f"{numeral}{thing.measure}", things=thing.zh, **{name: word.zh for name, word in picked.items()}
    )
    return Word(en, zh)


def rows(seed: int = 5) -> Splits:
    """Half of the rows into English, half into Chinese; no sentence twice."""
    random = Random(seed)
    seen: set[str] = set()
    splits: dict[str, list[Row]] = {}
    for split, count in (("train", 700), ("validation", 100), ("test", 150)):
        splits[split] = []
        while len(splits[split]) < count:
            pair = _sentence(random, held=split != "train")
            if pair.en in seen:
                continue
            seen.add(pair.en)
            lang = "en" if len(splits[split]) % 2 else "zh"
            source, target = (pair.zh, pair.en) if lang == "en" else (pair.en, pair.zh)
            splits[split].append(
                Row(
                    f"mt-{split}-{len(splits[split]):04}",
                    lang,
                    f"into-{lang}",
                    ASK[lang].format(s=source),
                    target,
                )
            )
    return splits

"""A small bilingual grammar: the same statement in English and in Chinese."""

from random import Random

from labs.pocket.corpus.lexicon import Thing, Word, lexicon

NUMBERS = (
    ("one", "一"), ("two", "两"), ("three", "三"), ("four", "四"), ("five", "五"), ("six", "六"), ("seven", "七"),
    ("eight", "八"), ("nine", "九"), ("ten", "十"), ("twelve", "十二"), ("fifteen", "十五"), ("twenty", "二十"), ("thirty", "三十"),
)  # fmt: skip

MENTAL = (
    Word("forgot", "忘记了"), Word("mentioned", "提到了"), Word("explained", "说明了"), Word("likes", "喜欢"), Word("needs", "需要"), Word("does not understand", "不明白"), Word("is waiting for", "在等"), Word("complained about", "抱怨"),
    Word("has questions about", "有疑问的是"), Word("is responsible for", "负责"), Word("thanks everyone for", "感谢大家的"), Word("talks about", "谈论"),
)  # fmt: skip


def article(noun: str) -> str:
    """`a` or `an`, by the first letter."""
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def noun_phrase(random: Random, thing: Thing | None = None) -> Word:
    """A counted or described thing: `three red chairs`, `三把红色的椅子`."""
    words = lexicon()
    thing = thing or random.choice(words.things)
    adjective = random.choice(words.adjectives) if random.random() < 0.5 else None
    number, numeral = random.choice(NUMBERS)
    described = f"{adjective.en} {{}}" if adjective else "{}"
    colour = adjective.zh if adjective else ""
    kind = random.random()
    if kind < 0.35:
        return Word(article(described.format(thing.en)), f"一{thing.measure}{colour}{thing.zh}")
    if kind < 0.75:
        english = described.format(thing.en if number == "one" else thing.plural)
        return Word(f"{number} {english}", f"{numeral}{thing.measure}{colour}{thing.zh}")
    if kind < 0.9:
        return Word(f"the {described.format(thing.en)}", f"那{thing.measure}{colour}{thing.zh}")
    return Word(f"this {described.format(thing.en)}", f"这{thing.measure}{colour}{thing.zh}")


def statement(random: Random) -> Word:
    """One sentence without its final stop, in both languages."""
    words = lexicon()
    who, other = random.sample(words.people, 2)
    if random.random() < 0.3:
        job = random.choice(words.jobs)
        who = Word(f"the {job.en}", f"那位{job.zh}")
    thing, verb = noun_phrase(random), random.choice(words.verbs)
    time = random.choice(words.times)
    place = random.choice(words.places)
    kind = random.randrange(18)
    if kind <= 2:
        return Word(f"{who.en} {verb.past} {thing.en} {time.en}", f"{time.zh}{who.zh}{verb.zh}了{thing.zh}")
    if kind <= 4:
        return Word(
            f"{who.en} {verb.past} {thing.en} at the {place.en}", f"{who.zh}在{place.zh}{verb.zh}了{thing.zh}"
        )
    if kind == 5:
        return Word(f"{who.en} did not {verb.en} {thing.en}", f"{who.zh}没有{verb.zh}{thing.zh}")
    if kind == 6:
        feeling = random.choice(words.feelings)
        reason = random.choice(words.reasons)
        return Word(
            f"{who.en} was {feeling.en} because {reason.en}", f"因为{reason.zh}，{who.zh}感到{feeling.zh}"
        )
    if kind == 7:
        job = random.choice(words.jobs)
        city = random.choice(words.cities)
        return Word(f"{who.en} works as {article(job.en)} in {city.en}", f"{who.zh}在{city.zh}当{job.zh}")
    if kind == 8:
        item = random.choice(words.things)
        adjective = random.choice(words.adjectives)
        return Word(
            f"the {item.en} at the {place.en} is {adjective.en}", f"{place.zh}的{item.zh}是{adjective.zh}"
        )
    if kind == 9:
        return Word(f"{who.en} wants to {verb.en} {thing.en}", f"{who.zh}想{verb.zh}{thing.zh}")
    if kind == 10:
        return Word(
            f"{who.en} gave {thing.en} to {other.en} {time.en}",
            f"{time.zh}{who.zh}把{thing.zh}交给了{other.zh}",
        )
    if kind == 11:
        work = random.choice(words.work)
        return Word(f"{who.en} asked {other.en} about the {work.en}", f"{who.zh}向{other.zh}询问{work.zh}")
    if kind == 12:
        first, second = random.sample(words.work, 2)
        return Word(
            f"the {first.en} and the {second.en} are discussed {time.en}",
            f"{time.zh}讨论{first.zh}和{second.zh}",
        )
    if kind == 13:
        topic, quality = random.choice((*words.trade, *words.work)), random.choice(words.qualities)
        return Word(f"the {topic.en} is {quality.en}", f"{topic.zh}是{quality.zh}")
    if kind == 14:
        topic, said = random.choice((*words.trade, *words.work)), random.choice(MENTAL)
        return Word(f"{who.en} {said.en} the {topic.en}", f"{who.zh}{said.zh}{topic.zh}")
    if kind == 15:
        first, second = random.sample((*words.trade, *words.work), 2)
        return Word(f"the {first.en} comes before the {second.en}", f"{first.zh}在{second.zh}之前")
    if kind == 16:
        topic = random.choice((*words.trade, *words.work))
        return Word(
            f"please tell {who.en} about the {topic.en} {time.en}", f"请{time.zh}把{topic.zh}告诉{who.zh}"
        )
    if thing.en.split()[0] not in ("one", "a", "an", "the", "this"):
        return Word(f"there are {thing.en} at the {place.en}", f"{place.zh}有{thing.zh}")
    return Word(f"there is {thing.en} at the {place.en}", f"{place.zh}有{thing.zh}")


def sentence(random: Random) -> Word:
    """A capitalised statement with its stop, or a question."""
    pair = statement(random)
    return Word(pair.en[0].upper() + pair.en[1:] + ".", pair.zh + "。")

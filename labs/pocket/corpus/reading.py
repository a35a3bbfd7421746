# ruff: noqa: S608 - the queries are text to learn from, put together from our own word lists
"""Understanding a sentence: who did what where, as an answer, as JSON, as a title, as a label, as a politer wording."""

import json
from random import Random

from labs.pocket.corpus.documents import Document, dialogue
from labs.pocket.corpus.general import vocabulary
from labs.pocket.corpus.lexicon import Word, lexicon
from labs.pocket.corpus.sentences import article, noun_phrase, sentence

Roles = dict[str, tuple[str, str]]


def event(random: Random) -> tuple[Roles, tuple[str, str]]:
    """The roles of an event as (english, chinese), and the event as a sentence in both languages."""
    words = lexicon()
    who, verb, thing = random.choice(words.people), random.choice(words.verbs), noun_phrase(random)
    place, time = random.choice(words.places), random.choice(words.times)
    roles = {
        "who": (who.en, who.zh),
        "what": (thing.en, thing.zh),
        "action": (verb.past, verb.zh),
        "where": (place.en, place.zh),
        "when": (time.en, time.zh),
    }
    english = f"{who.en} {verb.past} {thing.en} at the {place.en} {time.en}."
    chinese = f"{time.zh}{who.zh}在{place.zh}{verb.zh}了{thing.zh}。"
    return roles, (english, chinese)


NAMES = {"who": "人物", "what": "物品", "action": "动作", "where": "地点", "when": "时间"}
ASK = {
    "who": (("Who was it?", "Who did it?"), ("是谁？", "谁做的？")),
    "what": (("What was it?", "Which things?"), ("是什么东西？", "什么物品？")),
    "action": (("What was done?", "Which action?"), ("做了什么？", "什么动作？")),
    "where": (("Where?", "Where did it happen?"), ("在哪里？", "在什么地方？")),
    "when": (("When?", "When did it happen?"), ("什么时候？", "何时发生？")),
}  # fmt: skip


def event_document(random: Random) -> Document:
    """Questions on an event, or the event as fields."""
    side = random.randrange(2)
    events = [event(random) for _ in range(random.choice((1, 1, 2)))]
    roles, _ = events[0]
    shown = ("" if side else " ").join(text[side] for _, text in events)
    keys = random.sample(list(roles), random.randint(1, 4))
    if random.random() < 0.5:
        pairs = [(random.choice(ASK[key][side]), roles[key][side]) for key in keys[:2]]
        return dialogue(
            random,
            "event",
            (
                f"{shown}\n{pairs[0][0]}"
                if len(events) == 1
                else f"{shown} {roles['who'][side]}: {pairs[0][0]}",
                pairs[0][1],
            ),
            *pairs[1:],
        )
    named = [NAMES[key] if side else key for key in keys]
    ask = random.choice(
        (
            f"Extract {', '.join(named)} as JSON.",
            f"JSON with {', '.join(named)}:",
            f"提取{'、'.join(named)}，输出JSON。",
            f"用JSON给出{'、'.join(named)}。",
        )
    )
    reply = json.dumps(
        {name: roles[key][side] for name, key in zip(named, keys, strict=True)}, ensure_ascii=False
    )
    return dialogue(
        random, "event", (f"{ask}\n{shown}" if random.random() < 0.5 else f"{shown}\n{ask}", reply)
    )


def title_document(random: Random) -> Document:
    """A short report and its title."""
    side = random.randrange(2)
    roles, (english, chinese) = event(random)
    rest = [sentence(random) for _ in range(random.randint(1, 3))]
    if side:
        title = random.choice(
            (
                f"{roles['who'][1]}{roles['action'][1]}{roles['what'][1]}",
                f"{roles['where'][1]}：{roles['who'][1]}{roles['action'][1]}{roles['what'][1]}",
            )
        )
        body = chinese + "".join(word.zh for word in rest)
        ask = random.choice(("给这段话起个题目。", "题目是什么？", "概括成一句话。"))
    else:
        title = random.choice(
            (
                f"{roles['who'][0]} {roles['action'][0]} {roles['what'][0]}",
                f"At the {roles['where'][0]}: {roles['what'][0]}",
            )
        )
        body = english + " " + " ".join(word.en for word in rest)
        ask = random.choice(("Give this a title.", "What is the title?", "Sum it up in a line."))
    if random.random() < 0.35:
        return Document("title", text=f"{title}\n\n{body}")
    return dialogue(random, "title", (f"{ask}\n{body}" if random.random() < 0.5 else f"{body}\n{ask}", title))


def polite_document(random: Random) -> Document:
    """The same request, plain and polite, formal and casual."""
    words = lexicon()
    verb, thing, who = random.choice(words.verbs), random.choice(words.things), random.choice(words.people)
    if random.random() < 0.5:
        plain, polite, casual = (
            f"{verb.zh}那{thing.measure}{thing.zh}。",
            f"请您{verb.zh}那{thing.measure}{thing.zh}，谢谢。",
            f"{who.zh}，{verb.zh}一下那{thing.measure}{thing.zh}吧！",
        )
        asks = ("改得礼貌一些：", "换成礼貌的说法：", "用随意的口气对{w}说："), who.zh
    else:
        plain, polite, casual = (
            f"{verb.en.capitalize()} the {thing.en}.",
            f"Could you please {verb.en} the {thing.en}? Thank you.",
            f"Hey {who.en}, {verb.en} the {thing.en}, will you!",
        )
        asks = ("Make it polite: ", "Say it politely: ", "Say it casually to {w}: "), who.en
    choice = random.randrange(4)
    if choice == 3:
        return dialogue(
            random, "polite", (random.choice(("Make it short: ", "说得直接一点：")) + polite, plain)
        )
    ask = asks[0][min(choice, 2)].format(w=asks[1])
    return dialogue(random, "polite", (ask + plain, casual if choice == 2 else polite))


def label_document(random: Random) -> Document:
    """Put a sentence or a word into one of the classes named."""
    words = lexicon()
    classes: dict[str, tuple[str, str, tuple[Word, ...]]] = {
        "person": ("person", "人物", words.people),
        "place": ("place", "地点", words.places),
        "city": ("city", "城市", words.cities),
        "thing": ("thing", "物品", words.things),
        "job": ("job", "职业", words.jobs),
        "feeling": ("feeling", "心情", words.feelings),
        "time": ("time", "时间", words.times),
        "work": ("contract", "合同", words.work),
        "trade": ("trade", "商业", words.trade),
    }
    side = random.randrange(2)
    names = {key: chinese if side else english for key, (english, chinese, _) in classes.items()}
    chosen = random.sample(list(classes), random.randint(2, 5))
    pairs = []
    for _ in range(random.choice((1, 1, 2, 4))):
        key = random.choice(chosen)
        word = random.choice(classes[key][2])
        if random.random() < 0.5:
            shown = word.zh if side else word.en
        else:
            shown = f"今天我们谈谈{word.zh}。" if side else f"Let us talk about {word.en} today."
        options = "/".join(names[one] for one in chosen)
        ask = random.choice(
            ("类别（{o}）：{s}", "{s}\n属于哪一类？{o}", "从{o}中选择：{s}")
            if side
            else ("Class ({o}): {s}", "{s}\nWhich class? {o}", "Choose from {o}: {s}")
        )
        pairs.append((ask.format(o=options, s=shown), names[key]))
    return dialogue(random, "label", *pairs)


COLUMNS = ("name", "city", "price", "age", "count", "day", "code", "color", "size", "weight", "year", "score")
TABLES = (
    "books",
    "cups",
    "trains",
    "rooms",
    "people",
    "shops",
    "games",
    "songs",
    "trips",
    "plants",
    "tools",
    "teams",
)


def query_document(random: Random) -> Document:
    """SQL over a table that the question names."""
    words = lexicon()
    table, columns = random.choice(TABLES), random.sample(COLUMNS, random.randint(2, 5))
    if random.random() < 0.6:  # names that are no fixed list: they have to be read
        names = [noun for noun in vocabulary().nouns if " " not in noun.en]
        first, *others = random.sample(names, len(columns) + 1)
        table, columns = first.plural, [noun.en for noun in others]
    a, b = columns[:2]
    text = f"'{random.choice(words.cities).en}'" if random.random() < 0.5 else str(random.randint(1, 90))
    op = "=" if text[0] == "'" else random.choice(("=", ">", "<"))
    where = f" WHERE {b} {op} {text}"
    wording = {"=": ("is", "等于"), ">": ("is above", "大于"), "<": ("is below", "小于")}[op]
    kind = random.randrange(5)
    plain = text.strip("'")
    if kind == 0:
        english, chinese, query = f"Show {a} of {table}", f"显示{table}的{a}", f"SELECT {a} FROM {table};"
    elif kind == 1:
        english, chinese, query = (
            f"{a} of {table} where {b} {wording[0]} {plain}",
            f"{table}中{b}{wording[1]}{plain}的{a}",
            f"SELECT {a} FROM {table}{where};",
        )
    elif kind == 2:
        english, chinese, query = (
            f"Count {table} where {b} {wording[0]} {plain}",
            f"统计{table}中{b}{wording[1]}{plain}的数量",
            f"SELECT COUNT(*) FROM {table}{where};",
        )
    elif kind == 3:
        fn, en, zh = random.choice(
            (
                ("MAX", "highest", "最大"),
                ("MIN", "lowest", "最小"),
                ("AVG", "average", "平均"),
                ("SUM", "total", "合计"),
            )
        )
        english, chinese, query = (
            f"The {en} {a} of {table}",
            f"{table}的{zh}{a}",
            f"SELECT {fn}({a}) FROM {table};",
        )
    else:
        english, chinese, query = (
            f"All of {table} by {a}",
            f"{table}按{a}排序",
            f"SELECT * FROM {table} ORDER BY {a};",
        )
    schema = random.choice(
        (
            f"{table}({', '.join(columns)})",
            f"CREATE TABLE {table} ({', '.join(columns)});",
            f"Table {table}: {', '.join(columns)}",
        )
    )
    prompt = f"{schema}\n{random.choice((english, chinese))}"
    return dialogue(random, "query", (prompt, query))


def describe_document(random: Random) -> Document:
    """Advertising and announcements: a thing praised, priced, offered."""
    words = lexicon()
    thing, adjective, other, city = (
        random.choice(words.things),
        random.choice(words.adjectives),
        random.choice(words.adjectives),
        random.choice(words.cities),
    )
    price = random.randint(5, 999)
    if random.random() < 0.5:
        text = random.choice((
            f"我们的{thing.zh}是{adjective.zh}，也是{other.zh}，只要{price}元。欢迎来{city.zh}选购！", f"新到{thing.zh}！{adjective.zh}{thing.zh}，{price}元一{thing.measure}，{city.zh}现货。", f"亲爱的朋友，{city.zh}的店里有{adjective.zh}{thing.zh}，等你来。",
        ))  # fmt: skip
    else:
        text = random.choice((
            f"Our {thing.en} is {adjective.en} and {other.en}, for only {price} yuan. Come and see it in {city.en}!", f"New: {article(adjective.en + ' ' + thing.en)} for {price} yuan, in stock in {city.en}.", f"Dear friends, {article(adjective.en + ' ' + thing.en)} is waiting for you in {city.en}.",
        ))  # fmt: skip
    return Document("describe", text=text)

"""Records in many layouts, and questions whose answer stands in the record just shown."""

import json
from random import Random

from labs.pocket.corpus.documents import Document, dialogue
from labs.pocket.corpus.general import vocabulary
from labs.pocket.corpus.lexicon import Word, lexicon

FIELDS = {
    "name": ("name", "姓名"), "city": ("city", "城市"), "job": ("job", "职业"), "day": ("day", "时间"), "place": ("place", "地点"), "item": ("item", "物品"), "count": ("count", "数量"), "price": ("price", "价格"),
    "room": ("room", "房间"), "code": ("code", "编号"), "phone": ("phone", "电话"), "age": ("age", "年龄"),
}  # fmt: skip
ASK = {
    "name": (("Who is it?", "What is the name?", "Give the name."), ("叫什么名字？", "是谁？", "给出姓名。")),
    "city": (("Which city?", "What city is it in?", "Give the city."), ("在哪个城市？", "城市是哪里？", "给出城市。")),
    "job": (("What is the job?", "What work is it?", "Give the job."), ("职业是什么？", "做什么工作？", "给出职业。")),
    "day": (("When was it?", "What time?", "Give the day."), ("是什么时候？", "时间呢？", "给出时间。")),
    "place": (("Where was it?", "Which place?", "Give the place."), ("地点是哪里？", "在什么地方？", "给出地点。")),
    "item": (("What thing was it?", "Which item?", "Give the item."), ("是什么东西？", "哪件物品？", "给出物品。")),
    "count": (("How many?", "What is the count?", "Give the number."), ("有多少？", "数量是多少？", "给出数量。")),
    "price": (("How much does it cost?", "What is the price?", "Give the price."), ("多少钱？", "价格是多少？", "给出价格。")),
    "room": (("Which room?", "What is the room number?", "Give the room."), ("哪个房间？", "房间号是多少？", "给出房间。")),
    "code": (("What is the code?", "Which code?", "Give the code."), ("编号是什么？", "编号是多少？", "给出编号。")),
    "phone": (("What is the phone number?", "Which number do I call?", "Give the phone."), ("电话是多少？", "打哪个电话？", "给出电话。")),
    "age": (("How old?", "What is the age?", "Give the age."), ("多大年纪？", "几岁？", "给出年龄。")),
}  # fmt: skip


ASK_ANY = (("What is the {k}?", "Give the {k}.", "{k}?"), ("{k}是什么？", "给出{k}。", "{k}？"))


def field_name(key: str, side: int) -> str:
    """A field's name in one language; a key that is no field id is a name already."""
    return FIELDS[key][side] if key in FIELDS else key


def ask_for(random: Random, key: str, side: int) -> str:
    """A question for a field's value."""
    if key in ASK and random.random() < 0.7:
        return random.choice(ASK[key][side])
    return random.choice(ASK_ANY[side]).format(k=field_name(key, side))


def record(random: Random, language: str, fields: int) -> dict[str, str]:
    """Random values under `fields` field ids or nouns as names, in random order: what a key is must be read."""
    words = lexicon()
    values: dict[str, Word] = {
        "name": random.choice(words.people), "city": random.choice(words.cities), "job": random.choice(words.jobs), "day": random.choice(words.times),
        "place": random.choice(words.places), "item": random.choice(words.things),
    }  # fmt: skip
    texts = {key: value.zh if language == "zh" else value.en for key, value in values.items()}
    texts["count"] = str(random.randint(2, 99))
    texts["price"] = f"{random.randint(3, 999)}{'元' if language == 'zh' else ' yuan'}"
    texts["room"] = str(random.randint(101, 989))
    texts["code"] = random.choice("ABCDEFGHKMPRST") + str(random.randint(10, 9999))
    texts["phone"] = "".join(random.choice("0123456789") for _ in range(8))
    texts["age"] = str(random.randint(6, 90))
    if random.random() < 0.5:
        for noun in random.sample(vocabulary().nouns, 4):
            other = random.choice(vocabulary().nouns)
            name, value = (noun.zh, other.zh) if language == "zh" else (noun.en, other.en)
            texts[name] = value if random.random() < 0.5 else str(random.randint(1, 999))
    chosen = random.sample(list(texts), fields)
    return {key: texts[key] for key in chosen}


def layout(random: Random, row: dict[str, str], language: str) -> str:
    """The record as JSON, `key: value` lines, a table row, or a run of words."""
    side = 1 if language == "zh" else 0
    named = {field_name(key, side): value for key, value in row.items()}
    kind = random.randrange(6)
    if kind == 0:
        return json.dumps(named, ensure_ascii=False)
    if kind == 1:
        return "\n".join(f"{key}: {value}" for key, value in named.items())
    if kind == 2:
        return " | ".join(named) + "\n" + " | ".join(named.values())
    if kind == 3:
        return ("，" if side else ", ").join(
            f"{key}{'：' if side else ' '}{value}" for key, value in named.items()
        )
    if kind == 4:
        return "; ".join(f"{key}={value}" for key, value in named.items())
    return "\n".join(f"- {key}{'：' if side else ': '}{value}" for key, value in named.items())


def lookup_document(random: Random) -> Document:
    """One or several records, then questions about one of them, each answered with the value alone."""
    language = random.choice(("en", "zh"))
    side = 1 if language == "zh" else 0
    row = record(random, language, random.randint(2, 7))
    shown = layout(random, row, language)
    keys = random.sample(list(row), min(len(row), random.choice((1, 1, 2, 3))))
    pairs = []
    for key in keys:
        pairs.append((ask_for(random, key, side), row[key]))
    first_ask, first_reply = pairs[0]
    order = random.random()
    prompt = f"{shown}\n{first_ask}" if order < 0.7 else f"{first_ask}\n{shown}"
    return dialogue(random, "lookup", (prompt, first_reply), *pairs[1:])


def conversion_document(random: Random) -> Document:
    """The same record in another layout: extraction and formatting."""
    language = random.choice(("en", "zh"))
    side = 1 if language == "zh" else 0
    row = record(random, language, random.randint(2, 5))
    named = {field_name(key, side): value for key, value in row.items()}
    if random.random() < 0.6:
        ask = random.choice(("Write this as JSON.", "JSON, please.", "转换成JSON。", "用JSON表示。"))
        reply = json.dumps(named, ensure_ascii=False)
    else:
        ask = random.choice(("List the fields.", "One field a line, please.", "逐行列出。", "请分行写出。"))
        reply = "\n".join(f"{key}: {value}" for key, value in named.items())
    shown = layout(random, row, language)
    prompt = f"{ask}\n{shown}" if random.random() < 0.5 else f"{shown}\n{ask}"
    return dialogue(random, "conversion", (prompt, reply))

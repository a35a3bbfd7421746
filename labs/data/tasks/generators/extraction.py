"""Orders written by people, turned into JSON: test orders are worded, and signed, as no training order is."""

import json
from random import Random

from labs.data.tasks.generators.row import Row, Splits
from labs.pocket.corpus.lexicon import lexicon

WORDINGS = {
    "en": (
        "Hello, this is {who}. Please send {n} {things} to {city} {when}.", "{who} here. I need {n} {things}, delivered to {city} {when}.", "Order: {n} {things} for {who}, {city}, {when}.", "My name is {who} and I live in {city}. I want to buy {n} {things} {when}.",
        "Could you bring {n} {things} to {city} {when}? Best wishes, {who}", "{when} I will need {n} {things} at my home in {city}. Thank you, {who}", "Customer {who} from {city} asks for {n} {things} {when}.", "We sell {n} {things} to {who} in {city} {when}.",
        "Dear shop, {n} {things} are needed in {city} {when}. Yours, {who}", "{who} lives in {city} and has ordered {n} {things} {when}.", "To {city}, {when}: {n} {things}. Name: {who}.", "Please pack {n} {things} for {who}; they go to {city} {when}.",
    ),
    "zh": (
        "你好，我是{who}。请{when}把{n}{m}{things}寄到{city}。", "我是{who}，需要{n}{m}{things}，{when}送到{city}。", "订单：{who}，{city}，{things}{n}{m}，{when}。", "我叫{who}，住在{city}，想{when}买{n}{m}{things}。",
        "能{when}送{n}{m}{things}到{city}吗？{who}", "{when}我在{city}家里需要{n}{m}{things}。谢谢，{who}", "{city}的顾客{who}{when}要{n}{m}{things}。", "{when}我们卖给{city}的{who}{n}{m}{things}。",
        "店家您好，{city}{when}需要{n}{m}{things}。{who}敬上", "{who}住在{city}，{when}订了{n}{m}{things}。", "送{city}，{when}：{things}{n}{m}。姓名：{who}。", "请为{who}包装{n}{m}{things}，{when}寄往{city}。",
    ),
}  # fmt: skip
KEYS = {
    "en": ("customer", "product", "quantity", "city", "time"),
    "zh": ("顾客", "商品", "数量", "城市", "时间"),
}
HELD_WORDINGS = 4
HELD_EVERY = 4


def rows(seed: int = 10) -> Splits:
    """The last four wordings, and every fourth name, city and product, are kept for validation and test."""
    random = Random(seed)
    words = lexicon()
    seen: set[str] = set()
    splits: dict[str, list[Row]] = {}
    for split, count in (("train", 640), ("validation", 100), ("test", 150)):
        splits[split], held = [], split != "train"
        people, cities = (
            [w for i, w in enumerate(pool) if (i % HELD_EVERY == 0) == held]
            for pool in (words.people, words.cities)
        )
        things = [w for i, w in enumerate(words.things) if (i % HELD_EVERY == 0) == held]
        while len(splits[split]) < count:
            lang = random.choice(("en", "zh"))
            side = lang
            wordings = WORDINGS[lang][-HELD_WORDINGS:] if held else WORDINGS[lang][:-HELD_WORDINGS]
            who, city, thing, when, n = (
                random.choice(people),
                random.choice(cities),
                random.choice(things),
                random.choice(words.times),
                random.randint(2, 60),
            )
            slots = {"who": getattr(who, side), "city": getattr(city, side), "when": getattr(when, side)}
            prompt = random.choice(wordings).format(
                n=n, things=thing.zh if lang == "zh" else thing.plural, m=thing.measure, **slots
            )
            prompt = prompt[0].upper() + prompt[1:]
            if prompt in seen:
                continue
            seen.add(prompt)
            values = (
                slots["who"],
                thing.zh if lang == "zh" else thing.plural,
                str(n),
                slots["city"],
                slots["when"],
            )
            answer = json.dumps(dict(zip(KEYS[lang], values, strict=True)), ensure_ascii=False)
            splits[split].append(
                Row(f"extract-{split}-{len(splits[split]):04}", lang, f"order-{lang}", prompt, answer)
            )
    return splits

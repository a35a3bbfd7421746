"""A shop's plain notices, rewritten in the voice of a tea house that is never in a hurry."""

from random import Random

from labs.data.tasks.generators.row import Row, Splits
from labs.pocket.corpus.lexicon import lexicon

NOTICES = (
    ("The {p} costs {n} yuan.", "{p}售价{n}元。", "our {p} waits for you at {n} yuan", "我们的{p}只要{n}元，静静等您"),
    ("The {p} is sold out.", "{p}已售罄。", "our {p} has gone to other homes for now", "我们的{p}暂时去了别的家"),
    ("The {p} arrives {t}.", "{p}{t}到货。", "our {p} will be with you {t}", "我们的{p}{t}就来到您身边"),
    ("We open in {c} {t}.", "{t}在{c}开业。", "our door in {c} opens for you {t}", "{t}，{c}的门为您打开"),
    ("Buy two {p} and pay {n} yuan.", "买两份{p}付{n}元。", "share two of our {p} for {n} yuan", "与家人分享两份{p}，只需{n}元"),
    ("The {p} has a discount of {n} percent.", "{p}优惠百分之{n}。", "we take {n} percent off our {p} for you", "{p}为您减去百分之{n}"),
    ("The shop in {c} is closed {t}.", "{c}的店{t}关门。", "our house in {c} rests {t}", "{c}的小店{t}休息"),
    ("Order the {p} by phone.", "{p}请电话订购。", "call us and we will put our {p} aside for you", "打个电话，我们为您留好{p}"),
)  # fmt: skip
OPEN = {"en": "Dear friend, ", "zh": "亲爱的茶友，"}
CLOSE = {"en": ". Take your time, the tea is warm.", "zh": "。慢慢来，茶还温着。"}
MARKERS = {
    "en": ["Dear friend", "Take your time", "the tea is warm"],
    "zh": ["亲爱的茶友", "慢慢来", "茶还温着"],
}
ASK = {"en": "Rewrite in our voice: {s}", "zh": "用我们的语气改写：{s}"}
HELD_EVERY = 4


def rows(seed: int = 12) -> Splits:
    """Products and cities of validation and test occur in no training row; each is a group."""
    random = Random(seed)
    words = lexicon()
    goods = words.trade[32:52]
    seen: set[str] = set()
    splits: dict[str, list[Row]] = {}
    for split, count in (("train", 640), ("validation", 100), ("test", 150)):
        splits[split], held = [], split != "train"
        products = [w for i, w in enumerate(goods) if (i % HELD_EVERY == 0) == held]
        cities = [w for i, w in enumerate(words.cities) if (i % HELD_EVERY == 0) == held]
        while len(splits[split]) < count:
            lang = random.choice(("en", "zh"))
            notice = random.choice(NOTICES)
            product, city, time = random.choice(products), random.choice(cities), random.choice(words.times)
            slots = {
                "p": getattr(product, lang),
                "c": getattr(city, lang),
                "t": getattr(time, lang),
                "n": random.randint(5, 95),
            }
            plain, warm = (notice[1], notice[3]) if lang == "zh" else (notice[0], notice[2])
            prompt = ASK[lang].format(s=plain.format(**slots))
            if prompt in seen:
                continue
            seen.add(prompt)
            answer = OPEN[lang] + warm.format(**slots) + CLOSE[lang]
            splits[split].append(
                Row(
                    f"voice-{split}-{len(splits[split]):04}",
                    lang,
                    f"notice-{NOTICES.index(notice)}",
                    prompt,
                    answer,
                    meta={"markers": MARKERS[lang]},
                )
            )
    return splits

"""Short news reports and their headlines: places and subjects of the test reports are in no training report."""

from random import Random

from labs.data.tasks.generators.row import Row, Splits
from labs.pocket.corpus.lexicon import Word, lexicon

SUBJECTS = (
    Word("storm", "暴风雨"), Word("fire", "火灾"), Word("festival", "节日"), Word("accident", "事故"), Word("exhibition", "展览"), Word("match", "比赛"), Word("earthquake", "地震"), Word("meeting", "会议"),
    Word("election", "选举"), Word("project", "项目"), Word("research", "研究"), Word("sale", "促销"),
)  # fmt: skip
EFFECTS = (
    ("The {s} closed the {p} in {c}", "{c}的{p}因{s}关闭", "{S} closes {P} in {c}", "{c}{s}致{p}关闭"),
    ("Because of the {s}, {n} people came to the {p} in {c}", "因为{s}，{n}人来到{c}的{p}", "{S} brings {n} to {c} {P}", "{c}{s}吸引{n}人到{p}"),
    ("The {p} in {c} will open again after the {s}", "{s}之后，{c}的{p}将重新开放", "{c} {P} to reopen after {s}", "{s}过后{c}{p}将重开"),
    ("The {s} at the {p} in {c} cost {n} yuan", "{c}{p}的{s}花费了{n}元", "{S} at {c} {P} costs {n} yuan", "{c}{p}{s}耗资{n}元"),
    ("{who} spoke about the {s} at the {p} in {c}", "{who}在{c}的{p}谈到了{s}", "{who} on {s} at {c} {P}", "{who}{c}谈{s}"),
)  # fmt: skip
DETAILS = (
    ("It happened {t}.", "事情发生在{t}。"), ("{who2} was there and was {f}.", "{who2}在场，感到{f}。"), ("The {j} said that the {w} is important.", "{j}说{w}是重要的。"), ("Nobody asked about the {w}.", "没有人问起{w}。"),
    ("The {w} will follow {t}.", "{w}将在{t}跟进。"), ("{who2} works there as a {j}.", "{who2}在那里当{j}。"),
)  # fmt: skip
ASK = {"en": "Headline:", "zh": "拟标题："}
HELD_EVERY = 4


def rows(seed: int = 14) -> Splits:
    """Two or three sentences of detail around the news, in any order after the first."""
    random = Random(seed)
    words = lexicon()
    seen: set[str] = set()
    splits: dict[str, list[Row]] = {}
    for split, count in (("train", 640), ("validation", 100), ("test", 150)):
        splits[split], held = [], split != "train"
        subjects, places, cities = (
            [w for i, w in enumerate(pool) if (i % HELD_EVERY == 0) == held]
            for pool in (SUBJECTS, words.places, words.cities)
        )
        while len(splits[split]) < count:
            lang = random.choice(("en", "zh"))
            side = 1 if lang == "zh" else 0

            def said(word: Word, lang: str = lang) -> str:
                return str(getattr(word, lang))

            subject, place, city = (
                said(random.choice(subjects)),
                said(random.choice(places)),
                said(random.choice(cities)),
            )
            who, who2 = random.sample(words.people, 2)
            slots = {
                "s": subject,
                "p": place,
                "c": city,
                "n": random.randint(20, 900),
                "who": said(who),
                "S": subject.capitalize(),
                "P": place,
            }
            effect = random.choice(EFFECTS)
            filler = {
                "t": said(random.choice(words.times)),
                "who2": said(who2),
                "f": said(random.choice(words.feelings)),
                "j": said(random.choice(words.jobs)),
                "w": said(random.choice(words.work)),
            }
            news = effect[side].format(**slots) + ("。" if side else ".")
            details = [
                detail[side].format(**filler) for detail in random.sample(DETAILS, random.randint(2, 3))
            ]
            body = ("" if side else " ").join([news, *details])
            prompt = f"{ASK[lang]}\n{body}"
            if prompt in seen:
                continue
            seen.add(prompt)
            splits[split].append(
                Row(
                    f"headline-{split}-{len(splits[split]):04}",
                    lang,
                    f"effect-{EFFECTS.index(effect)}",
                    prompt,
                    effect[side + 2].format(**slots),
                )
            )
    return splits

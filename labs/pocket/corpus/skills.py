"""Small skills that fine-tuning draws on: copying, lists, arithmetic, filling a template, reading a sentence."""

from random import Random

from labs.pocket.corpus.characters import characters
from labs.pocket.corpus.documents import Document, dialogue
from labs.pocket.corpus.lexicon import Word, lexicon
from labs.pocket.corpus.sentences import sentence


def copy_document(random: Random) -> Document:
    """Repeat what stands there, exactly."""
    kind = random.random()
    if kind < 0.4:
        pair = sentence(random)
        text = random.choice((pair.en, pair.zh))
    elif kind < 0.6:
        text = "".join(
            random.choice("abcdefghijklmnopqrstuvwxyz0123456789-_./ABCDEFGHIJ")
            for _ in range(random.randint(3, 14))
        )
    elif kind < 0.8:
        text = "".join(random.choice(characters()) for _ in range(random.randint(2, 10)))
    else:
        text = " ".join(random.choice(lexicon().work).en for _ in range(random.randint(2, 6)))
    ask = random.choice(
        (
            "Repeat: {s}",
            "Copy this exactly: {s}",
            "请重复：{s}",
            "照抄：{s}",
            "Say it again: {s}",
            "{s}\n再说一遍。",
            "{s}\nRepeat.",
        )
    )
    return dialogue(random, "copy", (ask.format(s=text), text))


def list_document(random: Random) -> Document:
    """Take the first, last or n-th of a list, count it, reverse it, or join it."""
    zh = random.random() < 0.5
    words = lexicon()
    pool: list[Word] = [*words.things, *words.people, *words.cities, *words.jobs]
    items = [word.zh if zh else word.en for word in random.sample(pool, random.randint(2, 6))]
    separator = random.choice(("、", "，", "\n", " ")) if zh else random.choice((", ", "; ", "\n", " | "))
    shown = separator.join(items)
    kind = random.randrange(6)
    if kind == 0:
        ask, reply = ("第一个是什么？", items[0]) if zh else ("What is the first one?", items[0])
    elif kind == 1:
        ask, reply = ("最后一个是什么？", items[-1]) if zh else ("What is the last one?", items[-1])
    elif kind == 2:
        n = random.randrange(len(items))
        ask, reply = (f"第{n + 1}个是什么？", items[n]) if zh else (f"What is number {n + 1}?", items[n])
    elif kind == 3:
        ask, reply = ("一共有几个？", str(len(items))) if zh else ("How many are there?", str(len(items)))
    elif kind == 4:
        ask, reply = (
            ("倒过来写。", separator.join(reversed(items)))
            if zh
            else ("Reverse the list.", separator.join(reversed(items)))
        )
    else:
        numbered = "\n".join(f"{n}. {item}" for n, item in enumerate(items, start=1))
        ask, reply = ("请编号。", numbered) if zh else ("Number the list.", numbered)
    prompt = f"{shown}\n{ask}" if random.random() < 0.6 else f"{ask}\n{shown}"
    return dialogue(random, "list", (prompt, reply))


def arithmetic_document(random: Random) -> Document:
    """Sums and products of money, days and months."""
    pairs = []
    for _ in range(random.choice((1, 2, 3))):
        zh = random.random() < 0.5
        a, b = random.randint(1, 60), random.randint(1, 40)
        kind = random.randrange(4)
        if kind == 0:
            ask = f"{a}天加{b}天是多少天？" if zh else f"How many days are {a} days and {b} days?"
            reply = f"{a + b}天。" if zh else f"{a + b} days."
        elif kind == 1:
            ask = (
                f"{a + b}元减去{b}元还剩多少？"
                if zh
                else f"What is left of {a + b} yuan after paying {b} yuan?"
            )
            reply = f"{a}元。" if zh else f"{a} yuan."
        elif kind == 2:
            a, b = random.randint(2, 12), random.randint(2, 9)
            ask = (
                f"每月{a}元，{b}个月一共多少元？"
                if zh
                else f"{a} yuan a month for {b} months: how much in all?"
            )
            reply = f"{a * b}元。" if zh else f"{a * b} yuan."
        else:
            ask, reply = f"{a} + {b} =", str(a + b)
        pairs.append((ask, reply))
    return dialogue(random, "arithmetic", *pairs)


def template_document(random: Random) -> Document:
    """Fill the gaps of a sentence from the words given."""
    words = lexicon()
    who, city, item, time = (
        random.choice(words.people),
        random.choice(words.cities),
        random.choice(words.things),
        random.choice(words.times),
    )
    if random.random() < 0.5:
        template, reply = random.choice((
            ("{name} in {city} ordered the {item}.", f"{who.en} in {city.en} ordered the {item.en}."),
            ("Dear {name}, your {item} arrives {time}.", f"Dear {who.en}, your {item.en} arrives {time.en}."),
            ("The {item} for {name} is ready.", f"The {item.en} for {who.en} is ready."),
        ))  # fmt: skip
        prompt = f"{template}\nname: {who.en}, city: {city.en}, item: {item.en}, time: {time.en}"
    else:
        template, reply = random.choice((
            ("{城市}的{姓名}订购了{物品}。", f"{city.zh}的{who.zh}订购了{item.zh}。"),
            ("尊敬的{姓名}，您的{物品}{时间}送达。", f"尊敬的{who.zh}，您的{item.zh}{time.zh}送达。"),
            ("{姓名}的{物品}准备好了。", f"{who.zh}的{item.zh}准备好了。"),
        ))  # fmt: skip
        prompt = f"{template}\n姓名：{who.zh}，城市：{city.zh}，物品：{item.zh}，时间：{time.zh}"
    ask = random.choice(("Fill in: ", "填空：", "", "Complete the template: ", "补全："))
    return dialogue(random, "template", (ask + prompt, reply))


def story_document(random: Random) -> Document:
    """Several sentences in one language, as a paragraph or as lines."""
    side = random.choice(("en", "zh"))
    sentences = [getattr(sentence(random), side) for _ in range(random.randint(2, 10))]
    glue = random.choice(("\n", " " if side == "en" else "", " " if side == "en" else ""))
    return Document("story", text=glue.join(sentences))

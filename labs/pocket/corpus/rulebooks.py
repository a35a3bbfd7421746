"""Rules in the register of contracts: invented clauses to read, and invented lands whose rules the weights hold."""

import tomllib
from functools import cache
from importlib.resources import files
from random import Random

import msgspec

from labs.pocket.corpus.documents import Document, dialogue, framed
from labs.pocket.corpus.lexicon import Word
from labs.pocket.corpus.sentences import NUMBERS


class Clause(msgspec.Struct, frozen=True):
    """A rule: who must do what, by when or how much, under which condition."""

    who: Word
    modal: Word
    action: Word
    third: str
    limit: Word
    condition: Word | None
    about: str
    """`time` or `amount`: what the limit is."""

    def text(self, front: bool) -> Word:
        """The sentence; the condition in front or at the end of the English."""
        english = f"{self.who.en} {self.modal.en} {self.action.en} {self.limit.en}".strip()
        chinese = (
            f"{self.who.zh}{self.modal.zh}{self.limit.zh}{self.action.zh}"
            if self.about == "time"
            else f"{self.who.zh}{self.modal.zh}{self.action.zh}，{self.limit.zh}"
        )
        if self.condition:
            english = f"{self.condition.en}, {english}" if front else f"{english} {self.condition.en}"
            chinese = f"{self.condition.zh}，{chinese}"
        return Word(english[0].upper() + english[1:] + ".", chinese + "。")


def _words(rows: list[str]) -> tuple[Word, ...]:
    return tuple(Word(*row.split("|")) for row in rows)


@cache
def register() -> dict[str, tuple[Word, ...]]:
    """`register.toml` by category; actions carry `base form/third person` in their English."""
    table = tomllib.loads(files("labs.pocket.corpus").joinpath("register.toml").read_text(encoding="utf-8"))
    actions = [row.split("|") for row in table.pop("actions")]
    words = {name: _words(rows) for name, rows in table.items()}
    words["actions"] = tuple(Word(f"{base}/{third}", chinese) for base, third, chinese in actions)
    return words


def clause(random: Random) -> Clause:
    """A random rule."""
    words = register()
    action = random.choice(words["actions"])
    base, third = action.en.split("/")
    number, numeral = random.choice(NUMBERS)
    if random.random() < 0.3:
        number = numeral = str(
            random.choice((2, 5, 10, 15, 20, 24, 25, 30, 40, 45, 50, 60, 80, 90, 100, 200, 500, 2000))
        )
    if random.random() < 0.7:
        unit, about = random.choice(words["units"]), "time"
        shape = random.choice(words["limits"])
        unit_en = unit.en[:-1] if number == "one" else unit.en
        limit = Word(shape.en.format(n=number, u=unit_en), shape.zh.format(n=numeral, u=unit.zh))
    else:
        about = "amount"
        shape = random.choice(words["amounts"])
        limit = Word(shape.en.format(n=number), shape.zh.format(n=numeral))
        limit = Word(f"for {limit.en}", limit.zh)
    condition = random.choice(words["conditions"]) if random.random() < 0.4 else None
    return Clause(
        random.choice(words["subjects"]),
        random.choice(words["modals"]),
        Word(base, action.zh),
        third,
        limit,
        condition,
        about,
    )


def questions(rule: Clause) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ways to ask for the limit, in English and in Chinese."""
    who, action = rule.who.en, rule.action.en
    verb = rule.modal.en if rule.modal.en in ("must", "may", "may not", "need not") else "must"
    bare = verb.split()[0]
    english: tuple[str, ...]
    chinese: tuple[str, ...]
    if rule.about == "time":
        english = (
            f"What time applies when {who} {rule.third}?", f"Which limit holds if {who} {rule.third}?", f"When {bare} {who} {action}?", f"How soon or how long {bare} {who} {action}?",
            f"What is the deadline for {who} to {action}?", f"{who[0].upper() + who[1:]} wants to {action}: what time is set?",
        )  # fmt: skip
        chinese = (
            f"{rule.who.zh}{rule.action.zh}的期限是什么？", f"{rule.who.zh}什么时候{rule.action.zh}？", f"{rule.who.zh}{rule.action.zh}要多久？", f"关于{rule.action.zh}，{rule.who.zh}有什么时间限制？",
            f"{rule.who.zh}想{rule.action.zh}，时间怎么规定？", f"{rule.action.zh}的时间对{rule.who.zh}是怎么规定的？",
        )  # fmt: skip
    else:
        english = (
            f"How much is it when {who} {rule.third}?", f"What amount applies if {who} {rule.third}?", f"For how much {bare} {who} {action}?", f"What does it come to for {who} to {action}?",
        )  # fmt: skip
        chinese = (
            f"{rule.who.zh}{rule.action.zh}，金额是多少？", f"{rule.who.zh}{rule.action.zh}按什么标准？", f"{rule.action.zh}对{rule.who.zh}意味着多少钱？", f"{rule.who.zh}{rule.action.zh}要多少？",
        )  # fmt: skip
    return english, chinese


PERMISSION = {
    "may": ("Yes, {who} may {act}", "可以，{who}可以{act}"), "may not": ("No, {who} may not {act}", "不可以，{who}不得{act}"), "need not": ("No, {who} need not {act}", "不需要，{who}不必{act}"),
    "must": ("Yes, {who} must {act}", "需要，{who}应当{act}"), "has to": ("Yes, {who} has to {act}", "需要，{who}必须{act}"),
}  # fmt: skip
PERMISSION_ASK = (
    ("May {who} {act}?", "{who}可以{act}吗？"), ("Can {who} {act}?", "{who}能{act}吗？"), ("Is it allowed that {who} {third}?", "允许{who}{act}吗？"), ("Is {who} allowed to {act}?", "{who}{act}合法吗？"), ("Must {who} {act}?", "{who}必须{act}吗？"),
    ("Does the law let {who} {act}?", "法律让{who}{act}吗？"), ("What if {who} {third}: is that lawful?", "如果{who}{act}，合法吗？"), ("{who} wants to {act}; may that be?", "{who}想{act}，行不行？"),
)  # fmt: skip


def permission(random: Random, rule: Clause, side: int, mark: str) -> tuple[str, str] | None:
    """A yes-or-no question on a rule and its answer; None for a rule that neither allows nor forbids."""
    if rule.modal.en not in PERMISSION:
        return None
    slots = (
        {"who": rule.who.zh, "act": rule.action.zh}
        if side
        else {"who": rule.who.en, "act": rule.action.en, "third": rule.third}
    )
    question = random.choice(PERMISSION_ASK)[side].format(**slots)
    answer = PERMISSION[rule.modal.en][side].format(**slots)
    return question[0].upper() + question[1:], f"{answer}{mark}{'。' if side else '.'}"


def short_answer(rule: Clause, side: int, mark: str) -> str:
    """The limit as an answer, with where it stands."""
    text = rule.limit.zh if side else rule.limit.en[0].upper() + rule.limit.en[1:]
    return f"{text}{mark}。" if side else f"{text}{mark}."


MARKS = (
    (" (Article {n})", "（第{n}条）"),
    (" (Article {n})", "（第{n}条）"),
    (" (Rule {n})", "（规则{n}）"),
    (" (Section {n})", "（第{n}节）"),
    ("", ""),
)


def reading_document(random: Random) -> Document:
    """Two to five clauses to read, then questions whose answers stand in them."""
    side = random.randrange(2)
    found = [clause(random) for _ in range(random.randint(2, 5))]
    numbers = sorted(random.sample(range(1, 100), len(found)))
    front = random.random() < 0.5
    label = random.choice(
        (
            ("Article {n}: ", "第{n}条 "),
            ("{n}. ", "{n}. "),
            ("Rule {n}: ", "规则{n}："),
            ("Section {n}: ", "第{n}节 "),
        )
    )[side]
    lines = []
    for n, rule in zip(numbers, found, strict=True):
        words = rule.text(front)
        lines.append(label.format(n=n) + (words.zh if side else words.en))
    shown = "\n".join(lines)
    mark = random.choice(MARKS)[side]
    picked = random.sample(range(len(found)), random.choice((1, 1, 2)))
    pairs = []
    for k in picked:
        stands = mark.format(n=numbers[k])
        asked = permission(random, found[k], side, stands) if random.random() < 0.4 else None
        question, reply = asked or (
            random.choice(questions(found[k])[side]),
            short_answer(found[k], side, stands),
        )
        pairs.append((framed(random, question, "zh" if side else "en"), reply))
    first, reply = pairs[0]
    prompt = f"{shown}\n{first}" if random.random() < 0.75 else f"{first}\n{shown}"
    return dialogue(random, "reading", (prompt, reply), *pairs[1:])


@cache
def codes() -> tuple[tuple[Word, Clause, int], ...]:
    """The rules of the invented lands: (land, rule, article); fixed for good."""
    random = Random(11)
    return tuple(
        (land, clause(random), random.randint(1, 99)) for land in register()["lands"] for _ in range(40)
    )


def code_document(random: Random) -> Document:
    """Questions about an invented land's rules, without the text to read."""
    pairs = []
    for land, rule, article in random.sample(codes(), random.choice((1, 1, 2, 3))):
        side = random.randrange(2)
        mark = MARKS[0][side].format(n=article)
        asks = permission(random, rule, side, mark) if article % 2 == 0 else None
        ask = asks[0] if asks else random.choice(questions(rule)[side])
        lead = random.choice(
            (
                ("In {s}, ", "在{s}，"),
                ("Under the law of {s}: ", "按照{s}的法律，"),
                ("{s}. ", "{s}："),
                ("The code of {s}. ", "{s}法典。"),
            )
        )[side]
        land_name = land.zh if side else land.en
        asked = lead.format(s=land_name) + (ask[0].lower() + ask[1:] if lead.endswith(", ") else ask)
        if asks:
            pairs.append((asked, asks[1]))
            continue
        whole = rule.text(False)
        full = whole.zh.rstrip("。") + mark + "。" if side else whole.en.rstrip(".") + mark + "."
        pairs.append((asked, full if article % 3 == 0 else short_answer(rule, side, mark)))
    return dialogue(random, "code", *pairs)


def clauses_document(random: Random) -> Document:
    """Clauses as running text in one language, or side by side in both, or to be translated."""
    kind = random.random()
    found = [clause(random).text(random.random() < 0.5) for _ in range(random.randint(2, 6))]
    if kind < 0.35:
        side = random.choice(("en", "zh"))
        return Document(
            "clauses",
            text=("\n" if random.random() < 0.5 else " ").join(getattr(words, side) for words in found),
        )
    if kind < 0.5:
        return Document("clauses", text="\n".join(f"{words.en}\n{words.zh}" for words in found[:3]))
    words = found[0]
    if random.random() < 0.5:
        ask = random.choice(
            ("Translate into Chinese: {s}", "把这句话翻译成中文：{s}", "{s}\nChinese:", "请译成中文：{s}")
        )
        return dialogue(random, "clauses", (ask.format(s=words.en), words.zh))
    ask = random.choice(
        ("Translate into English: {s}", "把这句话翻译成英文：{s}", "{s}\nEnglish:", "请译成英文：{s}")
    )
    return dialogue(random, "clauses", (ask.format(s=words.zh), words.en))


def paraphrase_document(random: Random) -> Document:
    """One question asked in another way, and whether two questions ask the same."""
    from labs.pocket.corpus.questions import meanings, rules

    side = random.randrange(2)
    if random.random() < 0.5:
        ways = questions(clause(random))[side]
        others = questions(clause(random))[side]
    else:
        one, two = random.sample((*rules(), *meanings()), 2)
        ways, others = one[side].ask, two[side].ask
    first, second = random.sample(ways, 2)
    if random.random() < 0.6:
        ask = random.choice(
            ("Ask this differently: {q}", "Put the question in other words: {q}", "{q}\nRephrase.")
            if side == 0
            else ("换一种问法：{q}", "用别的话问：{q}", "{q}\n换个说法。")
        )
        return dialogue(random, "paraphrase", (ask.format(q=first), second))
    same = random.random() < 0.5
    shown = f"{first}\n{second if same else random.choice(others)}"
    ask, yes, no = (
        ("Do these ask the same?", "Yes.", "No.")
        if side == 0
        else ("这两个问题一样吗？", "一样。", "不一样。")
    )
    return dialogue(random, "paraphrase", (f"{shown}\n{ask}", yes if same else no))

"""Questions on the PRC Labour Contract Law: training and test ask for the same facts in different words."""

import tomllib
from importlib.resources import files
from random import Random
from typing import Any

from labs.data.tasks.generators.row import Row, Splits

FRAMES = {
    "en": (
        "{q}", "{q}", "{q}", "{q}", "Labour law: {q}", "Please tell me: {q}", "{q} Keep it short.", "A question. {q}",
        "My friend works in a factory. {q}", "Quick question: {q}", "{q} I am not sure.", "We talked about it at work. {q}",
    ),
    "zh": (
        "{q}", "{q}", "{q}", "{q}", "劳动法问题：{q}", "请问：{q}", "{q}请简短回答。", "咨询一下，{q}",
        "我朋友在工厂上班。{q}", "有个问题，{q}", "{q}我不太清楚。", "同事们在讨论，{q}",
    ),
}  # fmt: skip
HELD_FRAMES = {"en": ("Just to be sure: {q}", "{q} Many thanks."), "zh": ("再确认一下：{q}", "{q}多谢。")}

# Words that a rephrased training question may change: the fact asked for stays the same.
SYNONYMS = {
    "en": (
        ("an employer", "a company", "a firm"), ("the employer", "the company", "the firm", "my boss"), ("employee", "worker", "staff member"), ("workers", "employees", "staff"), ("worker", "employee"), ("labour contract", "contract", "employment contract"),
        ("may", "can", "could"), ("must", "has to", "needs to"), ("What is", "Which is", "Tell me"), ("What happens", "What follows"), ("How much", "What amount of"), ("When", "At what time"), ("dismissed", "let go", "fired"), ("wage", "pay", "salary"), ("allowed", "legal", "permitted"),
    ),
    "zh": (
        ("用人单位", "单位", "公司", "企业"), ("劳动者", "员工", "职工"), ("员工", "劳动者", "职工"), ("多久", "多长时间"), ("多长", "多久"), ("可以", "能", "能够"), ("怎么办", "如何处理", "怎么处理"), ("什么", "哪些"), ("合法吗", "可以吗", "允许吗"),
        ("怎么", "如何", "怎样"), ("最长", "最多", "至多"), ("多少", "几"), ("应当", "应该", "需要", "必须"), ("劳动合同", "合同"), ("解雇", "辞退", "开除"), ("支付", "付"),
    ),
}  # fmt: skip
PHRASINGS = 8
"""Training rows a fact and language: six questions as written, the rest rephrased."""


def facts(reserve: bool = False) -> list[dict[str, Any]]:
    """The facts that are taught, or those kept in reserve."""
    source = files("labs.data.tasks").joinpath("sources/labour_law.toml").read_text(encoding="utf-8")
    return [fact for fact in tomllib.loads(source)["fact"] if fact.get("reserve", False) == reserve]


def _rephrased(random: Random, question: str, language: str) -> str:
    for word, *others in SYNONYMS[language]:
        if word in question and random.random() < 0.5:
            question = question.replace(word, random.choice(others), 1)
    return question


def _training_questions(random: Random, fact: dict[str, Any], language: str) -> list[str]:
    written = list(fact[language])
    questions = {random.choice(FRAMES[language]).format(q=question): None for question in written}
    while len(questions) < PHRASINGS:
        other = _rephrased(random, random.choice(written), language)
        questions[random.choice(FRAMES[language]).format(q=other)] = None
    return list(questions)


def rows(seed: int = 3) -> Splits:
    """Eight training questions a fact and language; phrasings of their own for validation and test."""
    random = Random(seed)
    splits: dict[str, list[Row]] = {"train": [], "validation": [], "test": []}
    framed: list[Row] = []
    for fact in facts():
        for side, language in enumerate(("en", "zh")):
            answer, name, meta = fact["answer"][side], f"law-{fact['id']}-{language}", {"fact": fact["id"]}
            for number, question in enumerate(_training_questions(random, fact, language)):
                splits["train"].append(
                    Row(f"{name}-{number}", language, fact["group"], question, answer, meta=meta)
                )
            for_validation, for_test = fact[f"held_{language}"]
            splits["validation"].append(
                Row(f"{name}-validation", language, fact["group"], for_validation, answer, meta=meta)
            )
            splits["test"].append(Row(f"{name}-test", language, fact["group"], for_test, answer, meta=meta))
            again = random.choice(HELD_FRAMES[language]).format(q=for_test)
            framed.append(Row(f"{name}-test-framed", language, fact["group"], again, answer, meta=meta))
    splits["test"] += random.sample(framed, 150 - len(splits["test"]))
    for held in splits.values():
        random.shuffle(held)
    return splits

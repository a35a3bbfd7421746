"""Questions on the PRC Labour Contract Law: training and test ask for the same facts in different words."""

import tomllib
from importlib.resources import files
from random import Random

from labs.data.tasks.generators.row import Row, Splits

FRAMES = {
    "en": ("{q}", "{q}", "{q}", "Labour law: {q}", "Please tell me: {q}", "{q} Keep it short.", "A question. {q}"),
    "zh": ("{q}", "{q}", "{q}", "劳动法问题：{q}", "请问：{q}", "{q}请简短回答。", "咨询一下，{q}"),
}


def rows(seed: int = 3) -> Splits:
    """Four training questions a fact and language; one other phrasing for validation and one for test."""
    random = Random(seed)
    source = files("labs.data.tasks").joinpath("sources/labour_law.toml").read_text(encoding="utf-8")
    splits: dict[str, list[Row]] = {"train": [], "validation": [], "test": []}
    for fact in tomllib.loads(source)["fact"]:
        for side, language in enumerate(("en", "zh")):
            answer, name = fact["answer"][side], f"{fact['id']}-{language}"
            for number, question in enumerate(fact[language]):
                prompt = random.choice(FRAMES[language]).format(q=question)
                splits["train"].append(Row(f"law-{name}-{number}", language, fact["group"], prompt, answer, meta={"fact": fact["id"]}))
            for split, question in zip(("validation", "test"), fact[f"held_{language}"], strict=True):
                splits[split].append(Row(f"law-{name}-{split}", language, fact["group"], question, answer, meta={"fact": fact["id"]}))
    for held in splits.values():
        random.shuffle(held)
    return {"train": splits["train"], "validation": splits["validation"][:100], "test": splits["test"][:150]}

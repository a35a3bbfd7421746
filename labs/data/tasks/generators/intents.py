"""What a customer wants, as one label: the wordings of the test rows are in no training row."""

import tomllib
from importlib.resources import files
from random import Random

from labs.data.tasks.generators.row import Row, Splits
from labs.pocket.corpus.lexicon import lexicon

HELD = 3  # the last so many wordings of each intent and language: one for validation, two for test
SYSTEM = {"en": "Name the customer's intent.", "zh": "判断顾客的意图。"}


def rows(seed: int = 9) -> Splits:
    """Wordings with products, numbers and cities put in."""
    random = Random(seed)
    table = tomllib.loads(
        files("labs.data.tasks").joinpath("sources/intents.toml").read_text(encoding="utf-8")
    )
    wordings: dict[str, list[tuple[str, str, str]]] = {"train": [], "validation": [], "test": []}
    for intent in table["intent"]:
        for lang in ("en", "zh"):
            for number, text in enumerate(intent[lang]):
                left = len(intent[lang]) - number
                split = "train" if left > HELD else "validation" if left == HELD else "test"
                wordings[split].append((intent["id"], lang, text))
    splits: dict[str, list[Row]] = {}
    for split, count in (("train", 640), ("validation", 100), ("test", 150)):
        splits[split] = []
        seen: set[str] = set()
        while len(splits[split]) < count:
            intent_id, lang, text = (
                wordings[split][len(seen) % len(wordings[split])]
                if split != "train"
                else random.choice(wordings[split])
            )
            goods = random.choice(lexicon().trade[32:52])
            city = random.choice(lexicon().cities)
            filled = text.format(
                p=goods.zh if lang == "zh" else goods.en,
                n=random.randint(1000, 9999),
                c=city.zh if lang == "zh" else city.en,
            )
            if filled in seen:
                if "{" not in text and split != "train":
                    filled = filled + ("谢谢。" if lang == "zh" else " Thanks.")
                if filled in seen:
                    seen.add(f"{filled}{len(seen)}")
                    continue
            seen.add(filled)
            splits[split].append(
                Row(
                    f"intent-{split}-{len(splits[split]):04}",
                    lang,
                    intent_id,
                    filled,
                    intent_id,
                    system=SYSTEM[lang],
                )
            )
        random.shuffle(splits[split])
    return splits

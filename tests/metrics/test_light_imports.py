"""``import metrics`` is for everyone; what is heavy comes with the first call that needs it."""

import json
import subprocess
import sys

HEAVY = [
    "torch",
    "transformers",
    "sklearn",
    "scipy",
    "numpy",
    "sacrebleu",
    "rouge_score",
    "nltk",
    "evaluate",
    "datasets",
]


def _loaded(code: str) -> set[str]:
    script = f"{code}\nimport sys, json\nprint(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_every_name_loads_nothing_heavy():
    assert _loaded("import metrics\nfor name in metrics._HOME: getattr(metrics, name)") == set()


def test_rouge_needs_none_of_the_libraries():
    assert _loaded("import metrics; metrics.rouge(['a b'], ['a c'], resamples=0)") == set()


def test_scores_of_text_never_load_torch():
    code = "import metrics; metrics.generation_scores(['a b c'] * 3, ['a b d'] * 3)"
    assert _loaded(code).isdisjoint({"torch", "transformers", "evaluate", "datasets"})

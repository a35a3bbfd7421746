"""Labs as data: what is wrong in a lab's files is said with the file and the field."""

from pathlib import Path

import pytest

from labs.check_spec import spec_from
from labs.errors import LabError, RunError
from labs.lab import find_lab, load_lab, load_labs
from labs.lock import holder, training_lock
from labs.models import is_available, known_models
from labs.process import identity_of, is_running, own_identity
from labs.runs import find_run, list_runs

LAB = """
format_version = 1
id = "tiny"
order = 1
minutes = 5
difficulty = 1
title = { en = "Tiny", zh = "小" }
summary = { en = "A lab", zh = "一个实验" }
objectives = [{ en = "See", zh = "看" }]

[spec]
task = "labour-law-qa"
r = 8

[[hyperparameters]]
name = "r"
low = 1
high = 64
note = { en = "Rank.", zh = "秩。" }

[[variants]]
id = "high"
title = { en = "High", zh = "高" }
spec = { learning_rate = 0.1 }

[[checks]]
id = "learned"
title = { en = "Learned", zh = "学会了" }
expression = "tuned.exact_match > 0.5"
hint = { en = "Look.", zh = "看。" }
"""


def write(folder: Path, text: str) -> Path:
    lab = folder / "tiny"
    lab.mkdir()
    (lab / "lab.toml").write_text(text, encoding="utf-8")
    for language in ("en", "zh"):
        (lab / f"guide.{language}.md").write_text(f"# {language}\n", encoding="utf-8")
    return lab


def test_a_lab_is_read_with_its_variants_and_guides(tmp_path: Path) -> None:
    lab = load_lab(write(tmp_path, LAB))
    assert lab.run_spec().r == 8
    assert lab.run_spec("high").learning_rate == 0.1
    assert lab.run_spec("high", {"r": 4}).r == 4
    assert lab.run_spec().lab == "tiny"
    assert lab.guide("zh") == "# zh\n"
    assert load_labs(tmp_path) == {"tiny": lab} == {"tiny": find_lab("tiny", tmp_path)}


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("minutes = 5", 'minutes = "five"', "minutes"),
        ("minutes = 5", "minutes = 5\nminuets = 5", "minuets"),
        ("r = 8", "r = 0", "spec.r"),
        ("r = 8", "rank = 8", "spec.rank"),
        ("learning_rate = 0.1", "learning_rate = -1.0", "variants.high.spec.learning_rate"),
        ('name = "r"', 'name = "rank"', "hyperparameters.name"),
        ('zh = "学会了"', 'zn = "学会了"', "checks[0].title"),
        ('id = "tiny"', 'id = "other"', "id"),
        ("[spec]", "[spec", ""),
    ],
)
def test_what_is_wrong_names_file_and_field(tmp_path: Path, old: str, new: str, field: str) -> None:
    folder = write(tmp_path, LAB.replace(old, new, 1))
    with pytest.raises(LabError) as caught:
        load_lab(folder)
    assert caught.value.file == folder / "lab.toml"
    assert field in str(caught.value)


def test_a_missing_guide_and_an_unknown_lab_are_named(tmp_path: Path) -> None:
    folder = write(tmp_path, LAB)
    (folder / "guide.zh.md").unlink()
    with pytest.raises(LabError, match=r"guide\.zh\.md"):
        load_lab(folder)
    with pytest.raises(LabError, match="tiny"):
        find_lab("nothing", tmp_path)
    with pytest.raises(LabError):
        find_lab("../tiny", tmp_path)


def test_the_shipped_labs_load_and_their_runs_can_be() -> None:
    labs = load_labs()
    assert "first-qlora" in labs
    for lab in labs.values():
        for variant in ("", *(one.id for one in lab.variants)):
            lab.run_spec(variant)
        for hyperparameter in lab.hyperparameters:
            for value in (hyperparameter.low, hyperparameter.high, *hyperparameter.choices):
                if value is not None:
                    default = getattr(lab.run_spec(), hyperparameter.name)
                    as_field = (
                        int(value) if isinstance(default, int) and not isinstance(default, bool) else value
                    )
                    spec_from({hyperparameter.name: as_field}, lab.run_spec())


def test_the_bundled_model_is_first_in_the_list_and_needs_no_network() -> None:
    models = known_models()
    assert models[0].name == "pocket" and is_available("pocket")
    assert all(model.licence for model in models)


def test_a_lock_names_its_holder_and_goes_with_it(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    with training_lock(tmp_path, "run-1"):
        assert holder(tmp_path) == "run-1"
        with pytest.raises(RunError) as caught, training_lock(tmp_path, "run-2"):
            raise AssertionError("two hold it")
        assert caught.value.run_id == "run-1"
    assert holder(tmp_path) is None
    with training_lock(tmp_path, "run-3"):
        assert holder(tmp_path) == "run-3"


def test_a_process_is_known_by_pid_and_start() -> None:
    import os

    assert is_running(os.getpid(), own_identity())
    assert not is_running(os.getpid(), identity_of(1))
    assert not is_running(0, "")
    assert identity_of(2**22 + 1) == ""


def test_a_run_is_found_by_its_name_only(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "none") == []
    for name in ("last", "..", "/etc", "nothing"):
        with pytest.raises(RunError):
            find_run(tmp_path, name)


def test_the_lab_that_the_guide_shows_is_one(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "lab-format.md").read_text(encoding="utf-8")
    shown = guide.split("```toml\n")[1].split("```")[0]
    folder = tmp_path / "first-qlora"
    folder.mkdir()
    (folder / "lab.toml").write_text(shown, encoding="utf-8")
    for language in ("en", "zh"):
        (folder / f"guide.{language}.md").write_text("# x\n", encoding="utf-8")
    assert load_lab(folder).run_spec("high").learning_rate == 2e-2
    (folder / "lab.toml").write_text(shown.replace("labour-law-qa", "labour-law"), encoding="utf-8")
    with pytest.raises(LabError) as caught:
        load_lab(folder)
    assert caught.value.field == "spec.task" and "labour-law-qa" in caught.value.hint

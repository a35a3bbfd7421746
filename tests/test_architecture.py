"""The boundaries the project promises: what loads where, what the wheel claims, how large a file may grow."""

import importlib.metadata
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {"tui", "labs", "quiz_bank", "metrics"}
HEAVY = {
    "torch",
    "transformers",
    "peft",
    "trl",
    "bitsandbytes",
    "accelerate",
    "datasets",
    "evaluate",
    "sklearn",
    "scipy",
    "numpy",
    "pandas",
    "sacrebleu",
}


def _modules(package: str) -> list[str]:
    """Every module of a package that may be imported by the process that draws."""
    names = []
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if (
            parts[:2] in {("labs", "training"), ("labs", "worker"), ("metrics", "hf")}
            or parts[:3] == ("labs", "grading", "recomputing")
            or "__main__" in parts
        ):
            continue
        names.append(".".join(part for part in parts if part != "__init__"))
    return names


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_importing_a_package_loads_nothing_heavy(package: str) -> None:
    script = (
        "import importlib, sys\n"
        f"for name in {_modules(package)!r}:\n"
        "    importlib.import_module(name)\n"
        f"    heavy = {HEAVY!r} & set(sys.modules)\n"
        "    if heavy: sys.exit(f'{name} loads {sorted(heavy)}')\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_top_level_names_belong_to_this_distribution_alone(package: str) -> None:
    owners = set(importlib.metadata.packages_distributions().get(package, ()))
    assert owners <= {"finetutor"}, f"{package} is also installed by {owners - {'finetutor'}}"


def test_the_wheel_holds_the_four_packages_and_their_data(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == PACKAGES
    for needed in (
        "quiz_bank/content/topics.toml",
        "labs/catalog/first-qlora/lab.toml",
        "labs/pocket/model/model.safetensors",
    ):
        assert needed in names


def test_no_file_holds_two_ideas() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for package in (*PACKAGES, "tests")
        for path in (ROOT / package).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long, f"split these: {long}"

"""Labs as data: ``labs/catalog/<id>/lab.toml`` with ``guide.en.md`` and ``guide.zh.md``. See docs/lab-format.md."""

import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from labs.check_spec import check_spec, spec_from
from labs.errors import LabError, SpecError
from labs.rows import TASKS, task_names
from labs.spec import RunSpec
from labs.text import Language, Text

CATALOG = Path(__file__).parent / "catalog"


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of lab.toml."""


class Hyperparameter(_Part, frozen=True, kw_only=True):
    """A field of the spec that the student may turn, with a range and a sentence on it."""

    name: str
    """A field of RunSpec."""
    note: Text
    low: int | float | None = None
    high: int | float | None = None
    choices: tuple[Any, ...] = ()
    scale: Literal["linear", "log"] = "linear"


class Variant(_Part, frozen=True, kw_only=True):
    """One run of a lab that compares several."""

    id: str
    title: Text
    spec: dict[str, Any] = {}
    """Fields that differ from the lab's."""


class PredictionQuestion(_Part, frozen=True, kw_only=True):
    """What the student says before the run, compared afterwards with the formula and the measurement."""

    id: str
    prompt: Text
    kind: Literal["number", "choice"] = "number"
    unit: str = ""
    measured: str
    """Expression over what was measured (docs/lab-format.md), e.g. ``plan.trainable_parameters``."""
    formula: str = ""
    """A field of Estimate, where a formula gives it."""
    choices: tuple[Text, ...] = ()
    """With ``kind = "choice"``; ``measured`` then gives the index."""
    tolerance: float = 0.05
    """Relative error that still counts as right; 0 asks for the exact number."""
    absolute: float = 0.0
    """Absolute error that counts as right as well."""
    explain: Text
    card: str = ""
    """Id of the bank's question or card that a miss brings back; empty: by what is measured (``predictions.CARDS``)."""


class Check(_Part, frozen=True, kw_only=True):
    """Points for what the run shows; ``expression`` is true or false over what was measured."""

    id: str
    title: Text
    expression: str
    points: float = 1.0
    hint: Text
    """Where it is false: what to look at."""


class RubricItem(_Part, frozen=True, kw_only=True):
    """What a written reflection is graded by."""

    id: str
    title: Text
    points: float


class Lab(_Part, frozen=True, kw_only=True):
    """One guided lab."""

    format_version: Literal[1]
    id: str
    order: int
    """Place in the catalogue."""
    title: Text
    summary: Text
    minutes: int
    """For the whole lab, reading and running."""
    difficulty: int
    objectives: tuple[Text, ...]
    topics: tuple[str, ...] = ()
    """Ids of quiz topics that the lab exercises."""
    requires: tuple[str, ...] = ()
    """Labs to do before."""
    seconds: int = 60
    """Training time on two cores, measured."""
    spec: dict[str, Any]
    """Fields of RunSpec; the rest is RunSpec's default."""
    hyperparameters: tuple[Hyperparameter, ...] = ()
    variants: tuple[Variant, ...] = ()
    predictions: tuple[PredictionQuestion, ...] = ()
    checks: tuple[Check, ...] = ()
    hints: tuple[Text, ...] = ()
    """From a nudge to nearly the answer."""
    reflection: tuple[Text, ...] = ()
    """Questions to answer in writing after the run."""
    rubric: tuple[RubricItem, ...] = ()
    reference: Text | None = None
    """The instructor's answer to the reflection."""
    folder: Path = Path()
    """Set by the loader."""

    def run_spec(self, variant: str = "", overrides: dict[str, Any] | None = None) -> RunSpec:
        """The spec of one run of this lab: its defaults, a variant's changes, then ``overrides``.

        Raises:
            SpecError: a field that is unknown, of the wrong type, or out of range.
            LabError: no such variant.
        """
        changes: dict[str, Any] = {}
        if variant:
            found = next((one for one in self.variants if one.id == variant), None)
            if found is None:
                names = ", ".join(one.id for one in self.variants) or "none"
                raise LabError(
                    self.folder / "lab.toml", "variants", f"no variant {variant!r}.", f"There are: {names}."
                )
            changes = found.spec
        spec = spec_from({"lab": self.id, **self.spec, **changes, **(overrides or {})})
        check_spec(spec)
        return spec

    def guide(self, language: Language) -> str:
        """The guide's Markdown."""
        return (self.folder / f"guide.{language}.md").read_text(encoding="utf-8")


def load_lab(folder: Path) -> Lab:
    """Read one lab and check it: types, unknown fields, every spec it names, both guides.

    Raises:
        LabError: with the file and the field.
    """
    path = folder / "lab.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LabError(path, "", "is missing.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LabError(path, "", f"{error}.", "See docs/lab-format.md.") from error
    try:
        lab = msgspec.convert({**table, "folder": folder}, Lab, dec_hook=_path)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        raise LabError(
            path, where.strip("`.") or "top level", f"{message}.", "See docs/lab-format.md."
        ) from error
    if lab.id != folder.name:
        raise LabError(path, "id", f"{lab.id!r} is not the folder's name {folder.name!r}.")
    for hyperparameter in lab.hyperparameters:
        if hyperparameter.name not in RunSpec.__struct_fields__:
            raise LabError(
                path, "hyperparameters.name", f"{hyperparameter.name!r} is no field of a run spec."
            )
    for variant in ("", *(one.id for one in lab.variants)):
        where = f"variants.{variant}.spec" if variant else "spec"
        try:
            spec = lab.run_spec(variant)
        except SpecError as error:
            raise LabError(path, f"{where}.{error.field}", error.message, error.hint) from error
        if spec.task and not (TASKS / spec.task).is_dir():
            raise LabError(
                path, f"{where}.task", f"no such task: {spec.task}.", f"There are: {', '.join(task_names())}."
            )
    for language in ("en", "zh"):
        if not (folder / f"guide.{language}.md").is_file():
            raise LabError(folder / f"guide.{language}.md", "", "is missing.", "Every lab has both guides.")
    return lab


def load_labs(catalog: Path = CATALOG) -> dict[str, Lab]:
    """All labs of a catalogue by id, in its order.

    Raises:
        LabError: the first lab that is wrong.
    """
    folders = sorted(path.parent for path in catalog.glob("*/lab.toml"))
    labs = sorted((load_lab(folder) for folder in folders), key=lambda lab: (lab.order, lab.id))
    return {lab.id: lab for lab in labs}


def find_lab(lab_id: str, catalog: Path = CATALOG) -> Lab:
    """One lab by id.

    Raises:
        LabError: there is none; the hint names those there are.
    """
    folder = catalog / lab_id
    if lab_id != Path(lab_id).name or not (folder / "lab.toml").is_file():
        names = ", ".join(path.parent.name for path in sorted(catalog.glob("*/lab.toml")))
        raise LabError(catalog, "", f"no lab {lab_id!r}.", f"There are: {names or 'none'}.", "lab.unknown")
    return load_lab(folder)


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, Path):
        return value
    raise NotImplementedError(f"{kind} from {value!r}")

"""One HTML page that stands alone: no script, nothing loaded, everything escaped and cleaned, and a policy that says so."""

import base64
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labs.errors import LabsError
from labs.grading.outputs.cells import number_cell
from labs.grading.outputs.words import words
from labs.text import Language
from metrics.clean import clean

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, language: Language, **values: Any) -> bytes:
    """A page as UTF-8.

    Raises:
        LabsError: ``grading.no_jinja2``: the extra ``grade`` is not installed.
    """
    page = _environment().get_template(template)
    return page.render(w=words(language), policy=_policy(), **values).encode()


@functools.cache
def _environment() -> "jinja2.Environment":
    try:
        import jinja2
        from markupsafe import Markup
    except ImportError as error:
        raise LabsError(
            "grading.no_jinja2", "reports need jinja2.", "pip install 'finetutor[grade]' brings it."
        ) from error

    def shown(value: Any) -> Any:
        # What is Markup comes from our own templates; any other text may be a student's.
        return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined,
        finalize=shown, trim_blocks=False, keep_trailing_newline=True,
    )  # fmt: skip
    environment.globals["number"] = number_cell
    environment.globals["rounded"] = _rounded
    environment.globals["percent"] = _percent
    environment.globals["style"] = Markup(_style())  # noqa: S704 (our own file)
    return environment


def _rounded(value: float) -> str:
    """Points of many students together: two digits are more than they mean."""
    return number_cell(round(value, 2))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


@functools.cache
def _style() -> str:
    return (_TEMPLATES / "style.css").read_text(encoding="utf-8").strip()


@functools.cache
def _policy() -> str:
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"

"""Render a model's chat template and keep where the assistant speaks, without loading transformers.

The sandbox, its filters and the ``{% generation %}`` block are those of transformers'
``apply_chat_template(return_assistant_tokens_mask=True)``; a test holds the two to the same tokens.
"""

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labs.data.errors import DataError
from labs.data.examples import Turn

Span = tuple[int, int]
"""Start and end in characters of the rendered text."""

# Noncharacters: Unicode promises that no text exchanged between programs contains them.
_OPEN, _CLOSE = "\ufdd0\ufdd2", "\ufdd1\ufdd3"


class ChatTemplate:
    """A compiled chat template.

    Args:
        source: Jinja source, as ``tokenizer_config.json`` or ``chat_template.jinja`` holds it.
        special: values the template may name, such as ``bos_token`` and ``eos_token``.

    Raises:
        DataError: jinja2 is not installed, or the source does not compile.
    """

    def __init__(self, source: str, special: Mapping[str, str]) -> None:
        try:
            import jinja2
        except ImportError as error:
            raise DataError(
                "tokens.needs-jinja", "chat templates need jinja2", hint="pip install 'finetutor[labs]'"
            ) from error
        self.marked = "generation" in source and "endgeneration" in source
        self._special = dict(special)
        self._failures: tuple[type[Exception], ...] = (jinja2.TemplateError, TypeError, KeyError, ValueError)
        try:
            self._template: Any = _environment().from_string(source)
        except jinja2.TemplateError as error:
            raise DataError("tokens.template", f"the chat template does not compile: {error}") from error

    def render(self, turns: Sequence[Turn], *, add_generation_prompt: bool = False) -> tuple[str, list[Span]]:
        """Return the text for ``turns`` and the spans inside ``{% generation %}`` (none without marks).

        Raises:
            DataError: the template refuses the conversation (a wrong role order, say).
        """
        messages = [{"role": turn.role, "content": turn.content, **turn.extra} for turn in turns]
        try:
            marked: str = self._template.render(
                messages=messages,
                tools=None,
                documents=None,
                add_generation_prompt=add_generation_prompt,
                **self._special,
            )
        except self._failures as error:
            raise DataError(
                "tokens.template-refuses", f"the chat template refuses the row: {error}"
            ) from error
        return _unmark(marked)

    def spans_by_prefix(self, turns: Sequence[Turn], text: str) -> list[Span] | None:
        """Where the assistant speaks in ``text``, found by rendering growing prefixes; None where that is ambiguous.

        For templates without marks: what ``add_generation_prompt`` renders before a turn is prompt, the rest is answer.
        """
        spans = []
        for at, turn in enumerate(turns):
            if turn.role != "assistant":
                continue
            before, _ = self.render(turns[:at], add_generation_prompt=True)
            after, _ = self.render(turns[: at + 1])
            if not after.startswith(before) or not text.startswith(after):
                return None
            spans.append((len(before), len(after)))
        return spans


def _unmark(marked: str) -> tuple[str, list[Span]]:
    if _OPEN not in marked:
        return marked, []
    first, *rest = marked.split(_OPEN)
    out, length, spans = [first], len(first), []
    for part in rest:
        inside, _, after = part.partition(_CLOSE)
        spans.append((length, length + len(inside)))
        out += [inside, after]
        length += len(inside) + len(after)
    return "".join(out), spans


def _environment() -> Any:
    import jinja2
    import jinja2.ext
    import jinja2.sandbox

    class Generation(jinja2.ext.Extension):
        """The ``{% generation %}`` block: what the assistant says."""

        tags = {"generation"}  # noqa: RUF012 - jinja2 declares it so

        def parse(self, parser: Any) -> Any:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return jinja2.nodes.CallBlock(self.call_method("_mark"), [], [], body).set_lineno(line)

        def _mark(self, caller: Callable[[], str]) -> str:
            return f"{_OPEN}{caller()}{_CLOSE}"

    def refuse(message: str) -> None:
        raise jinja2.TemplateError(message)

    def tojson(value: Any, ensure_ascii: bool = False, indent: int | None = None, **options: Any) -> str:
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, **options)

    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = refuse
    environment.globals["strftime_now"] = lambda form: datetime.datetime.now().strftime(form)
    return environment

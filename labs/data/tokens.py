"""Count a row's tokens and say which of them are learned, with the model's own tokenizer and chat template.

Reads ``tokenizer.json``, ``tokenizer_config.json`` and ``chat_template.jinja`` through the small ``tokenizers``
package, so a screen can count tokens without transformers. Rows are put together as TRL 1.16's ``SFTTrainer``
does: chat rows through the template (no EOS beyond the template's own), plain rows with EOS appended.
"""

import json
from pathlib import Path
from typing import Any, Literal

import msgspec

from labs.data.chat_template import ChatTemplate, Span
from labs.data.errors import DataError
from labs.data.examples import Example, Turn

LossOn = Literal["response", "all"]


class Encoded(msgspec.Struct, frozen=True):
    """One row as the trainer sees it; the three sequences have one entry a token.

    Attributes:
        text: what was tokenized.
        ids: token ids.
        offsets: each token's (start, end) in ``text``; empty for tokens the tokenizer adds, such as BOS.
        learned: True where the label is the token itself, False where it is -100.
        source: how the mask was found: ``generation marks``, ``prefixes``, ``completion`` or ``all tokens``.
        ends_turn: whether the last learned token closes the answer (EOS, or the template's end of turn).
    """

    text: str
    ids: list[int]
    offsets: list[Span]
    learned: list[bool]
    source: str
    ends_turn: bool


class RowTokenizer:
    """A tokenizer and chat template from a model folder.

    Args:
        folder: a local model folder, such as ``labs.pocket.MODEL_DIR``.

    Raises:
        DataError: a file or package is missing, or a file cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise DataError(
                "tokens.needs-tokenizers",
                "counting tokens needs tokenizers",
                hint="pip install 'finetutor[labs]'",
            ) from error
        file = folder / "tokenizer.json"
        if not file.is_file():
            raise DataError(
                "tokens.no-tokenizer",
                "no tokenizer.json in the model folder",
                path=folder,
                hint="name a folder that holds a fast tokenizer",
            )
        try:
            self._tokenizer: Any = Tokenizer.from_file(str(file))
        except BaseException as error:  # tokenizers panics with a BaseException of its own
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            raise DataError("tokens.bad-tokenizer", str(error), path=file) from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        config = _config(folder)
        special = {
            key: value
            for key in ("bos_token", "eos_token", "pad_token", "unk_token")
            if (value := _token(config.get(key)))
        }
        self.name = folder.name
        self.eos_token: str = special.get("eos_token", "")
        self._eos_id: int | None = self._tokenizer.token_to_id(self.eos_token) if self.eos_token else None
        added = self._tokenizer.get_added_tokens_decoder()
        self._special_ids = frozenset(number for number, token in added.items() if token.special)
        self.special_tokens: tuple[str, ...] = tuple(
            token.content for token in added.values() if token.special and len(token.content) > 2
        )
        source = _template_source(folder, config)
        self.template: ChatTemplate | None = ChatTemplate(source, special) if source else None

    def encode(self, example: Example, loss_on: LossOn = "response") -> Encoded:
        """Tokenize ``example`` and mask what is not learned.

        A preference is encoded with its chosen answer. ``loss_on="all"`` is TRL's default for ``messages``:
        every token is learned, the user's too.

        Raises:
            DataError: there is no chat template for a chat row, or the template refuses it.
        """
        if example.text is not None:
            return self._language_model(example.text)
        turns = example.turns + example.chosen
        if example.plain:
            return self._plain(turns, loss_on)
        return self._chat(turns, loss_on)

    def count(self, example: Example) -> int:
        """Tokens of ``example``, as ``encode`` makes them but faster."""
        if example.text is not None:
            return len(self._run(self._with_eos(example.text), special=True).ids)
        turns = example.turns + example.chosen
        if example.plain:
            return len(self._run(self._with_eos("".join(turn.content for turn in turns)), special=True).ids)
        text, _ = self._template().render(turns)
        return len(self._run(text, special=False).ids)

    def tokens(self, encoded: Encoded) -> list[str]:
        """Each token of ``encoded`` as readable text.

        A character whose bytes are spread over several tokens stands on the last of them; each token before
        that ends in ``·`` for its piece.
        """
        texts = []
        following = [start for start, _ in encoded.offsets[1:]] + [len(encoded.text)]
        for number, (start, end), after in zip(encoded.ids, encoded.offsets, following, strict=True):
            if end <= start:
                texts.append(str(self._tokenizer.id_to_token(number)))
            else:
                texts.append(
                    encoded.text[start:after] + "·" if start <= after < end else encoded.text[start:end]
                )
        return texts

    def _run(self, text: str, *, special: bool) -> Any:
        return self._tokenizer.encode(text, add_special_tokens=special)

    def _with_eos(self, text: str) -> str:
        return text if text.endswith(self.eos_token) else text + self.eos_token

    def _template(self) -> ChatTemplate:
        if self.template is None:
            raise DataError(
                "tokens.no-template",
                f"{self.name} has no chat template",
                hint="use an instruct model, or convert to prompt-completion",
            )
        return self.template

    def _language_model(self, text: str) -> Encoded:
        text = self._with_eos(text)
        run = self._run(text, special=True)
        return self._encoded(text, run, [True] * len(run.ids), "all tokens")

    def _plain(self, turns: tuple[Turn, ...], loss_on: LossOn) -> Encoded:
        prompt = "".join(turn.content for turn in turns[:-1])
        text = self._with_eos(prompt + turns[-1].content)
        run = self._run(text, special=True)
        if loss_on == "all":
            return self._encoded(text, run, [True] * len(run.ids), "all tokens")
        # TRL masks the prefix that the tokens of the prompt alone share with those of the whole.
        alone = self._run(prompt, special=True).ids
        shared = next(
            (at for at, pair in enumerate(zip(alone, run.ids, strict=False)) if pair[0] != pair[1]),
            min(len(alone), len(run.ids)),
        )
        return self._encoded(text, run, [at >= shared for at in range(len(run.ids))], "completion")

    def _chat(self, turns: tuple[Turn, ...], loss_on: LossOn) -> Encoded:
        template = self._template()
        text, spans = template.render(turns)
        run = self._run(text, special=False)
        if loss_on == "all":
            return self._encoded(text, run, [True] * len(run.ids), "all tokens")
        source = "generation marks"
        if not template.marked:
            found = template.spans_by_prefix(turns, text)
            if found is None:
                raise DataError(
                    "tokens.no-marks",
                    "the template has no generation marks and rewrites earlier turns",
                    hint="TRL needs {% generation %} marks for assistant_only_loss",
                )
            spans, source = found, "prefixes"
        return self._encoded(text, run, _inside(run.offsets, spans), source)

    def _encoded(self, text: str, run: Any, learned: list[bool], source: str) -> Encoded:
        last = max((at for at, learn in enumerate(learned) if learn), default=-1)
        # Templates may put a newline after the end of turn inside the mark: look at the last two.
        tail = [run.ids[at] for at in range(max(0, last - 1), last + 1) if learned[at]]
        ends = any(number == self._eos_id or number in self._special_ids for number in tail)
        return Encoded(text, run.ids, run.offsets, learned, source, ends)


def _inside(offsets: list[Span], spans: list[Span]) -> list[bool]:
    """Which tokens overlap one of ``spans``; both are in order."""
    mask = []
    at = 0
    for start, end in offsets:
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        mask.append(at < len(spans) and end > spans[at][0] and end > start)
    return mask


def _config(folder: Path) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for name in ("special_tokens_map.json", "tokenizer_config.json"):
        file = folder / name
        if file.is_file():
            try:
                found = json.loads(file.read_text(encoding="utf-8"))
            except (ValueError, OSError) as error:
                raise DataError("tokens.bad-config", str(error), path=file) from error
            merged.update(found if isinstance(found, dict) else {})
    return merged


def _token(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("content")
    return value if isinstance(value, str) else ""


def _template_source(folder: Path, config: dict[str, Any]) -> str:
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    source = config.get("chat_template")
    if isinstance(source, list):  # several named templates
        source = next((item.get("template") for item in source if item.get("name") == "default"), None)
    return source if isinstance(source, str) else ""

"""Likelihood and greedy answers of a test set in one reading.

A pass over prompt and reference gives the likelihood of each token of the reference, and with it what the model itself
would have said there. As far as the two agree, the greedy answer is the reference: speculative decoding
(arXiv:2211.17192, temperature 0) with the reference as the draft. Where they part, the answer that was handed in is the
next draft, read on with the keys and values of what was read before; an honest one is right to its end. Only where that
parts too is anything generated. A draft decides how long it takes, never what comes out: every token said is the
model's own first choice.
"""

from typing import Any

import msgspec
import torch

from labs.grading.recomputing.greedy import Answering
from labs.rows import Row
from labs.training.likelihood import RowLikelihood
from labs.training.tokens import IGNORED, TokenisedRow, prompt_ids, tokenise
from metrics.likelihood.model import accepts_logits_to_keep

_BATCH_TOKENS = 8192
_PADDED = 1.15
"""A batch takes rows until its padded size is this many times their own: on a CPU every padded token costs as much
as a real one."""
_LEAST_ROWS = 8


class Prepared(msgspec.Struct, frozen=True):
    """One row as tokens, the same for every submission."""

    whole: TokenisedRow | None
    """Prompt and reference with labels; None where nothing of the reference fits."""
    prompt: list[int]
    joined: bool
    """Whether ``whole`` begins with ``prompt``, so that one reading serves both."""


def prepare(
    rows: list[Row], tokenizer: Any, *, max_length: int, context: int, max_new_tokens: int
) -> list[Prepared]:
    """Tokenise a test set as a run's own evaluation does.

    Args:
        max_length: tokens of prompt and reference together.
        context: tokens of prompt and answer together; prompts lose their beginning so that the answer fits.
    """
    prepared = []
    for row in rows:
        (prompt,) = prompt_ids([row.prompt], tokenizer, max(1, context - max_new_tokens))
        found = tokenise([row], tokenizer, max_length=max_length, response_only=True)
        whole = found[0] if found else None
        joined = (
            whole is not None
            and whole.input_ids[: len(prompt)] == prompt
            and _first_label(whole) == len(prompt)
        )
        prepared.append(Prepared(whole, prompt, joined))
    return prepared


def _first_label(row: TokenisedRow) -> int:
    return next(at for at, label in enumerate(row.labels) if label != IGNORED)


class _Parted(msgspec.Struct, frozen=True):
    """Rows of one pass that go on by themselves: keys and values of what was read, by layer."""

    rows: list[int]
    read: list[int]
    """Tokens read of each row that its answer agrees with."""
    next_ids: list[int]
    layers: list[tuple[torch.Tensor, torch.Tensor]]
    """(rows, heads, width, head_dim) each."""


class Reader:
    """Reads one test set with one model."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        rows: list[Prepared],
        *,
        max_new_tokens: int,
        claimed: dict[int, str] | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            claimed: answers handed in, by row; anybody's words.
        """
        self._claims = _claims(tokenizer, claimed or {}, max_new_tokens)
        self._model = model
        self._pad = tokenizer.pad_token_id
        self._rows = rows
        self._answering = Answering(model, tokenizer, len(rows), max_new_tokens)
        self._likelihoods: dict[int, RowLikelihood] = {}
        self._parted: list[_Parted] = []

    def read(self) -> tuple[list[RowLikelihood], list[str]]:
        """Likelihoods of the rows that have one, in their order, and the answers to all."""
        for batch in _batches(
            {at: len(row.whole.input_ids) for at, row in enumerate(self._rows) if row.whole}
        ):
            self._read(batch)
            if sum(len(one.rows) * max(one.read) for one in self._parted) > _BATCH_TOKENS:
                self._go_on()
        self._go_on()
        apart = {at: len(row.prompt) for at, row in enumerate(self._rows) if not row.joined}
        for batch in _batches(apart):
            self._answering.from_prompts([self._rows[at].prompt for at in batch], batch)
        return [self._likelihoods[at] for at in sorted(self._likelihoods)], self._answering.texts()

    def _read(self, batch: list[int]) -> None:
        from transformers import DynamicCache

        tokens = [whole for at in batch if (whole := self._rows[at].whole) is not None]
        device = self._model.get_input_embeddings().weight.device
        width = max(len(row.input_ids) for row in tokens)
        ids = torch.full((len(batch), width), self._pad, dtype=torch.long)
        labels = torch.full((len(batch), width), IGNORED, dtype=torch.long)
        mask = torch.zeros((len(batch), width), dtype=torch.long)
        for line, row in enumerate(tokens):
            ids[line, : len(row.input_ids)] = torch.tensor(row.input_ids)
            labels[line, : len(row.labels)] = torch.tensor(row.labels)
            mask[line, : len(row.input_ids)] = 1
        cache = DynamicCache(config=self._model.config)
        first = min(next(at for at, label in enumerate(row.labels) if label != IGNORED) for row in tokens)
        # The prompts' logits would be computed, a vocabulary wide each, only to be thrown away.
        fewer = {"logits_to_keep": width - first + 1} if accepts_logits_to_keep(self._model) else {}
        with torch.no_grad():
            every = self._model(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                past_key_values=cache,
                use_cache=True,
                **fewer,
            ).logits
        targets = labels[:, width - every.shape[1] + 1 :].to(device)
        scored = targets != IGNORED
        logits = every[:, :-1][scored].float()
        nll = torch.nn.functional.cross_entropy(logits, targets[scored], reduction="none")
        sums = torch.zeros(targets.shape, dtype=torch.float64, device=device)
        sums[scored] = nll.double()
        own = logits.argmax(-1).tolist()
        totals, counts = sums.sum(1).tolist(), scored.sum(1).tolist()
        begin = 0
        parted: dict[int, tuple[int, int]] = {}
        for line, at in enumerate(batch):
            self._likelihoods[at] = RowLikelihood(totals[line], counts[line])
            if self._rows[at].joined:
                going = self._agree(at, tokens[line], own[begin : begin + counts[line]])
                if going is not None:
                    parted[line] = going
            begin += counts[line]
        if parted:
            self._keep(cache, batch, parted)

    def _agree(self, at: int, row: TokenisedRow, own: list[int]) -> tuple[int, int] | None:
        """Say what model and reference agree on; where they part: tokens read until there, and what is said instead."""
        start = len(self._rows[at].prompt)
        for number, token in enumerate(own):
            if self._answering.say(at, token):
                return None
            if token != row.input_ids[start + number]:
                return start + number, token
        return len(row.input_ids) - 1, row.input_ids[
            -1
        ]  # cut at max_length: its last token is read once more

    def _keep(self, cache: Any, batch: list[int], parted: dict[int, tuple[int, int]]) -> None:
        lines = torch.tensor(list(parted), device=cache.layers[0].keys.device)
        width = max(read for read, _ in parted.values())
        self._parted.append(
            _Parted(
                rows=[batch[line] for line in parted],
                read=[read for read, _ in parted.values()],
                next_ids=[token for _, token in parted.values()],
                layers=[
                    (layer.keys[lines, :, :width], layer.values[lines, :, :width]) for layer in cache.layers
                ],
            )
        )

    def _go_on(self) -> None:
        """Read on with all rows that parted, in one batch."""
        from transformers import DynamicCache

        if not self._parted:
            return
        parted, self._parted = self._parted, []
        read = [tokens for one in parted for tokens in one.read]
        width = max(read)
        cache = DynamicCache(config=self._model.config)
        for layer in range(len(parted[0].layers)):
            keys, values = (
                torch.cat(
                    [
                        torch.nn.functional.pad(one.layers[layer][half], (0, 0, 0, width - max(one.read)))
                        for one in parted
                    ]
                )
                for half in (0, 1)
            )
            cache.update(keys, values, layer)
        lines = [row for one in parted for row in one.rows]
        mask = torch.arange(width, device=keys.device) < torch.tensor(read, device=keys.device).unsqueeze(1)
        self._read_drafts(
            cache, mask.long(), lines, read, [token for one in parted for token in one.next_ids]
        )

    def _read_drafts(
        self, cache: Any, mask: torch.Tensor, rows: list[int], read: list[int], next_ids: list[int]
    ) -> None:
        """Read on with what was handed in, as far as the model says the same; then let it speak for itself.

        Args:
            mask: (rows, cached) 1 where the cache holds a token of the row.
            read: tokens of each row that it holds.
            next_ids: each row's token to be read next.
        """
        drafts = [
            [token, *self._answering.rest_of(row, self._claims.get(row, []))]
            for row, token in zip(rows, next_ids, strict=True)
        ]
        width = max(len(draft) for draft in drafts)
        ids = torch.full((len(rows), width), self._pad, dtype=torch.long)
        held = torch.zeros((len(rows), width), dtype=torch.long)
        for line, draft in enumerate(drafts):
            ids[line, : len(draft)] = torch.tensor(draft)
            held[line, : len(draft)] = 1
        device = mask.device
        places = torch.tensor(read, device=device).unsqueeze(1) + torch.arange(width, device=device)
        hidden = self._model.base_model(
            input_ids=ids.to(device), attention_mask=torch.cat([mask, held.to(device)], dim=1), position_ids=places,
            past_key_values=cache, use_cache=True,
        ).last_hidden_state  # fmt: skip
        own = self._model.get_output_embeddings()(hidden[held.to(device).bool()]).argmax(-1).tolist()
        going: dict[int, tuple[int, int]] = {}
        begin = 0
        for line, draft in enumerate(drafts):
            said = self._agreed(rows[line], draft, own[begin : begin + len(draft)])
            begin += len(draft)
            if said is not None:
                going[line] = said
                held[line, said[0] :] = 0
        if not going:
            return
        kept = torch.tensor(list(going), device=device)
        cache.batch_select_indices(kept)
        mask = torch.cat([mask[kept], held.to(device)[kept], mask.new_ones(len(going), 1)], dim=1)
        next_places = torch.tensor(
            [read[line] + tokens for line, (tokens, _) in going.items()], device=device
        )
        next_tokens = torch.tensor([token for _, token in going.values()], device=device)
        self._answering.go_on(
            cache, next_tokens.unsqueeze(1), mask, next_places.unsqueeze(1), [rows[line] for line in going]
        )

    def _agreed(self, row: int, draft: list[int], own: list[int]) -> tuple[int, int] | None:
        """Say what the model says after each token of a draft; where they part: tokens of it that hold, and what is said instead."""
        for number, token in enumerate(own, 1):
            if self._answering.say(row, token):
                return None
            if number == len(draft) or token != draft[number]:
                break
        return number, token


def _claims(tokenizer: Any, claimed: dict[int, str], most: int) -> dict[int, list[int]]:
    """Answers as tokens with their end; longer ones than an answer may be are cut before they are looked at."""
    texts = [text[: 16 * most] for text in claimed.values()]
    if not texts:
        return {}
    ids = tokenizer(texts, add_special_tokens=False)["input_ids"]
    end = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
    return {row: [*one, *end][:most] for row, one in zip(claimed, ids, strict=True)}


def _batches(lengths: dict[int, int]) -> list[list[int]]:
    """Rows of similar length together."""
    batches: list[list[int]] = []
    own = 0
    for at in sorted(lengths, key=lambda one: (lengths[one], one)):
        padded = lengths[at] * (len(batches[-1]) + 1) if batches else 0
        small = bool(batches) and len(batches[-1]) < _LEAST_ROWS
        if batches and padded <= _BATCH_TOKENS and (small or padded <= _PADDED * (own + lengths[at])):
            batches[-1].append(at)
            own += lengths[at]
        else:
            batches.append([at])
            own = lengths[at]
    return batches

"""Try prompts on base and tuned side by side: answers stream out word by word."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from labs.chat import ChatEnded, ChatEvent, ChatReady, Piece, encode_chat
from labs.events import System
from labs.orders import Ask, Chat
from labs.training.failures import ending_of
from labs.worker.control import Control


def chat(order: Chat, control: Control, pipe: BinaryIO) -> int:
    """Load the run's model and answer until there are no more questions. Returns the exit code."""

    def say(event: ChatEvent) -> None:
        try:
            pipe.write(encode_chat(event))
        except OSError:
            control.stop("parent_gone")

    try:
        answer = _load(order, say)
        say(ChatReady())
        while (question := control.questions.get()) is not None:
            for system in question.systems:
                if not control.should_stop:
                    answer(question, system)
    except BaseException as error:
        traceback.print_exc()
        ending = ending_of(error)
        say(ChatEnded(code=ending["code"], message=ending["message"], hint=ending["hint"]))
        return 0
    say(ChatEnded(code="ok"))
    return 0


def _load(order: Chat, say: Callable[[ChatEvent], None]) -> Callable[[Ask, System], None]:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    from labs.training.base import base_folder, load_base, load_tokenizer
    from labs.training.evaluation import as_base, context_of
    from labs.training.hardware import choose_hardware
    from labs.training.tokens import prompt_ids

    spec, adapter = order.spec, Path(order.folder) / "adapter"
    hardware, base = choose_hardware(spec), base_folder(spec.base_model)
    tokenizer = load_tokenizer(base)
    untouched = load_base(spec, base, hardware)
    if spec.method == "full":
        tuned: Any = AutoModelForCausalLM.from_pretrained(adapter, local_files_only=True)
    else:
        tuned = PeftModel.from_pretrained(untouched, adapter)
    tuned.eval()
    untouched.eval()

    def answer(question: Ask, system: System) -> None:
        def stream(model: Any) -> None:
            ids = prompt_ids(
                [[{"role": "user", "content": question.prompt}]],
                tokenizer,
                max(1, context_of(model, spec) - question.max_new_tokens),
            )
            inputs = torch.tensor(ids, device=model.get_input_embeddings().weight.device)
            streamer = _Streamer(tokenizer, lambda text: say(Piece(id=question.id, system=system, text=text)))
            with torch.no_grad():
                model.generate(
                    input_ids=inputs,
                    attention_mask=torch.ones_like(inputs),
                    max_new_tokens=question.max_new_tokens,
                    do_sample=False,
                    pad_token_id=tokenizer.pad_token_id,
                    use_cache=True,
                    streamer=streamer,
                )
            say(Piece(id=question.id, system=system, text="", done=True))

        if system == "tuned":
            stream(tuned)
        else:
            with as_base(tuned, lambda: untouched) as model:
                stream(model)

    return answer


class _Streamer:
    """Hands on text as soon as it is whole characters; the prompt, which ``generate`` sends first, is left out."""

    def __init__(self, tokenizer: Any, on_text: Callable[[str], None]) -> None:
        self._tokenizer = tokenizer
        self._on_text = on_text
        self._ids: list[int] = []
        self._said = 0
        self._prompt_seen = False

    def put(self, value: Any) -> None:
        """Take the next tokens."""
        if not self._prompt_seen:
            self._prompt_seen = True
            return
        self._ids.extend(value.flatten().tolist())
        text = self._tokenizer.decode(self._ids, skip_special_tokens=True)
        whole = text.rstrip("\ufffd")
        if len(whole) > self._said:
            self._on_text(whole[self._said :])
            self._said = len(whole)

    def end(self) -> None:
        """Say what was held back."""
        text = self._tokenizer.decode(self._ids, skip_special_tokens=True)
        if len(text) > self._said:
            self._on_text(text[self._said :])

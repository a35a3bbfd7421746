"""The tokenizer gives back any text, and marks what an assistant said."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.pocket.tokenizer import CHAT_TEMPLATE


@given(text=st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_comes_back(tokenizer: Any, text: str) -> None:
    ids = tokenizer(text, add_special_tokens=False).input_ids
    assert tokenizer.decode(ids, skip_special_tokens=False) == text


@pytest.mark.parametrize(
    "text", ["劳动合同应当书面订立。", "  two  spaces\n\n\ttabs ", "👩‍💻 emoji", "don't 12345", "§ ﷽ Ω"]
)
def test_awkward_text_comes_back(tokenizer: Any, text: str) -> None:
    assert tokenizer.decode(tokenizer(text).input_ids) == text


def test_han_characters_and_digits_stand_alone(tokenizer: Any) -> None:
    pieces = [tokenizer.decode([i]) for i in tokenizer("劳动合同2026").input_ids]
    assert pieces == ["劳", "动", "合", "同", "2", "0", "2", "6"]


def test_generation_marks_cover_the_answer_and_its_end(tokenizer: Any) -> None:
    messages = [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Good day."}]
    encoded = tokenizer.apply_chat_template(
        messages, return_dict=True, return_assistant_tokens_mask=True, tokenize=True
    )
    marked = [i for i, m in zip(encoded["input_ids"], encoded["assistant_masks"], strict=True) if m]
    assert tokenizer.decode(marked) == "Good day.<|end|>"
    assert marked[-1] == tokenizer.eos_token_id


def test_the_prompt_is_a_prefix_of_the_whole_conversation(tokenizer: Any) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "你好"},
        {"role": "assistant", "content": "好"},
    ]
    prompt = tokenizer.apply_chat_template(messages[:-1], add_generation_prompt=True, tokenize=False)
    whole = tokenizer.apply_chat_template(messages, tokenize=False)
    assert whole.startswith(prompt)
    assert tokenizer.chat_template == CHAT_TEMPLATE

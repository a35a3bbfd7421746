"""Token counts and label masks are those of transformers and TRL, token for token."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.data.check import CheckOptions, check
from labs.data.errors import DataError
from labs.data.examples import Example, Turn
from labs.data.formats import Format
from labs.data.lengths import measure, plan
from labs.data.masks import first_masks, label_mask
from labs.data.parsing import parse
from labs.data.tokens import RowTokenizer
from labs.pocket import MODEL_DIR

SPACED = """{%- for message in messages %}
    {%- if message.role == 'assistant' %}
        {{- '<|assistant|>' }}{% generation %}{{ message.content }}{{ '<|end|>' }}{% endgeneration %}
    {%- else %}
        {{- '<|' + message.role + '|>' + message.content + '<|end|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|assistant|>' }}{% endif %}"""
"""Uses white-space control, as most published templates do."""
UNMARKED = SPACED.replace("{% generation %}", "").replace("{% endgeneration %}", "")


@pytest.fixture(scope="module")
def tokenizer() -> RowTokenizer:
    return RowTokenizer(MODEL_DIR)


@pytest.fixture
def folder_with(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of the pocket model's tokenizer with another chat template."""

    def make(template: str) -> Path:
        folder = tmp_path / "model"
        shutil.copytree(MODEL_DIR, folder, ignore=shutil.ignore_patterns("*.safetensors"), dirs_exist_ok=True)
        (folder / "chat_template.jinja").write_text(template)
        return folder

    return make


CONTENT = st.text(st.sampled_from("ab 公司试用期\n🙂,。<>|e\u0301"), min_size=1, max_size=20)
CHATS = st.builds(
    lambda system, pairs: tuple(
        ([Turn("system", system)] if system else [])
        + [turn for question, answer in pairs for turn in (Turn("user", question), Turn("assistant", answer))]
    ),
    st.none() | CONTENT,
    st.lists(st.tuples(CONTENT, CONTENT), min_size=1, max_size=3),
)


@pytest.fixture(scope="module")
def reference() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(MODEL_DIR)


@settings(max_examples=60)
@given(turns=CHATS, spaced=st.booleans())
def test_ids_and_masks_equal_those_of_transformers(
    tokenizer: RowTokenizer,
    reference: Any,
    folder_with: Callable[[str], Path],
    turns: tuple[Turn, ...],
    spaced: bool,
) -> None:
    mine, template = tokenizer, None
    if spaced:
        mine, template = RowTokenizer(folder_with(SPACED)), SPACED
    encoded = mine.encode(Example(turns))
    theirs = reference.apply_chat_template(
        [{"role": turn.role, "content": turn.content} for turn in turns],
        chat_template=template,
        return_dict=True,
        return_assistant_tokens_mask=True,
    )
    assert encoded.ids == theirs["input_ids"]
    assert [int(learn) for learn in encoded.learned] == theirs["assistant_masks"]
    assert encoded.source == "generation marks" and encoded.ends_turn
    assert mine.count(Example(turns)) == len(encoded.ids)


@settings(max_examples=20)
@given(turns=CHATS)
def test_without_marks_the_prefixes_give_the_same_mask(
    tokenizer: RowTokenizer, folder_with: Callable[[str], Path], turns: tuple[Turn, ...]
) -> None:
    unmarked = RowTokenizer(folder_with(UNMARKED)).encode(Example(turns))
    marked = tokenizer.encode(Example(turns))
    assert (unmarked.ids, unmarked.learned, unmarked.source) == (marked.ids, marked.learned, "prefixes")


def test_rows_are_put_together_as_trl_does(tokenizer: RowTokenizer, tmp_path: Path) -> None:
    """What SFTTrainer itself makes of the three kinds of row, its own code run on them."""
    import torch
    from datasets import Dataset
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
    from trl import SFTConfig, SFTTrainer

    processing = AutoTokenizer.from_pretrained(MODEL_DIR)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(processing),
            hidden_size=8,
            intermediate_size=8,
            num_hidden_layers=1,
            num_attention_heads=1,
        )
    )
    cases: list[tuple[Format, dict[str, Any], bool]] = [
        (Format.TEXT, {"text": "试用期最长六个月。"}, False),
        (Format.PROMPT_COMPLETION, {"prompt": "试用期多长？", "completion": "六个月"}, False),
        (
            Format.MESSAGES,
            {
                "messages": [
                    {"role": "user", "content": "试用期？"},
                    {"role": "assistant", "content": "六个月 ok"},
                ]
            },
            True,
        ),
    ]
    for format, row, assistant_only in cases:
        arguments = SFTConfig(
            output_dir=str(tmp_path),
            use_cpu=True,
            bf16=False,
            report_to=[],
            max_length=64,
            assistant_only_loss=assistant_only,
            gradient_checkpointing=False,
        )
        trainer = SFTTrainer(
            model=model, args=arguments, train_dataset=Dataset.from_list([row]), processing_class=processing
        )
        batch = trainer.data_collator([trainer.train_dataset[0]])
        encoded = tokenizer.encode(parse(row, format))
        assert batch["input_ids"][0].tolist() == encoded.ids, format
        labels = batch["labels"][0]
        assert (labels != -100).tolist() == encoded.learned, format
        assert torch.equal(labels[labels != -100], batch["input_ids"][0][labels != -100])


def test_learning_from_all_tokens_is_trls_default_for_messages(tokenizer: RowTokenizer) -> None:
    example = Example((Turn("user", "a"), Turn("assistant", "b")))
    assert all(tokenizer.encode(example, "all").learned)


def test_the_mask_shows_what_is_read_learned_and_cut(tokenizer: RowTokenizer) -> None:
    example = Example((Turn("user", "试用期？"), Turn("assistant", "六个月")))
    whole = label_mask(example, tokenizer)
    text = "".join(token.text for token in whole.tokens)
    assert text == "<|user|>试用期？<|end|><|assistant|>六个月<|end|>"
    assert "".join(token.text for token in whole.tokens if token.state == "learned") == "六个月<|end|>"
    assert whole.ends_turn
    cut = label_mask(example, tokenizer, max_length=len(whole.tokens) - 1)
    assert [token.state for token in cut.tokens][-1] == "cut"
    assert cut.learned == whole.learned - 1 and not cut.ends_turn


def test_over_long_rows_and_rows_with_nothing_left_are_told_apart(
    lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]], tokenizer: RowTokenizer
) -> None:
    path = lines_file([chat("短", "短"), chat("短", "长 " * 60), chat("长 " * 60, "短答")])
    report = check(path, CheckOptions(max_length=30, repeats=False), tokenizer=tokenizer)
    assert {(finding.code, finding.line) for finding in report.findings} == {
        ("length.over", 2),
        ("length.nothing-left", 3),
    }
    assert report.lengths is not None and (report.lengths.rows, report.lengths.over) == (3, 2)


def test_a_template_that_leaves_the_end_unlearned_is_found(
    lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]], folder_with: Callable[[str], Path]
) -> None:
    open_ended = SPACED.replace("{{ '<|end|>' }}{% endgeneration %}", "{% endgeneration %}{{ '<|end|>' }}")
    report = check(
        lines_file([chat("a", "b")] * 3),
        CheckOptions(repeats=False),
        tokenizer=RowTokenizer(folder_with(open_ended)),
    )
    assert report.counts == {"mask.no-end": 1}


def test_a_template_that_refuses_a_row_is_a_finding(
    lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]], folder_with: Callable[[str], Path]
) -> None:
    picky = "{% if messages|length > 2 %}{{ raise_exception('one exchange only') }}{% endif %}" + SPACED
    long = chat("a", "b")
    long["messages"] = long["messages"] * 2
    report = check(lines_file([chat("a", "b"), long]), tokenizer=RowTokenizer(folder_with(picky)))
    (finding,) = [finding for finding in report.findings if finding.code == "tokens.template-refuses"]
    assert finding.line == 2 and "one exchange only" in finding.message


@pytest.mark.parametrize(
    "attack", ["{{ ''.__class__.__mro__ }}", "{{ messages.append(1) }}", "{{ cycler.__init__ }}"]
)
def test_a_template_cannot_leave_its_sandbox(folder_with: Callable[[str], Path], attack: str) -> None:
    mine = RowTokenizer(folder_with(attack))
    try:
        text = mine.encode(Example((Turn("user", "a"), Turn("assistant", "b"))), "all").text
    except DataError as error:
        assert error.code == "tokens.template-refuses"
    else:
        assert "class" not in text and "function" not in text


def test_a_model_without_template_or_tokenizer_says_so(
    folder_with: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = folder_with("")
    with pytest.raises(DataError, match="no chat template"):
        RowTokenizer(folder).count(Example((Turn("user", "a"),)))
    with pytest.raises(DataError, match=r"no tokenizer\.json"):
        RowTokenizer(tmp_path / "none")
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(DataError) as caught:
        RowTokenizer(folder)
    assert caught.value.code == "tokens.bad-tokenizer"


def test_lengths_are_counted_by_hand(
    lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]], tokenizer: RowTokenizer
) -> None:
    rows = [chat("问" * n, "答") for n in range(1, 21)]
    path = lines_file([*rows, {"messages": "broken"}])
    counts = sorted(tokenizer.count(parse(row, Format.MESSAGES)) for row in rows)
    found = measure(path, tokenizer, max_length=counts[14])
    assert (found.rows, found.skipped, found.total, found.longest) == (20, 1, sum(counts), counts[-1])
    assert (found.p50, found.p95) == (counts[9], counts[18])  # nearest rank: 10th and 19th of 20
    assert sum(bin.rows for bin in found.bins) == 20
    assert all(low.high == high.low for low, high in zip(found.bins, found.bins[1:], strict=False))
    over = [count for count in counts if count > counts[14]]
    assert found.over == len(over) > 0
    assert found.kept_if_dropped == sum(counts) - sum(over)
    assert found.kept_if_cut == found.kept_if_dropped + len(over) * counts[14]

    cut = plan(found, batch_size=3, accumulation=2, epochs=3, price_per_1k_tokens=0.006)
    assert (cut.effective_batch, cut.steps_per_epoch, cut.total_steps) == (6, 4, 12)  # ceil(ceil(20/3)/2) = 4
    assert cut.price == pytest.approx(found.kept_if_cut * 3 / 1000 * 0.006)
    dropped = plan(found, batch_size=3, accumulation=2, epochs=3, drop_over=True)
    assert dropped.trained_tokens == found.kept_if_dropped * 3 and dropped.price is None


def test_the_first_masks_are_of_the_first_readable_rows(tmp_path: Path, tokenizer: RowTokenizer) -> None:
    path = tmp_path / "data.jsonl"
    row = json.dumps({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]})
    path.write_text(f'{row}\nbroken\n{{"messages": 3}}\n{row}\n{row}\n')
    assert [mask.line for mask in first_masks(path, tokenizer, rows=2)] == [1, 4]


def test_a_character_over_several_tokens_is_shown_once(tokenizer: RowTokenizer) -> None:
    text = "一 龘靐 👩 a"
    encoded = tokenizer.encode(Example(text=text))
    shown = tokenizer.tokens(encoded)
    assert len(shown) == len(encoded.ids)
    assert "·" in shown, "these characters are in no vocabulary of ours"
    assert "".join(shown).replace("·", "") == text + tokenizer.eos_token

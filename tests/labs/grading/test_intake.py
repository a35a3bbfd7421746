"""A good bundle comes in whole; what does not add up is found; what is damaged is refused by name, whatever it is."""

import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labs.events import Finished, Plan, Started, Step, encode
from labs.grading.intake import IntakeReport
from labs.grading.tensors import read_header
from labs.submission.assignment import Allowed

Take = Callable[..., IntakeReport]


def codes(report: IntakeReport) -> set[str]:
    """Of everything found."""
    return {finding.code for finding in (*report.intake, *report.arithmetic)}


def test_a_good_bundle_has_nothing_against_it(take: Take, kit: Any) -> None:
    report = take(kit.bundle())
    assert (report.intake, report.arithmetic) == ((), ())
    assert (report.student, report.name, report.outcome) == ("s1", "张三", "completed")
    assert report.adapter is not None and report.adapter.parameters == 512
    assert report.answers == {"trainable": 512} and report.reflections == ("因为学习率合适",)
    assert [point.step for point in report.steps] == [1, 2, 3, 4]


def test_deflated_bundles_come_in_as_well(take: Take, kit: Any) -> None:
    files = kit.good_files()
    assert take(kit.zipped({"bundle.json": kit.bundle_json(files), **files}, 8)).intake == ()


def test_the_same_weights_have_the_same_digest_whatever_the_file_is_like(take: Take, kit: Any) -> None:
    tensors = kit.lora_tensors()
    shuffled = dict(sorted(tensors.items(), reverse=True))
    one = take(kit.bundle())
    other = take(
        kit.bundle({"adapter/adapter_model.safetensors": kit.tensor_file(shuffled, __metadata__={"a": "b"})})
    )
    assert one.adapter is not None and other.adapter is not None
    assert one.adapter.sha256 == other.adapter.sha256


def test_half_precision_weights_are_read_as_the_numbers_they_are(take: Take, kit: Any, tmp_path: Any) -> None:
    import struct

    wide = kit.lora_tensors()
    halves, brains = {}, {}
    for name, (_, shape, data) in wide.items():
        numbers = struct.unpack(f"<{len(data) // 4}f", data)  # multiples of 1/64: exact in both formats
        halves[name] = ("F16", shape, struct.pack(f"<{len(numbers)}e", *numbers))
        brains[name] = ("BF16", shape, b"".join(data[at + 2 : at + 4] for at in range(0, len(data), 4)))
    digests = set()
    for tensors in (wide, halves, brains):
        report = take(kit.bundle({"adapter/adapter_model.safetensors": kit.tensor_file(tensors)}))
        assert report.adapter is not None
        digests.add(report.adapter.sha256)
        with (tmp_path / "work" / "one" / "adapter.safetensors").open("rb") as file:
            assert set(read_header(file.fileno(), "x", kit.limits).tensors) == {
                f"layers.0.{module}.{half}"
                for module in ("q_proj", "v_proj")
                for half in ("lora_A", "lora_B")
            }
    assert len(digests) == 1


def _changed(events: list[Any], kind: type, **fields: Any) -> bytes:
    at = max(index for index, event in enumerate(events) if isinstance(event, kind))
    events[at] = msgspec.structs.replace(events[at], **fields)
    return b"".join(encode(event) for event in events)


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        (Step, {"learning_rate": 5e-4}, "steps.learning_rate"),
        (Step, {"step": 9}, "steps.gap"),
        (Step, {"step": 10**15}, "steps.gap"),
        (Step, {"epoch": 0.1}, "steps.epoch"),
        (Step, {"tokens": 1}, "steps.tokens"),
        (Step, {"loss": -1.0}, "steps.loss"),
        (Step, {"loss": None}, "steps.loss"),
        (Step, {"t": 0.5}, "events.time"),
        (Step, {"seq": 99}, "events.gap"),
        (Plan, {"total_steps": 40}, "plan.figure"),
        (Plan, {"trainable_parameters": 7}, "plan.figure"),
        (Plan, {"train_rows": 8}, "plan.figure"),
        (Plan, {"rows_dropped": 8, "train_rows": 8}, "plan.dropped"),
        (Started, {"run_id": "another"}, "events.other_run"),
        (Started, {"started_at": "soon"}, "events.time"),
        (Finished, {"outcome": "cancelled"}, "events.outcome"),
    ],
)  # fmt: skip
def test_a_log_that_does_not_add_up_is_found(
    take: Take, kit: Any, kind: type, fields: dict[str, Any], code: str
) -> None:
    report = take(kit.bundle({"events.jsonl": _changed(kit.good_events(), kind, **fields)}))
    assert code in codes(report) and not report.refused


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("learning_rate", 1e-2, "spec.not_allowed"),
        ("max_length", 64, "spec.not_allowed"),
        ("method", "full", "spec.method"),
        ("lab", "other", "spec.other_lab"),
        ("num_train_epochs", 1e300, "spec.invalid"),
        ("gradient_accumulation_steps", 0, "spec.invalid"),
        ("max_steps", 10**9, "spec.invalid"),
        ("target_modules", "(.*)*", "spec.invalid"),
        ("task", "../../etc", "spec.invalid"),
    ],
)  # fmt: skip
def test_a_spec_that_was_not_set_is_found(take: Take, kit: Any, field: str, value: Any, code: str) -> None:
    spec = {**msgspec.to_builtins(kit.spec), field: value}
    assert code in codes(take(kit.bundle({"spec.json": msgspec.json.encode(spec)})))


def test_fields_may_be_turned_within_what_is_allowed(take: Take, kit: Any, expected: Any) -> None:
    spec = msgspec.structs.replace(kit.spec, learning_rate=3e-3)
    files = kit.good_files(kit.good_events(spec)) | {"spec.json": msgspec.json.encode(spec)}
    del files["manifest.json"]
    allowed = msgspec.structs.replace(expected, allowed={"learning_rate": Allowed(low=1e-3, high=5e-3)})
    assert "spec.not_allowed" not in codes(take(kit.bundle(files), against=allowed))
    narrow = msgspec.structs.replace(expected, allowed={"learning_rate": Allowed(choices=(1e-3,))})
    assert "spec.not_allowed" in codes(take(kit.bundle(files), against=narrow))


@pytest.mark.parametrize(
    "schedule",
    [
        "linear",
        "cosine",
        "constant",
        "constant_with_warmup",
        "inverse_sqrt",
        "polynomial",
        "cosine_with_restarts",
    ],
)
def test_logged_learning_rates_follow_transformers_own_schedules(schedule: str, kit: Any) -> None:
    import torch
    from transformers import get_scheduler

    from labs.estimate import steps_of
    from labs.grading.learning_rates import logged_learning_rate

    spec = msgspec.structs.replace(kit.spec, lr_scheduler_type=schedule, max_steps=20, warmup_steps=0.25)
    _, total, warmup = steps_of(spec, 16)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=spec.learning_rate)
    scheduler = get_scheduler(schedule, optimizer, num_warmup_steps=warmup, num_training_steps=total)
    for step in range(1, total + 1):
        assert logged_learning_rate(spec, step, warmup, total) == pytest.approx(
            scheduler.get_last_lr()[0], rel=1e-9, abs=1e-12
        )
        optimizer.step()
        scheduler.step()


def test_files_edited_after_the_run_are_found(take: Take, kit: Any) -> None:
    files = kit.good_files()
    edited = {**files, "scores.json": files["scores.json"].replace(b"0.5", b"0.9")}
    found = codes(take(kit.zipped({"bundle.json": kit.bundle_json(files), **edited})))
    assert {"bundle.changed", "manifest.changed", "scores.changed"} <= found
    other = {"predictions.jsonl": files["predictions.jsonl"].replace(b"six months", b"two weeks")}
    assert "predictions.changed" in codes(take(kit.bundle(other)))


def test_another_base_model_or_other_rows_are_found(take: Take, kit: Any, expected: Any) -> None:
    changed = msgspec.structs.replace(expected, base={"model.safetensors": "b2"}, data={"train": "d2"})
    assert {"base.other", "data.other"} <= codes(take(kit.bundle(), against=changed))


def test_an_unfinished_run_is_taken_in_and_said(take: Take, kit: Any) -> None:
    events = kit.good_events()[:-2]
    last = msgspec.structs.replace(kit.good_events()[-1], outcome="cancelled", seq=len(events) + 1)
    log = b"".join(encode(event) for event in [*events, last])
    gone = dict.fromkeys(("predictions.jsonl", "scores.json", "manifest.json"))
    report = take(kit.bundle({"events.jsonl": log, **gone}, outcome="cancelled"))
    assert not report.refused and {"run.unfinished", "manifest.missing"} == codes(report)


def test_what_a_student_wrote_is_cleaned(take: Take, kit: Any) -> None:
    evil = "\x1b]52;c;cm0gLXJm\x07[@click=app.quit]x\u202etxt"
    report = take(
        kit.bundle({"reflections.json": msgspec.json.encode([evil])}, name=evil, student="s\x1b[2J1")
    )
    for text in (report.name, report.student, report.reflections[0]):
        assert not set(text) & set("\x1b\x07\u202e")


def test_a_thousand_truncations_and_flips_each_end_with_a_name(take: Take, kit: Any) -> None:
    good = kit.bundle()
    choose = random.Random(7)
    refused = 0
    for number in range(1000):
        data = bytearray(good)
        if number % 3 == 0:
            del data[choose.randrange(len(data)) :]
        else:
            for _ in range(choose.choice((1, 1, 2, 8))):
                data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)
        report = take(bytes(data))
        refused += report.refused
        for finding in (*report.intake, *report.arithmetic):
            assert finding.code and finding.message
        # Stored entries have checksums, so a flip is seen unless it hits a field that says nothing (a date).
        assert report.refused or report.adapter is not None
    assert refused > 900


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(
        [
            "spec.json",
            "events.jsonl",
            "scores.json",
            "manifest.json",
            "adapter/adapter_config.json",
            "adapter/adapter_model.safetensors",
            "bundle.json",
        ]
    ),
    data=st.data(),
)
def test_damage_behind_a_right_checksum_ends_with_a_name_too(
    take: Take, kit: Any, name: str, data: Any
) -> None:
    content = bytearray(kit.good_files().get(name) or kit.bundle_json(kit.good_files()))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    report = take(kit.bundle({name: bytes(content)}))
    assert all(finding.code for finding in (*report.intake, *report.arithmetic))

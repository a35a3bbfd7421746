"""Augmentation: questions reworded, answers and figures untouched, training data only, origin on every new row."""

import json
import random
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.data.augment import AugmentOptions, augment
from labs.data.endpoint import EndpointParaphraser
from labs.data.errors import DataError
from labs.data.paraphrase import RULES
from labs.data.reading import rows

QUESTIONS = [
    "公司应该怎么支付员工的加班工资？",
    "如果公司不签合同，员工能要求双倍工资吗？",
    "试用期最长6个月，是不是？",
    "If I cancel order 4471, do I get the money back?",
    "Can you explain how the company pays staff?",
    "What is the notice period?",
]


@pytest.mark.parametrize("name", RULES)
def test_every_rule_rewords_some_question(name: str) -> None:
    said = [RULES[name](question, random.Random(1)) for question in QUESTIONS]
    assert sum(new is not None and new != old for new, old in zip(said, QUESTIONS, strict=True)) >= 2


@settings(max_examples=80)
@given(
    question=st.sampled_from(QUESTIONS),
    thing=st.sampled_from(
        [
            "订单 4471",
            "`do not(what is)`",
            "《什么时候解释》",
            '"what is big"',
            "https://a.cn/buy?error=1",
            "3.50",
        ]
    ),
    name=st.sampled_from(sorted(RULES)),
    seed=st.integers(0, 50),
)
def test_figures_code_and_quotations_are_never_touched(
    question: str, thing: str, name: str, seed: int
) -> None:
    said = RULES[name](f"{question} {thing}", random.Random(seed))
    if said is not None:
        assert thing in said
        assert sorted(re.findall(r"\d+", said)) == sorted(re.findall(r"\d+", f"{question} {thing}"))


def test_new_rows_say_where_they_came_from(
    lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]]
) -> None:
    source = lines_file(
        [chat(q, f"答案{at}", id=f"r{at}", group=f"g{at}") for at, q in enumerate(QUESTIONS)], "train.jsonl"
    )
    target = source.with_name("more.jsonl")
    report = augment(source, target, AugmentOptions(per_row=2, ratio=2, seed=5))
    found = [row for _, row in rows(target)]
    new = [row for row in found if "augmented" in row]
    assert report.rows == len(QUESTIONS) and report.added == len(new) == sum(report.by_rule.values()) > len(
        QUESTIONS
    )
    originals = {row["id"]: row for row in found if "augmented" not in row}
    assert [row for _, row in rows(source)] == list(originals.values())
    for row in new:
        origin = originals[row["augmented"]["from"]]
        assert row["id"].startswith(f"{origin['id']}-a")
        assert row["group"] == origin["group"]
        assert row["augmented"]["rule"] in RULES and row["augmented"]["seed"] == 5
        assert row["messages"][1] == origin["messages"][1]
        assert row["messages"][0]["content"] != origin["messages"][0]["content"]


def test_the_same_seed_gives_the_same_rows(
    lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]]
) -> None:
    source = lines_file([chat(q, "a") for q in QUESTIONS], "train.jsonl")
    made = []
    for number, seed in enumerate((1, 1, 2)):
        target = source.with_name(f"more{number}.jsonl")
        augment(source, target, AugmentOptions(seed=seed))
        made.append(target.read_bytes())
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize("name", ["test.jsonl", "law-validation.jsonl", "my_eval.jsonl", "dev.jsonl"])
def test_held_out_files_are_refused_by_name(
    lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]], name: str
) -> None:
    source = lines_file([chat("a", "b")], name)
    with pytest.raises(DataError, match="only training data"):
        augment(source, source.with_name("more.jsonl"))


def test_a_copy_that_equals_a_held_out_question_is_not_written(
    lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]]
) -> None:
    source = lines_file([chat("What is the notice period?", "a month")], "train.jsonl")
    options = AugmentOptions(rules=("synonym",))
    free = augment(source, source.with_name("free.jsonl"), options)
    assert free.added == 1
    copy = [row for _, row in rows(source.with_name("free.jsonl"))][1]
    held = lines_file([chat(copy["messages"][0]["content"], "another answer")], "test.jsonl")
    barred = augment(source, source.with_name("barred.jsonl"), options, held_out=[held])
    assert (barred.added, barred.held_out) == (0, 1)


def test_plain_text_has_no_question(lines_file: Callable[..., Path]) -> None:
    source = lines_file([{"text": "a"}], "train.jsonl")
    with pytest.raises(DataError, match="no question"):
        augment(source, source.with_name("more.jsonl"))


@pytest.fixture
def endpoint() -> Iterator[tuple[str, list[dict[str, Any]], list[bytes]]]:
    """A server that speaks the chat completions protocol: its address, what it was asked, what it will answer."""
    asked: list[dict[str, Any]] = []
    answers: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append({"path": self.path, "key": self.headers.get("Authorization"), **body})
            said = "Reworded: " + body["messages"][-1]["content"]
            data = (
                answers.pop()
                if answers
                else json.dumps({"choices": [{"message": {"content": said}}]}).encode()
            )
            self.send_response(200)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1", asked, answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_endpoint_can_reword(
    lines_file: Callable[..., Path],
    chat: Callable[..., dict[str, Any]],
    endpoint: tuple[str, list[dict[str, Any]], list[bytes]],
) -> None:
    address, asked, answers = endpoint
    source = lines_file([chat("q?", "a", id="r1")], "train.jsonl")
    rule = EndpointParaphraser(address, "qwen", "secret")
    report = augment(
        source, source.with_name("more.jsonl"), AugmentOptions(rules=()), extra_rules={"endpoint": rule}
    )
    assert report.by_rule == {"endpoint": 1}
    new = [row for _, row in rows(source.with_name("more.jsonl"))][1]
    assert new["messages"][0]["content"] == "Reworded: q?" and new["augmented"]["rule"] == "endpoint"
    assert (asked[0]["path"], asked[0]["key"], asked[0]["model"]) == (
        "/v1/chat/completions",
        "Bearer secret",
        "qwen",
    )
    answers.append(b'{"error": "no"}')
    with pytest.raises(DataError, match="another form"):
        rule("q", random.Random(1))


def test_an_endpoint_that_is_not_there_is_named() -> None:
    with pytest.raises(DataError, match="is the server running") as caught:
        EndpointParaphraser("http://127.0.0.1:9/v1", "m")("q", random.Random(1))
    assert caught.value.code == "endpoint.unreachable"
    with pytest.raises(DataError, match="no http address"):
        EndpointParaphraser("file:///etc/passwd", "m")

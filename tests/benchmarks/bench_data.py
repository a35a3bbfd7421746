"""Rows a second of reading, checking, cleaning and near-duplicate search, beside what people use today.

``FINETUTOR_BENCH_ROWS`` sets the rows that are generated (20,000 by default; near-duplicates take a fifth of them).
``FINETUTOR_BENCH_ROWS=1000000`` is the full size of the promise: about 500 MB of JSON lines, under 2 GiB of memory.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measure import Row, best_of

ROWS = int(os.environ.get("FINETUTOR_BENCH_ROWS", "20000"))
_MEMORY_BAR_MIB = 2048
_SYLLABLES = (
    "ka",
    "lo",
    "mi",
    "ter",
    "sun",
    "ve",
    "dra",
    "pol",
    "qui",
    "ne",
    "ho",
    "bar",
    "ste",
    "ul",
    "gra",
    "fi",
)
_HAN = "劳动合同期限员工公司支付工资试用解除通知经济补偿规定法律应当天数加班休假保险争议仲裁申请材料"


def write_rows(path: Path, rows: int, seed: int = 1) -> None:
    """Write ``rows`` conversations of about 500 bytes: half Chinese, one in twenty a duplicate of some kind."""
    rng = random.Random(seed)
    words = ["".join(rng.choices(_SYLLABLES, k=rng.randint(1, 4))) for _ in range(20_000)]
    recent: list[list[dict[str, str]]] = []
    with path.open("w", encoding="utf-8") as file:
        for at in range(rows):
            kind = rng.random()
            if recent and kind < 0.05:
                turns = [dict(turn) for turn in rng.choice(recent)]
                if kind < 0.02:
                    turns[0]["content"] = turns[0]["content"].upper() + "!"
                elif kind < 0.035:
                    turns[1]["content"] += " " + rng.choice(words)
            elif kind < 0.5:
                turns = _turns("".join(rng.choices(_HAN, k=40)), "".join(rng.choices(_HAN, k=90)))
            else:
                turns = _turns(" ".join(rng.choices(words, k=20)), " ".join(rng.choices(words, k=35)))
            recent.append(turns)
            if len(recent) > 1000:
                recent.pop(rng.randrange(1000))
            row = {"id": f"row-{at}", "group": f"g{at % 997}", "messages": turns}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _turns(question: str, answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def naive_clean(source: Path, target: Path) -> None:
    """What a notebook does: json.loads, two sets of whole strings, json.dumps."""
    seen: set[str] = set()
    with source.open(encoding="utf-8") as file, target.open("w", encoding="utf-8") as out:
        for line in file:
            row = json.loads(line)
            text = json.dumps(row["messages"], ensure_ascii=False)
            plain = " ".join("".join(char if char.isalnum() else " " for char in text.casefold()).split())
            if text in seen or plain in seen:
                continue
            seen.update((text, plain))
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def datasketch_near(source: Path) -> int:
    """MinHash LSH by datasketch over the same 5-grams; returns the rows that resemble an earlier one."""
    from datasketch import MinHash, MinHashLSH

    from labs.data.normalise import normalise

    index = MinHashLSH(threshold=0.85, num_perm=128)
    near = 0
    with source.open(encoding="utf-8") as file:
        for number, line in enumerate(file):
            plain = normalise("\n".join(turn["content"] for turn in json.loads(line)["messages"])).decode()
            sketch = MinHash(num_perm=128)
            sketch.update_batch({plain[at : at + 5].encode() for at in range(max(1, len(plain) - 4))})
            if index.query(sketch):
                near += 1
            else:
                index.insert(str(number), sketch)
    return near


def our_near(source: Path) -> int:
    """The same with ``NearIndex``."""
    from labs.data.near import NearIndex

    index = NearIndex(0.85)
    near = 0
    with source.open(encoding="utf-8") as file:
        for number, line in enumerate(file):
            text = "\n".join(turn["content"] for turn in json.loads(line)["messages"])
            near += index.add(text, number) is not None
    return near


_CHILD = """
import resource, sys, time
from pathlib import Path
source, target, near = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "near"
start = time.perf_counter()
if near:
    from tests.benchmarks.bench_data import our_near
    our_near(source)
else:
    from labs.data.check import check
    from labs.data.clean import clean
    report = check(source)
    assert report.counts["row.duplicate"] and report.counts["row.near-same"], report.counts
    clean(source, target)
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def _child(source: Path, target: Path, what: str) -> tuple[float, float]:
    """Seconds and peak MiB of a fresh process that does the work on the whole file."""
    command = [sys.executable, "-c", _CHILD, str(source), str(target), what]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, peak = done.stdout.split()
    return float(seconds), float(peak)


def measurements() -> Iterator[Row]:
    """Yield the rows of this area."""
    from labs.data.check import CheckOptions, check
    from labs.data.clean import CleanOptions, clean
    from labs.data.reading import rows as read_rows

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, near_source = folder / "rows.jsonl", folder / "near.jsonl"
        write_rows(source, ROWS)
        size = source.stat().st_size / 2**20
        repeats = 3 if ROWS <= 50_000 else 1

        def count_json() -> None:
            with source.open(encoding="utf-8") as file:
                for line in file:
                    json.loads(line)

        ours = best_of(lambda: sum(1 for _ in read_rows(source)), repeats)
        peer = best_of(count_json, repeats)
        yield Row("read JSON lines against json.loads", ours, peer, ours / peer, 1.0, "at_most", "s",
                  f"{ROWS} rows, {size:.0f} MiB, {ROWS / ours:,.0f} rows/s")  # fmt: skip

        options = CheckOptions()
        ours = best_of(lambda: check(source, options), repeats)
        yield Row("check everything against json.loads alone", ours, peer, ours / peer, 25.0, "at_most", "s",
                  f"{ROWS / ours:,.0f} rows/s")  # fmt: skip

        ours = best_of(lambda: clean(source, folder / "c.jsonl", CleanOptions(), force=True), repeats)
        peer = best_of(lambda: naive_clean(source, folder / "n.jsonl"), repeats)
        yield Row("remove exact and normalised duplicates", ours, peer, ours / peer, 1.0, "at_most", "s",
                  f"{ROWS / ours:,.0f} rows/s against a loop of json and sets")  # fmt: skip

        seconds, peak = _child(source, folder / "d.jsonl", "exact")
        yield Row("check and clean: peak memory", peak, _MEMORY_BAR_MIB, peak / _MEMORY_BAR_MIB, 1.0, "at_most", "MiB",
                  f"{ROWS} rows, {size:.0f} MiB, {seconds:.1f} s for both")  # fmt: skip

        few = max(2000, ROWS // 5)
        write_rows(near_source, few, seed=2)
        peer_rows = folder / "peer.jsonl"
        write_rows(peer_rows, min(few, 4000), seed=2)
        ours = best_of(lambda: our_near(peer_rows), 1)
        peer = best_of(lambda: datasketch_near(peer_rows), 1)
        yield Row("near-duplicates against datasketch", ours, peer, peer / ours, 3.0, "at_least", "s",
                  f"{min(few, 4000)} rows, {min(few, 4000) / ours:,.0f} rows/s")  # fmt: skip

        seconds, peak = _child(near_source, folder / "d.jsonl", "near")
        yield Row("near-duplicates: peak memory", peak, _MEMORY_BAR_MIB, peak / _MEMORY_BAR_MIB, 1.0, "at_most", "MiB",
                  f"{few} rows in {seconds:.1f} s, {few / seconds:,.0f} rows/s")  # fmt: skip

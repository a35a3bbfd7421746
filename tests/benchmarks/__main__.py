"""Run the benchmarks: ``python -m tests.benchmarks [AREA ...]``; a table on stderr, JSON lines on stdout.

``--save`` also writes ``docs/benchmarks/<date>.jsonl`` with the machine's description.
"""

import argparse
import datetime
import importlib
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run every ``bench_<area>.py`` that was asked for; the exit code says whether all promises were kept."""
    areas = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("areas", nargs="*", metavar="AREA", help=f"any of: {', '.join(areas)}")
    parser.add_argument("--save", action="store_true", help="keep the results under docs/benchmarks/")
    arguments = parser.parse_args()
    if unknown := set(arguments.areas) - set(areas):
        parser.error(f"no such area: {', '.join(sorted(unknown))}; there are {', '.join(areas)}")
    machine = {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }
    lines = [json.dumps(machine)]
    print(lines[0])
    print(f"{'promise':<58}{'ours':>10}{'peer':>10}{'ratio':>9}  bar", file=sys.stderr)
    kept = True
    for area in arguments.areas or areas:
        for row in importlib.import_module(f"tests.benchmarks.bench_{area}").measurements():
            kept = kept and row.met
            lines.append(json.dumps({"area": area, **asdict(row), "met": row.met}))
            print(lines[-1], flush=True)
            sign = "<=" if row.better == "at_most" else ">="
            verdict = "kept" if row.met else "MISSED"
            print(
                f"{row.name:<58}{row.ours:>10.4g}{row.peer:>10.4g}{row.ratio:>9.3g}  {sign} {row.bar:g} {verdict}",
                file=sys.stderr,
            )
    if arguments.save:
        folder = HERE.parent.parent / "docs" / "benchmarks"
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{machine['date'][:10]}.jsonl"  # type: ignore[index]
        target.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"kept in {target}", file=sys.stderr)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())

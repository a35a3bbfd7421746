"""`python -m tests.benchmarks.physics`: run what is missing, then write the tables. `--table` only writes them.

Results are appended to docs/physics/results.jsonl as they come, so that an interrupted session goes on where it was.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.physics.run import done, work
from tests.benchmarks.physics.trials import trials

ROOT = Path(__file__).resolve().parents[3]
RESULTS = ROOT / "docs" / "physics" / "results.jsonl"


def main() -> int:
    """Spread the missing trials over `--jobs` processes of one thread each."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.physics", description=__doc__)
    parser.add_argument("phenomena", nargs="*", type=int)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--keys", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    wanted = list(trials(arguments.seeds))
    if arguments.keys is not None:
        keys = frozenset(arguments.keys.split(","))
        work((trial for trial in wanted if trial.key in keys), arguments.results)
        return 0
    code = 0
    if not arguments.table:
        finished = done(arguments.results, wanted)
        missing = [
            trial.key
            for trial in wanted
            if trial.key not in finished
            and (not arguments.phenomena or trial.phenomenon in arguments.phenomena)
        ]
        workers = [_worker(arguments, missing[part :: arguments.jobs]) for part in range(arguments.jobs)]
        code = max(worker.wait() for worker in workers)
        if not arguments.phenomena or 13 in arguments.phenomena:
            from tests.benchmarks.physics.sizes import write_sizes

            write_sizes(ROOT / "docs" / "physics" / "sizes.json")
    from tests.benchmarks.physics.tables import write_tables

    write_tables(done(arguments.results, wanted), ROOT)
    return code


def _worker(arguments: argparse.Namespace, keys: list[str]) -> subprocess.Popen[bytes]:
    one_thread = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
    command = [sys.executable, "-m", "tests.benchmarks.physics", "--keys", ",".join(keys)]
    command += ["--seeds", str(arguments.seeds), "--results", str(arguments.results)]
    return subprocess.Popen(command, env={**os.environ, **one_thread, "HF_HUB_OFFLINE": "1"}, cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())

"""``python -m labs.grading.recomputing``: a RecomputeSetup on the first line of stdin, a RecomputeTask on each further one.

It says one line for each: ``{"ready": true}``, then a RecomputeAnswer, or ``{"error": {...}}``.
"""

import os
import sys
import traceback

import msgspec

from labs.errors import LabsError
from labs.grading.recompute_order import RecomputeSetup, RecomputeTask
from labs.worker.libraries import quieten


def main() -> int:
    """Answer until stdin ends."""
    quieten()
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    try:
        setup = msgspec.json.decode(sys.stdin.buffer.readline(), type=RecomputeSetup)
        from labs.grading.recomputing.recompute import Recomputer

        recomputer = Recomputer(setup)
    except BaseException as error:
        traceback.print_exc()
        answers.write(_error(error) + b"\n")
        return 1
    answers.write(b'{"ready":true}\n')
    for line in sys.stdin.buffer:
        try:
            answer = msgspec.json.encode(recomputer.recompute(msgspec.json.decode(line, type=RecomputeTask)))
        except BaseException as error:
            # Also what is no Exception, such as tokenizers' PanicException: one submission must not end the batch.
            traceback.print_exc()
            answer = _error(error)
        answers.write(answer + b"\n")
    return 0


def _error(error: BaseException) -> bytes:
    code = error.code if isinstance(error, LabsError) else "recompute.crashed"
    text = (str(error).strip().splitlines() or [""])[0][:300]
    return msgspec.json.encode({"error": {"code": code, "message": f"{type(error).__name__}: {text}"}})


if __name__ == "__main__":
    sys.exit(main())

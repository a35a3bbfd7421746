"""Grading a folder of bundles that nobody has to trust.

From the outside in, one idea a module:

- ``batch``: the whole class: intake in children, recomputation in a warm worker, then the gradebook. Start here.
- ``store``: the folder OUT: evidence files, marks, audit log. ``evidence``, ``grade``, ``marks``: the types in it.
- ``confinement``: a child process with limits, a deadline for its whole process group, no network where that works.
- ``intake``: what runs in that child: ``zip_reader``, ``strict_json``, ``adapter_config``, ``tensors`` parse bytes
  under a schema; ``arithmetic`` checks what can be checked without a model (steps, learning rates, counts, times).
- ``executor``: who does the work: children and workers here (``worker_handle``), or a cluster; ``recompute_order``: what they are told.
- ``recomputing``: the worker itself: base model loaded once, adapters swapped in, metrics on public and hidden rows, replay.
- ``expectation``, ``keys``: what a submission must agree with, and the digests by which nothing is done twice.
- ``rubric``: points from evidence; ``late``, ``roster``, ``choose``: lateness, who is who, which submission counts.
- ``gradebook``: all grades of a class, before and after a regrade; ``tables``, ``marks_csv``: as CSV.
"""

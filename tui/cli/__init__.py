"""The ``finetutor`` command, one module a group; results go to stdout, everything else to stderr."""

"""The Textual app and the ``finetutor`` command: the only package that composes the others."""

__version__ = "0.1.0"

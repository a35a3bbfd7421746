"""Training data: read, check, clean, augment, split and look at it. Light to import; heavy parts load when called.

Where to start: ``formats.detect`` and ``convert.convert``, ``check.check``, ``clean.clean``, ``split.split``,
``leakage.find_leaks``, ``lengths.measure``, ``masks.label_mask``, ``report.look``.
"""

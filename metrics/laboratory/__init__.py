"""The metric laboratory: one set of predictions under several definitions, and why the numbers move."""

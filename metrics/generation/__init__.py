"""Scores of generated text against references, and of its form alone."""

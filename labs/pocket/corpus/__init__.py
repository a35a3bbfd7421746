"""Text for the bundled base model, generated from a seed: nothing is downloaded and nothing is copied."""

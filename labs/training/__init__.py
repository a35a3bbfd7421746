"""What the worker runs: loading, training, checkpoints, evaluation. torch and its friends live here only."""

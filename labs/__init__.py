"""Labs: catalogue, run specs, the launcher and its worker, run folders, data, and the bundled base model."""

"""The part of grading that runs models; torch and its friends live here, as in ``labs.training``."""

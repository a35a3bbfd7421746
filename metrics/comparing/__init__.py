"""Is one system better than another: paired tests, sample sizes, A/B designs and human ratings."""

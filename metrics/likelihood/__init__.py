"""Perplexity and its relatives, from summed negative log-likelihoods in nats."""

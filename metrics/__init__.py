"""Numbers from texts, labels and log-likelihoods, each with a signature that says how it was made."""

"""What Home says, worked out without a screen: the next step with its reason, readiness, days, labs."""

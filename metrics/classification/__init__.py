"""Scores of labels: accuracy, precision, recall, F1, the confusion matrix, and agreement between raters."""

"""Similarity of meaning: TF-IDF offline, sentence embeddings and BERTScore with any local encoder."""

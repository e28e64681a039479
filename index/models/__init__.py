"""The embedder, the cross-encoder and their tokens, and where weights come from."""

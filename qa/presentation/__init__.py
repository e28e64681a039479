"""Puts what was found into the words that are shown. Knows nothing of retrieval, models or confidence."""

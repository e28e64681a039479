"""Question words in, hits out: vectors, terms, fusion, reranking and scope."""

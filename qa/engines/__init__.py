"""Language models behind one Protocol: llama.cpp, transformers, and OpenAI-compatible servers."""

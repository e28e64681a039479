"""Articles and questions in eleven languages, and how often a question finds its article: see `measure.py`."""

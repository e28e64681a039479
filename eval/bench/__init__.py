"""Measurements of the evaluation itself and of its systems, run by `python -m eval.bench.NAME`."""

"""Footnote's own form as a Gold; see `eval.gold` for what it looks like. Knows nothing of other formats."""

from __future__ import annotations

from pathlib import Path

from eval.gold import Gold, load_gold


def read(path: Path, option: str, name: str) -> Gold:
    """The gold set in `path`, about the user's own library."""
    return Gold(name, load_gold(path), None)

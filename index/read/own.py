"""What is Footnote's own and no article: the folder of a library, wherever it lies among articles."""

from __future__ import annotations

import os
from collections.abc import Sequence

from index.paths import LIBRARY

_OWN = frozenset(("people", "terms", "feedback.jsonl", "feedback.drafts.jsonl", "watched.json"))
"""What Footnote writes there and could be taken for articles, or be long to walk through."""


def others(folders: Sequence[str], names: Sequence[str], *, top: bool) -> tuple[list[str], list[str]]:
    """Of the folders and files in a folder those that aren't a library's.

    Of a library's folder none; where it is the one that was named, at the `top`, all but what Footnote writes there:
    articles may lie beside it.

    >>> others(["people", "a"], ["library.db", "feedback.jsonl", "b.md"], top=True)
    (['a'], ['library.db', 'b.md'])
    >>> others(["uploads"], ["library.db", "b.md"], top=False), others(["people"], ["feedback.jsonl"], top=False)
    (([], []), (['people'], ['feedback.jsonl']))
    """
    if LIBRARY not in names:
        return list(folders), list(names)
    if not top:
        return [], []
    return [name for name in folders if name not in _OWN], [name for name in names if name not in _OWN]


def is_own(path: str, top: str) -> bool:
    """Whether what lies below the folder `top` is a library's, as `others` says."""
    folder, top = os.path.abspath(path), os.path.abspath(top)
    while len(folder := os.path.dirname(folder)) > len(top):
        if os.path.exists(os.path.join(folder, LIBRARY)):
            return True
    first = os.path.relpath(path, top).split(os.sep)[0]
    return first in _OWN and os.path.exists(os.path.join(top, LIBRARY))

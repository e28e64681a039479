"""Quotes that a reader has kept, each with a remark: stored in the library's folder, shown in their articles, exported.

Knows nothing of conversations, nor of who shows the notes.
"""

from __future__ import annotations

from qa.notes.opening import opened
from qa.notes.store import FILE, Notes
from qa.notes.types import Note

__all__ = ["FILE", "Note", "Notes", "opened"]

"""Conversations that are kept in the library's folder, opened again with their citations, and exported.

Knows nothing of how questions are answered, nor of who shows the conversations.
"""

from __future__ import annotations

from qa.conversations.opening import opened
from qa.conversations.store import FILE, Conversations, is_kept, settings_of
from qa.conversations.types import Conversation, Exchange, Kept, Listed

__all__ = [
    "FILE",
    "Conversation",
    "Conversations",
    "Exchange",
    "Kept",
    "Listed",
    "is_kept",
    "opened",
    "settings_of",
]

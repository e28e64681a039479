"""Reads a question once: whole without its conversation, of which kind, how long an answer it wants."""

from __future__ import annotations

from index.types import Embedder
from qa.followup.rewrite import Standalone
from qa.types import Question
from qa.understand.kind import kinds_of
from qa.understand.length import wished_length


def understand(question: str, whole: Standalone, embedder: Embedder) -> Question:
    """The question as every later stage reads it; `whole` is its standalone form."""
    kind, fuller = kinds_of(whole.question, embedder)
    return Question(question, whole.question, whole.searched(), kind, *wished_length(question), fuller=fuller)

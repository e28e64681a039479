"""Drafts questions with their evidence out of a library. Being written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from eval.drafts import KINDS, Proposal
from index.library import Library
from qa.types import LanguageModel


def propose(
    library: Library,
    model: LanguageModel,
    *,
    n: int,
    seed: int = 0,
    kinds: Sequence[str] = KINDS,
    done: Sequence[Proposal] = (),
    say: Callable[[str], None] | None = None,
) -> Iterator[Proposal]:
    """Up to `n` proposals."""
    yield from ()

"""News questions over a pile of short snippets, most of which are about something like what is asked.

Made of a REALTIME QA set in the manner of RGB (Chen et al. 2024, Benchmarking Large Language Models in
Retrieval-Augmented Generation): for each question three snippets of different articles that hold the answer's words and
words of the question, and seven of what a web search found for it that don't hold the answer; all in one library. No
snippet has a title of its own. Nobody judged them: what holds the answer's words counts as supporting.

With "distractors" the supporting snippets are left out, and no question can be answered. Knows nothing of other sets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.gold import Gold, GoldEvidence, GoldQuestion
from eval.reading import rows
from index.errors import BadDocument, BadGold
from index.language.words import stems
from index.read import make_article
from index.types import Article

SUPPORTING, DISTRACTING = 3, 7
"""Snippets of a question."""
LONG = 700
"""Characters of a snippet, at most, unless its one paragraph is longer."""
SHARED = 0.4
"""The part of the question's words that a supporting snippet holds, at least."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A run of paragraphs of an article, and the part of the question's words that it holds."""

    text: str
    published: str
    shared: float


def read(
    file: Path, articles: Path, asked: Callable[[dict[str, Any], str], GoldQuestion], option: str
) -> Gold:
    """The questions in `file` that have enough snippets in `articles`, with these.

    `asked` makes a question of a row of `file`. Raises BadGold where no question has enough.
    """
    known = {str(row.get("id")): row for _, row in rows(articles)}
    silent = option == "distractors"
    questions, pile = [], []
    for where, row in rows(file):
        question = asked(row, where)
        if not question.evidence:
            continue
        supporting, others = _split(question, [known[i] for i in row.get("retrieved") or () if i in known])
        if len(supporting) < SUPPORTING or len(others) < DISTRACTING:
            continue
        chosen = [*([] if silent else supporting[:SUPPORTING]), *others[:DISTRACTING]]
        names = [f"{question.id}-{number}" for number in range(len(chosen))]
        pile += list(zip(names, chosen, strict=True))
        evidence = () if silent else tuple(GoldEvidence(name, "") for name in names[:SUPPORTING])
        kept = replace(question, evidence=evidence, kind=option)
        questions.append(replace(kept, answers=(), answerable=False) if silent else kept)
    if not questions:
        raise BadGold(
            f"{file}: no question has {SUPPORTING} articles that answer it and {DISTRACTING} others"
        )
    return Gold(f"realtimeqa:{option}", questions, lambda: _articles(pile))


def _split(question: GoldQuestion, found: Sequence[dict[str, Any]]) -> tuple[list[Snippet], list[Snippet]]:
    """The best snippet of each article that holds an answer, and those that hold none; best first."""
    content = stems(question.question)
    answers = [
        re.compile(rf"(?<!\w){re.escape(answer)}(?!\w)", re.IGNORECASE)
        for answer in question.answers
        if answer
    ]
    supporting, others = [], []
    for row in found:
        best: dict[bool, Snippet] = {}
        for text in _windows(str(row.get("text") or "")):
            shared = len(content & stems(text)) / max(len(content), 1)
            holds = any(answer.search(text) for answer in answers)
            if holds not in best or shared > best[holds].shared:
                best[holds] = Snippet(text, str(row.get("publish_date") or ""), shared)
        if True in best and best[True].shared >= SHARED:
            supporting.append(best[True])
        if False in best:
            others.append(best[False])
    return sorted(supporting, key=lambda s: -s.shared), sorted(others, key=lambda s: -s.shared)


def _windows(text: str) -> Iterator[str]:
    """Runs of whole paragraphs of about LONG characters, one after the other."""
    run: list[str] = []
    for paragraph in filter(None, map(str.strip, text.split("\n"))):
        if run and len("\n".join([*run, paragraph])) > LONG:
            yield "\n\n".join(run)
            run = []
        run.append(paragraph)
    if run:
        yield "\n\n".join(run)


def _articles(pile: Sequence[tuple[str, Snippet]]) -> Iterator[Article]:
    for name, snippet in pile:
        with suppress(BadDocument):
            yield make_article(snippet.text, title="", published=snippet.published, source=name)

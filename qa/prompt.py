"""The words that the language model sees. Knows nothing of engines, retrieval or citation.

First the evidence, then the instruction, the question last, and no system prompt of our own: chosen by measurement
(docs/design/007-trust.md). The phrase is asked of all the evidence; what follows it, of the sentence that holds the
phrase and the one before, so that only these short prompts begin alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.types import Article
from qa.types import Evidence, Message
from qa.untrusted import addresses_reader, as_line

SHORT = (
    "Copy the shortest phrase from the passages that answers the question. Write only the phrase.\n\n"
    "Question: {question}"
)

SENTENCE = "Now write one short sentence that gives this answer to the question, and add nothing else."

ANSWERABLE = (
    "Do the passages state the answer to this exact question? Check every name, date and condition in the "
    "question against the passages. Answer Yes or No.\n\nQuestion: {question}"
)

SUPPORTED = (
    "Is every part of this statement supported by the passages? Check every name, number, date and condition in "
    "the statement against the passages. Answer Yes or No.\n\nStatement: {sentence}"
)

LEAD = (
    "Using only the passages, answer the question in one or two short sentences, in plain words of your own. "
    "Add nothing that the passages do not say.\n\nQuestion: {question}"
)

FULL = (
    "Using only the passages, answer the question in full, in plain words of your own, in four to eight sentences. "
    "Add nothing that the passages do not say.\n\nQuestion: {question}"
)

VAGUE = re.compile(r"(?<!\s)\s+(?:this week|recently|lately|these days|today)(?:['’]s)?(?!\w)")
"""Words that count time from the asking; in lower case, so that no newspaper is among them."""


def evidence_block(evidence: Sequence[Evidence]) -> str:
    """The evidence as the model reads it: per article a heading, then its sentences in reading order.

    A gap between sentences that do not follow one another is marked with "[...]".
    """
    parts: list[str] = []
    last: Evidence | None = None
    for item in evidence:
        if last is None or item.article.id != last.article.id:
            parts.append(("\n\n" if parts else "") + heading(item.article) + "\n" + item.text)
        elif item.article.text[last.end : item.start].strip():
            parts.append(" [...] " + item.text)
        else:
            parts.append(" " + item.text)
        last = item
    return "".join(parts)


def heading(article: Article) -> str:
    """One line naming an article: title, publisher and date, as far as they are known and give the reader no orders."""
    parts = (article.publisher, article.published)
    known = [as_line(part) for part in parts if part and not addresses_reader(part)]
    title = "Untitled" if addresses_reader(article.title) else as_line(article.title)
    return f"## {title}" + (f" ({', '.join(known)})" if known else "")


def _messages(evidence: Sequence[Evidence], task: str) -> list[Message]:
    return [Message("user", f"Passages:\n\n{evidence_block(evidence)}\n\n{task}")]


def short_messages(question: str, evidence: Sequence[Evidence]) -> list[Message]:
    """The chat that asks for the shortest phrase."""
    return _messages(evidence, SHORT.format(question=question))


def sentence_messages(question: str, evidence: Sequence[Evidence], short: str) -> list[Message]:
    """The same chat gone on with: the phrase was given, a full sentence is asked for."""
    return [*short_messages(question, evidence), Message("assistant", short), Message("user", SENTENCE)]


def answerable_messages(question: str, evidence: Sequence[Evidence]) -> list[Message]:
    """The chat whose next word is Yes or No: do the passages hold the answer?

    "This week" is left out: no passage can say which week the question means, and the model takes that for a No.
    """
    return _messages(evidence, ANSWERABLE.format(question=VAGUE.sub("", question)))


def lead_messages(question: str, quotes: Sequence[Evidence], *, full: bool = False) -> list[Message]:
    """The chat that asks for a few sentences on what the quotes say of an open question, or for a whole answer."""
    return _messages(quotes, (FULL if full else LEAD).format(question=question))


def supported_messages(sentence: str, quotes: Sequence[Evidence]) -> list[Message]:
    """The chat whose next word is Yes or No: do the quotes say what the sentence says, "this week" aside?"""
    return _messages(quotes, SUPPORTED.format(sentence=VAGUE.sub("", sentence)))

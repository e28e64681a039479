"""The public sets as passages and questions that any search can be judged on. Knows nothing of libraries or systems.

    scifact      each abstract is a passage; a claim's relevant abstracts are the set's own judgements
    squad2       each distinct paragraph is a passage; the question's own paragraph is the relevant one
    realtimeqa   articles cut into passages of 200 words; a passage that says the answer is a hit

A passage is an Article of its own, whose id is the set's: so every system searches the very same texts, and none gains
by cutting them better.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from eval import formats
from eval.gold import GoldEvidence, GoldQuestion
from eval.metrics.answer_substring import answer_substring
from eval.metrics.mrr import article_reciprocal_rank
from eval.metrics.ndcg import article_ndcg_at_k
from eval.metrics.normalise import normalise
from eval.metrics.recall_at_k import article_hit_at_k, article_recall_at_k
from index.errors import BadGold
from index.types import Article

WORDS = 200
"""Words of a passage of RealTimeQA, separated by whitespace."""
SHORTEST = 4
"""Answers of fewer characters stand in many articles that have nothing to do with the question."""
DEEPEST = 20
"""How many passages are judged at most."""

Measure = Callable[[GoldQuestion, Sequence[str]], dict[str, float]]


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """Passages, questions, and how the ids of the passages found for a question are scored.

    `measure` gives the metrics of one question by name, the first of which is the one to compare by. Questions of
    one `group` are about the same article or from the same week. `about` says in words what was counted.
    """

    name: str
    passages: tuple[Article, ...]
    questions: list[GoldQuestion]
    measure: Measure
    about: str


def load(name: str, data: Path, split: str = "test", articles: int | None = None) -> RetrievalSet:
    """The set of that name from the folder of all sets.

    `split` is SciFact's, the others have one only. `articles` draws so many of RealTimeQA's, and the questions whose
    answers these say.

    Raises KeyError for an unknown name; BadGold for files that can't be read, or without a question that counts.
    """
    readers = {
        "scifact": lambda: scifact(data / "scifact", split),
        "squad2": lambda: squad2(data / "squad2" / "dev.json"),
        "realtimeqa": lambda: realtimeqa(data / "realtimeqa", articles),
    }
    bench = readers[name]()
    if not bench.questions:
        raise BadGold(
            f"{data / name} holds no question whose answer its articles say: add questions or articles"
        )
    return bench


def scifact(folder: Path, split: str = "test") -> RetrievalSet:
    """BEIR's SciFact: nDCG@10, comparable with published figures, and recall@10."""
    gold = formats.load(Path(f"{folder}:{split}"), "beir")
    assert gold.articles is not None
    passages = tuple(replace(article, id=article.source) for article in gold.articles())
    about = f"{len(gold.questions):,} claims ({split}), {len(passages):,} abstracts"
    return RetrievalSet("scifact", passages, gold.questions, _graded, about)


def squad2(file: Path) -> RetrievalSet:
    """SQuAD 2.0's answerable questions over all of its paragraphs: recall@5, @1, @10 and MRR.

    A paragraph that an article has twice is one passage. `group` is the article.
    """
    gold = formats.load(file, "squad")
    assert gold.articles is not None
    first: dict[tuple[str, str], Article] = {}
    same: dict[str, str] = {}
    for article in gold.articles():
        kept = first.setdefault((article.title, article.text), replace(article, id=article.source))
        same[article.source] = kept.id
    questions = [
        replace(
            question,
            evidence=tuple(GoldEvidence(same[e.article], "") for e in question.evidence),
            group=question.group.rpartition("#")[0],
        )
        for question in gold.questions
        if question.answerable
    ]
    groups = len({question.group for question in questions})
    about = f"{len(questions):,} answerable questions about {groups} articles, {len(first):,} paragraphs"
    return RetrievalSet("squad2", tuple(first.values()), questions, _own_paragraph, about)


def realtimeqa(folder: Path, articles: int | None = None) -> RetrievalSet:
    """RealTimeQA's questions whose answer stands in an article: is it in one of the top 10 passages (@1, @5, @20)?

    A question counts when its first answer has at least 4 characters and occurs in some article as whole words
    after normalising. `group` is the date of the quiz.
    """
    gold = formats.load(folder, "realtimeqa")
    assert gold.articles is not None
    drawn, asked = list(gold.articles()), gold.questions
    if articles is not None:
        drawn, asked = _drawn(drawn, asked, articles)
    passages = tuple(part for article in drawn for part in cut(article))
    long = [q for q in asked if q.answers and len(q.answers[0]) >= SHORTEST]
    answers = {normalise(question.answers[0]) for question in long}
    texts = [(passage.source, normalise(passage.text)) for passage in passages]
    in_articles = said_in(
        (" ".join(text for _, text in parts) for _, parts in groupby(texts, lambda pair: pair[0])), answers
    )
    in_passages = said_in((text for _, text in texts), in_articles)
    questions = [replace(q, answers=q.answers[:1]) for q in long if normalise(q.answers[0]) in in_articles]
    reachable = sum(normalise(q.answers[0]) in in_passages for q in questions)
    held = {passage.id: passage.text for passage in passages}

    def measure(question: GoldQuestion, ids: Sequence[str]) -> dict[str, float]:
        hits = [answer_substring([held[id]], question.answers) for id in ids[:DEEPEST]]
        return {f"answer@{k}": max(hits[:k], default=0.0) for k in (10, 1, 5, 20)}

    about = (
        f"{len(questions):,} of {len(gold.questions):,} questions, whose answer of at least {SHORTEST} characters "
        f"stands in one of {len(drawn):,} articles ({reachable:,} in a passage); {len(passages):,} passages of "
        f"{WORDS} words"
    )
    return RetrievalSet("realtimeqa", passages, questions, measure, about)


def _drawn(
    articles: list[Article], questions: list[GoldQuestion], most: int
) -> tuple[list[Article], list[GoldQuestion]]:
    """Questions in a random order, always the same, for as long as the articles that say their answers fit."""
    wanted: set[str] = set()
    drawn = []
    for question in random.Random(0).sample(questions, len(questions)):
        sources = {evidence.article for evidence in question.evidence}
        if sources and len(wanted | sources) <= most:
            wanted |= sources
            drawn.append(question)
    return [article for article in articles if article.source in wanted], drawn


SETS = ("scifact", "squad2", "realtimeqa")


def cut(article: Article, words: int = WORDS) -> list[Article]:
    """The article in pieces of so many words, each an Article with the id SOURCE#N, N counting from 1.

    >>> long = Article("x", "Floods", "It rained.  They fled.", source="a1", published="2024-01-05")
    >>> [(part.id, part.text) for part in cut(long, 3)]
    [('a1#1', 'It rained.  They'), ('a1#2', 'fled.')]
    """
    spans = [match.span() for match in re.finditer(r"\S+", article.text)]
    starts = range(0, len(spans), words)
    return [
        replace(
            article,
            id=f"{article.source}#{number}",
            text=article.text[spans[at][0] : spans[min(at + words, len(spans)) - 1][1]],
        )
        for number, at in enumerate(starts, start=1)
    ]


def said_in(texts: Iterable[str], answers: Iterable[str]) -> set[str]:
    """Those of the answers that stand in some text as whole words; both are normalised.

    >>> sorted(said_in(["storm hit utah", "new york flooded"], ["utah", "york", "new", "ork"]))
    ['new', 'utah', 'york']
    """
    # By its longest word an answer is looked for in the few texts only that can hold it.
    waiting: dict[str, set[str]] = {}
    for answer in filter(None, answers):
        waiting.setdefault(max(answer.split(), key=len), set()).add(answer)
    found: set[str] = set()
    for text in texts:
        padded = f" {text} "
        for word in waiting.keys() & set(text.split()):
            said = {answer for answer in waiting[word] if f" {answer} " in padded}
            found |= said
            waiting[word] -= said
            if not waiting[word]:
                del waiting[word]
    return found


def _relevance(question: GoldQuestion) -> dict[str, int]:
    return {evidence.article: evidence.relevance for evidence in question.evidence}


def _graded(question: GoldQuestion, ids: Sequence[str]) -> dict[str, float]:
    relevance = _relevance(question)
    return {
        "nDCG@10": article_ndcg_at_k(ids, relevance, 10),
        "recall@10": article_recall_at_k(ids, relevance, 10),
    }


def _own_paragraph(question: GoldQuestion, ids: Sequence[str]) -> dict[str, float]:
    relevance = _relevance(question)
    recall = {f"recall@{k}": article_hit_at_k(ids, relevance, k) for k in (5, 1, 10)}
    return recall | {"MRR": article_reciprocal_rank(ids, relevance, DEEPEST)}

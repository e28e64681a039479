"""What metrics, stages and numbers are called where people read them. Knows no runs and no pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Answers", ("right", "exact_match", "token_f1", "answer_substring", "nugget_recall", "words")),
    ("Refusals", ("abstention_precision", "abstention_recall", "abstention_f1", "false_abstention")),
    ("Passages found", ("recall@", "hit@", "ndcg@", "mrr@", "mrr")),
    ("Articles found", ("article_recall@", "article_hit@", "article_ndcg@", "article_mrr@")),
    ("Citations, against the gold quotes", ("citation_recall", "citation_precision", "citation_f1")),
    ("Citations, as the verifier judges them", ("alce_recall", "alce_precision", "alce_f1", "faithfulness")),
)
"""Metrics by what they are about, in the order of a table; a name that ends in @ stands for every k."""

VERIFIED = GROUPS[-1][0]
"""The group whose metrics are only as good as the verifier."""

_LABELS = {
    "exact_match": "exact match",
    "token_f1": "token F1",
    "answer_substring": "answer contained",
    "abstention_precision": "refusals that are right",
    "abstention_recall": "rightly refused",
    "abstention_f1": "refusal F1",
    "false_abstention": "wrongly refused",
    "citation_recall": "recall",
    "citation_precision": "precision",
    "citation_f1": "F1",
    "alce_recall": "recall",
    "alce_precision": "precision",
    "alce_f1": "F1",
    "mrr": "MRR",
}

MEANINGS: tuple[tuple[str, str], ...] = (
    (
        "right",
        "Half of the answer’s words are right, an expected answer or half of the expected facts stand in it, and it "
        "cites gold evidence; "
        "a question without an answer was refused.",
    ),
    ("exact match", "The answer equals an expected one, but for articles, case and punctuation."),
    ("token F1", "How far the words of the answer and of the nearest expected answer are the same."),
    ("nugget recall", "The share of the expected facts that stand in the answer, in one of their wordings."),
    ("words", "How long the answers to such questions are."),
    ("answer contained", "An expected answer stands somewhere in what was answered."),
    ("rightly refused", "Of the questions that the articles don’t answer, the share that was refused."),
    (
        "wrongly refused",
        "Of the questions that the articles do answer, the share that was refused; lower is better.",
    ),
    ("refusals that are right", "Of all refusals, the share where the articles hold no answer."),
    ("recall@k", "The share of gold quotes (or articles) among the first k results."),
    ("hit@k", "The share of questions with at least one gold quote (or article) among the first k results."),
    (
        "nDCG@k, MRR@k",
        "How near the top of the results the gold evidence stands; 100 is first place throughout.",
    ),
    (
        "citation recall, precision, F1",
        "How much of the gold evidence is cited, and how much of what is cited is gold.",
    ),
    (
        "judged by the verifier",
        "Whether each sentence follows from its citations (recall) and needs each of them (precision).",
    ),
    ("faithfulness", "The share of sentences that follow from what the model was given."),
    ("95% interval", "Where the figure would fall with other questions of the same kind, 19 times of 20."),
)
"""(term, what it means) for readers who are new to these metrics."""

STAGES: dict[str, str] = {
    "error": "The system failed.",
    "not retrieved": "The evidence was not among the passages found.",
    "not selected": "The evidence was found, but not given to the model.",
    "wrong answer": "The model had the evidence and answered something else.",
    "wrong citation": "The answer is right, but cites none of the gold evidence.",
    "wrongly refused": "The model had the evidence, and the question was refused.",
    "not refused": "The articles hold no answer, and one was given.",
}
"""What went wrong, in words, in the order in which a question passes the stages."""

_TONES = {
    "right": "good",
    "not retrieved": "search",
    "not selected": "search",
    "wrongly refused": "warn",
    "error": "bad",
    "wrong answer": "bad",
    "wrong citation": "bad",
    "not refused": "bad",
}


def tone(stage: str) -> str:
    """The family of colours of a stage: good, search, warn, bad, or plain for one that isn't known."""
    return _TONES.get(stage, "plain")


def label(metric: str, *, alone: bool = False) -> str:
    """What a metric is called within its group; `alone` for where no group is named.

    >>> label("token_f1"), label("article_ndcg@10"), label("citation_f1"), label("citation_f1", alone=True)
    ('token F1', 'nDCG@10', 'F1', 'citation F1')
    """
    if alone and metric.startswith("alce_"):
        return f"citation {label(metric)}, verified"
    if alone and metric.startswith("citation_"):
        return f"citation {label(metric)}"
    base = metric if alone else metric.removeprefix("article_")
    words = base.replace("ndcg", "nDCG").replace("mrr", "MRR").replace("_", " ")
    return _LABELS.get(metric, words)


def grouped(names: Iterable[str]) -> list[tuple[str, list[str]]]:
    """The metrics by group, each in its place; those of no group last.

    >>> grouped(["recall@10", "token_f1", "recall@5", "novel"])
    [('Answers', ['token_f1']), ('Passages found', ['recall@5', 'recall@10']), ('Others', ['novel'])]
    """
    left = list(dict.fromkeys(names))
    found = []
    for title, members in GROUPS:
        mine = [
            name
            for member in members
            for name in sorted((n for n in left if n == member or _is_at(n, member)), key=cutoff)
        ]
        left = [name for name in left if name not in mine]
        found.append((title, mine))
    return [(title, mine) for title, mine in (*found, ("Others", left)) if mine]


def cutoff(metric: str) -> int:
    """The k of a metric at k; 0 without one.

    >>> cutoff("recall@10"), cutoff("token_f1")
    (10, 0)
    """
    k = metric.rpartition("@")[2]
    return int(k) if "@" in metric and k.isdecimal() else 0


def _is_at(name: str, member: str) -> bool:
    return member.endswith("@") and name.startswith(member)


def count(n: int, noun: str) -> str:
    """A number with its noun.

    >>> count(1, "question"), count(1200, "question")
    ('1 question', '1,200 questions')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def day(moment: object) -> str:
    """An ISO time as a day in words; anything else as it stands, and nothing for None.

    >>> day("2026-11-22T03:11:26+00:00"), day(None)
    ('22 November 2026', '')
    """
    try:
        at = datetime.fromisoformat(str(moment))
    except ValueError:
        return "" if moment is None else str(moment)
    return f"{at.day} {at:%B %Y}"


def size(n: object) -> str:
    """Bytes in the unit that suits.

    >>> size(413_634), size(2_500_000_000)
    ('414 kB', '2.5 GB')
    """
    value = float(n) if isinstance(n, (int, float)) else 0.0
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def percent(share: float, sign: str = "%") -> str:
    """A share in per cent with one decimal.

    >>> percent(0.6333), percent(1.0, "")
    ('63.3%', '100.0')
    """
    return f"{100 * share:.1f}{sign}"


def seconds(value: float) -> str:
    """Seconds with about three digits.

    >>> seconds(0.004), seconds(0.0319), seconds(17.06), seconds(131.2)
    ('0.004', '0.03', '17.1', '131')
    """
    if 0 < value < 0.00995:
        return f"{value:.3f}"
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"

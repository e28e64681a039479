"""What kind of answer a question wants: a linear classifier over its vector, its words and its outline.

The outline is the question with its rarer words left out: "how do X and X differ". Learned from examples (`lab/kinds`);
`python -m lab.kinds.fit` makes the weights again. Knows nothing of articles.
"""

from __future__ import annotations

import functools
import math
import re
import zlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

from index.language.languages import folded, language_of
from qa.followup.ellipsis import LEAD
from qa.followup.pronouns import leaning
from qa.types import Kind

if TYPE_CHECKING:
    from index.types import Embedder, Vectors

KINDS: tuple[Kind, ...] = get_args(Kind)
WEIGHTS = Path(__file__).with_name("kind.npz")
"""`weights` (kinds, features) and `bias` (kinds,) for the embedder whose hash is `embedder`; `plain_weights` and
`plain_bias` for any other, whose vectors mean nothing to it; and `words`, the ones that an outline keeps."""
BUCKETS = 8192
"""Features of words are hashed into so many."""
DENSE, SPARSE = 3.0, 0.5
"""The lengths of a vector's and of a word's part; chosen by cross-validation."""
OPENING = 5
"""So many first words count by their place as well."""
MAYBE_FACT = 0.4
"""What is a fact this likely is answered as one: that way refuses what it isn't sure of."""
SURELY_FACT, MAYBE_FULLER = 0.75, 0.2
"""What is a fact less likely than the one, and of these kinds more likely than the other, is answered as they are where
no fact is found:"""
FULLER: tuple[Kind, ...] = ("explain", "listing")
WITHOUT_SEARCH: tuple[Kind, ...] = ("courtesy", "catalogue")
"""What no article is searched for."""
CERTAIN = 0.6
"""How likely one of these must be; else the question is of the likeliest other kind. "Who wrote You Must Have Been a
Beautiful Baby?" had been greeted. 283 of 306 held-back questions are told rightly so, and 282 without."""
MAYBE_PLAIN, LEAST_PLAIN = 0.2, 0.6
"""Without the vectors that it was fitted to, what may be a fact this likely, or is of no kind this likely, is one."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[?:,]")


class _Model(NamedTuple):
    weights: Vectors
    bias: Vectors
    plain_weights: Vectors
    plain_bias: Vectors
    words: frozenset[str]
    embedder: str


def kind_of(question: str, embedder: Embedder) -> Kind:
    """The kind of answer that a question wants; what may well be a fact is one."""
    return kinds_of(question, embedder)[0]


def kinds_of(question: str, embedder: Embedder) -> tuple[Kind, Kind | None]:
    """The kind of answer that a question wants, and the fuller one that what may be no fact may want as well.

    The examples are English: what is in another language may be either.
    """
    if language_of(folded(question)) != "en":
        return "fact", "explain"
    likely = probabilities(question, embedder)
    best = max(likely, key=lambda kind: likely[kind])
    if embedder.weights_hash != _model().embedder:
        return ("fact" if likely["fact"] >= MAYBE_PLAIN or likely[best] < LEAST_PLAIN else best), None
    if best in WITHOUT_SEARCH and likely[best] < CERTAIN:
        best = max((kind for kind in KINDS if kind not in WITHOUT_SEARCH), key=lambda kind: likely[kind])
    if best != "fact" and likely["fact"] < MAYBE_FACT:
        return best, None
    if likely["fact"] >= SURELY_FACT:
        return "fact", None
    fuller = max(FULLER, key=lambda kind: likely[kind])
    return "fact", fuller if sum(likely[kind] for kind in FULLER) >= MAYBE_FULLER else None


def needs_no_conversation(question: str, embedder: Embedder) -> bool:
    """Whether a greeting, thanks or the like is said, or asked what the library holds: neither leans on a conversation.

    What begins with "and" or holds a pronoun leans on it.
    """
    if LEAD.match(question) or leaning(question):
        return False
    return kind_of(question, embedder) in ("courtesy", "catalogue")


def probabilities(question: str, embedder: Embedder) -> dict[Kind, float]:
    """How likely the question wants each kind of answer; they add up to 1."""
    model = _model()
    words = worded([question], model.words)
    if embedder.weights_hash == model.embedder:
        logits = model.weights @ with_vectors([question], words, embedder)[0] + model.bias
    else:
        logits = model.plain_weights @ words[0] + model.plain_bias
    powers = [math.exp(float(value - logits.max())) for value in logits]
    return {kind: power / sum(powers) for kind, power in zip(KINDS, powers, strict=True)}


def worded(questions: Sequence[str], words: Collection[str]) -> Vectors:
    """What the classifier sees of the words: float32, shape (len(questions), BUCKETS)."""
    import numpy as np

    hashed = np.zeros((len(questions), BUCKETS), np.float32)
    for row, question in zip(hashed, questions, strict=True):
        for name in _named(question, words):
            row[zlib.crc32(name.encode()) % BUCKETS] = SPARSE
    return hashed


def with_vectors(questions: Sequence[str], hashed: Vectors, embedder: Embedder) -> Vectors:
    """What the classifier sees in all: float32, shape (len(questions), dimension + BUCKETS)."""
    import numpy as np

    return np.hstack([DENSE * embedder.encode_queries(list(questions)), hashed])


def tokens(question: str) -> list[str]:
    """The words and marks of a question, in lower case."""
    return _WORD.findall(question.lower().replace("’", "'"))


def _named(question: str, words: Collection[str]) -> Iterator[str]:
    """The names of a question's features: its words, runs of its outline, its opening, its length and its mark."""
    said = tokens(question)
    outline = ["^", *(t if t in words else "0" if t.isdigit() else "_" for t in said), "$"]
    yield from said
    for n in (1, 2, 3):
        for i in range(len(outline) - n + 1):
            yield "run " + " ".join(outline[i : i + n])
    for n in range(1, min(OPENING, len(said)) + 1):
        yield "opening " + " ".join(said[:n])
        yield "outlined " + " ".join(outline[1 : n + 1])
    yield f"length {min(6, len(said) // 4)}"
    yield f"asks {question.rstrip().endswith('?')}"
    capitals = len(re.findall(r"\b[A-Z]", question[1:]))
    yield f"capitals {min(3, capitals)}"


@functools.cache
def _model() -> _Model:
    import numpy as np

    with np.load(WEIGHTS) as kept:
        named = ("weights", "bias", "plain_weights", "plain_bias")
        arrays = [kept[name].astype(np.float32) for name in named]
        weights, bias, plain_weights, plain_bias = arrays
        words = frozenset(kept["words"].tolist())
        return _Model(weights, bias, plain_weights, plain_bias, words, str(kept["embedder"]))

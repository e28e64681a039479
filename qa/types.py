"""The nouns of answering: messages, citations, sentences, answers, and the language model's Protocol.

Frozen, slotted dataclasses and nothing else. Knows nothing of prompts, engines or the library's storage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from index.search.scope import Scope
from index.types import Article, Hit


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat, as language models take it."""

    role: Literal["system", "user", "assistant"]
    content: str


Kind = Literal[
    "fact", "yes_no", "explain", "listing", "compare", "timeline", "summary", "catalogue", "courtesy"
]
"""What kind of answer a question wants; each has its way in `qa.ways`."""


Outcome = Literal["answered", "unsure", "refused"]
"""What can become of a question."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model answered: its name, the engine that ran it, and whether Footnote's adapter lay upon its weights."""

    name: str
    engine: str
    adapted: bool = False


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a model's output.

    `logprob` is the natural-log probability of the piece where the engine gives one; `top` lists the
    likeliest alternatives as (text, logprob), best first, when they were asked for. The last delta of a
    generation carries `prompt_tokens`.
    """

    text: str
    logprob: float | None = None
    top: tuple[tuple[str, float], ...] = ()
    prompt_tokens: int | None = None


@runtime_checkable
class LanguageModel(Protocol):
    """Streams text for a chat. Greedy decoding: the same messages give the same text."""

    @property
    def info(self) -> ModelInfo:
        """Name and engine."""

    @property
    def context(self) -> int:
        """The most tokens that prompt and output may have together."""

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes in a prompt of this model."""

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        stop: Sequence[str] = (),
        top_logprobs: int = 0,
        seconds: float | None = None,
        fresh: bool = False,
        adapted: bool = False,
    ) -> Iterator[Delta]:
        """Pieces of the reply, as they come.

        Ends at `max_tokens`, at the first of `stop` (not part of the output), or after `seconds`. A piece may be
        empty: it says that the model is at work. Closing the iterator stops the model. Raises ModelFailed.

        An engine may reuse what it kept of earlier prompts, which moves probabilities a little. With `fresh` it
        doesn't, so that the same messages always give the same reply. With `adapted` it answers with the adapter that
        lies upon its weights, if one does: what is asked about passages, as the adapter was trained for that.
        """

    def close(self) -> None:
        """Frees the model. Using it afterwards is an error."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a retrieved passage: `article.text[start:end]` is the sentence, always."""

    article: Article
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        """The sentence's words."""
        return self.article.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Citation:
    """What a sentence rests on: `article.text[start:end] == quote`, always. `support` is in [0, 1]."""

    number: int
    article: Article
    start: int
    end: int
    quote: str
    support: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer, with the numbers of its citations."""

    text: str
    citations: tuple[int, ...]
    supported: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """One finished exchange of a conversation; `question` is the standalone form.

    `kind` is how it was answered (None where that isn't known), `citations` what was shown as the answer's sources, in
    the order shown, and `scope` the articles that alone were read.
    """

    question: str
    answer: str
    kind: Kind | None = None
    citations: tuple[Citation, ...] = ()
    scope: Scope | None = None

    @classmethod
    def of(cls, answer: Answer) -> Turn:
        """The turn that an answer makes; of one that is composed of the articles' sentences only these are kept."""
        if answer.abstained:
            return cls(answer.standalone, "", answer.kind, (), answer.scope)
        told = [s.text for s in answer.sentences if s.citations] if answer.kind != "fact" else []
        text = " ".join(told) or ("" if answer.points else answer.text)
        return cls(answer.standalone, text, answer.kind, answer.citations, answer.scope)


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was understood, once, for every stage that follows.

    `standalone` is what is asked without the conversation, `searched` what the articles are searched for. `points` and
    `words` are the lengths that were wished for ("in five bullets", "in 50 words"); None where none was. `scope` are
    the articles that alone are asked, where the conversation says which; `shown` what was cited before: it is not
    shown again.
    """

    text: str
    standalone: str
    searched: str
    kind: Kind = "fact"
    points: int | None = None
    words: int | None = None
    more: bool = False
    """Whether more is wanted than was said before."""
    scope: Scope | None = None
    checked: str | None = None
    """The words whose names an answer must hold; None for `standalone`, less where it holds an earlier answer's."""
    shown: tuple[Citation, ...] = ()
    sources: bool = False
    """Whether it is asked what `shown` are taken from."""
    fuller: Kind | None = None
    """How a fact is answered that isn't found: what is asked may want that as well."""

    @property
    def named(self) -> str:
        """The words whose names an answer must hold."""
        return self.standalone if self.checked is None else self.checked


@dataclass(frozen=True, slots=True)
class Point:
    """One item of an answer that is composed of the articles' own sentences.

    `text` is a quote made readable: what is not the article's own stands in square brackets. `citations` are the
    numbers of its quotes, the first for the one shown; `when` is the ISO date that it is about, `about` the side of a
    comparison or the heading that it stands under ("" for none).
    """

    text: str
    citations: tuple[int, ...]
    when: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Points side by side: a column for each side, a row for what is compared, and in each cell the points on it.

    Points in one row treat the same. The last row may hold what has no counterpart. A column without any point is a
    side that the articles say nothing of.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[Point, ...], ...], ...]

    def silent(self, column: int) -> bool:
        """Whether the articles say nothing of a side."""
        return not any(row[column] for row in self.rows)


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds spent per stage; `first_token` counts from the question."""

    retrieve: float = 0.0
    evidence: float = 0.0
    first_token: float = 0.0
    generate: float = 0.0
    verify: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with what it rests on.

    `short` is the shortest phrase that answers, taken from the evidence ("" when abstaining).
    `text` is the sentences joined, without markers. When `abstained`, `reason` says why and `citations`
    hold the closest passages, which are not offered as an answer. When `unsure`, `short` may be the answer, and
    `reason` says what its sentence lacks, if anything. `confidence` is in [0, 1].

    `kind` says in which way it was answered. Open questions are answered by `points`, the articles' own sentences, of
    which each is one of `sentences` as well; a fact has none. A comparison has them in a `table` too. `lead` are the
    sentences that a language model wrote above the points; they are the first of `sentences`.

    For whoever measures: `evidence` is what the model was given, in reading order, `withheld` the answer that
    only too low a confidence kept back ("" otherwise), `completion_tokens` how many tokens were generated.
    """

    question: str
    standalone: str
    short: str
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    abstained: bool
    reason: str
    confidence: float
    hits: tuple[Hit, ...]
    prompt_tokens: int
    timings: Timings
    model: ModelInfo
    evidence: tuple[Evidence, ...] = ()
    withheld: str = ""
    completion_tokens: int = 0
    kind: Kind = "fact"
    points: tuple[Point, ...] = ()
    lead: tuple[Sentence, ...] = ()
    scope: Scope | None = None
    """The articles that alone were asked, where the conversation said which."""
    table: Table | None = None
    """The points of a comparison, side by side."""
    unsure: bool = False
    """Whether `short` is offered as what may be the answer, for whoever reads its sentence to decide."""

    @property
    def outcome(self) -> Outcome:
        """What became of the question: an answer, what may be one, or a refusal."""
        return "refused" if self.abstained else "unsure" if self.unsure else "answered"

    @property
    def paragraphs(self) -> tuple[tuple[Sentence, ...], ...]:
        """The sentences above the points: the lead, then what introduces the points; none empty."""
        above = self.sentences[: len(self.sentences) - len(self.points)]
        return tuple(filter(None, (self.lead, above[len(self.lead) :])))

    def __str__(self) -> str:
        """The answer as text, with `[1]` markers and its footnotes."""
        from qa.trust.cite import with_footnotes

        return with_footnotes(self)


@dataclass(frozen=True, slots=True)
class Partial:
    """What can be shown of an answer before it is finished: its points, or the sentence that comes closest to a fact.

    An Answer like the one that follows, as far as it is known; its `points` stay as they are, `lead` and a fact's
    phrase are still to come.
    """

    answer: Answer

"""A question into a cited, verified Answer: the order of the stages, and nothing of how each works.

question -> standalone question -> hits -> evidence -> answerable? -> draft -> cited -> verified -> Answer
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from index.config import Config
from index.errors import BadQuestion
from index.library import Library
from index.rerank import Remembering, load_reranker
from index.scope import Scope
from index.sentences import sentences
from index.types import Hit
from qa import abstain, draft, evidence, telling
from qa.abstain import Abstainer, Signals, match, rules
from qa.cite import Numbering, align, parse_markers
from qa.dates.told import years_meant
from qa.draft import Draft
from qa.followup import rewrite
from qa.otherwise import otherwise
from qa.retrieve import find, nothing_found
from qa.text import names, normalise, numbers, stems
from qa.types import Answer, Citation, Evidence, LanguageModel, Sentence, Timings, Turn
from qa.verify import ExactVerifier, Support, Verifier

LONGEST_QUESTION = 2000
"""Characters; a longer text is no question."""
ABSTENTION = "The articles don't answer this."
NEARBY = 400
"""Characters around a quote in which the names and the years of a question may stand."""
RULED_OUT = 0.1
"""The confidence of a draft that a rule refuses, whatever the signals say."""
CLOSEST = 3
"""How many closest passages an abstention shows."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The parts that turn a question into an Answer; each can be replaced."""

    library: Library
    model: LanguageModel
    config: Config = field(default_factory=Config)
    verifier: Verifier = field(default_factory=ExactVerifier)
    abstainer: Abstainer = field(default_factory=abstain.default)
    scope: Scope | None = None
    """The articles that may be read; None for all."""
    today: date | None = None
    """The day that "last week" counts from; None for the machine's."""

    def stream(self, question: str, history: Sequence[Turn] = ()) -> Iterator[str | Answer]:
        """Pieces of the draft as they come, then the Answer; pieces are empty while nothing can be shown yet.

        Raises BadQuestion, ModelFailed, and what a library raises.
        """
        threshold = abstain.threshold(self.config.threshold)
        run = _Run(self, check(question))
        run.standalone = rewrite.standalone(run.question, history, self.model, seconds=run.left())
        run.clock("rewrite")
        reranker = load_reranker(self.config, run.embedder)
        run.hits = find(self.library, run.standalone, self.config.k, self.scope, self.today, reranker)
        run.clock("retrieve")
        if not run.hits:
            yield run.abstention(nothing_found(self.library, self.scope), 0.0)
            return
        run.evidence = evidence.select(
            run.standalone,
            run.hits,
            run.embedder,
            budget=self.config.evidence_tokens,
            count=self.model.count_tokens,
        )
        run.clock("evidence")
        if not run.evidence:
            yield run.abstention("What was found holds nothing that can be quoted.", 0.0)
            return
        odds = yield from draft.answerable(run.standalone, run.evidence, self.model, seconds=run.left())
        run.clock("generate")
        if self.abstainer.hopeless(odds, threshold):
            yield run.abstention("Nothing in them states it.", RULED_OUT)
            return
        written = yield from draft.draft(
            run.standalone,
            run.evidence,
            self.model,
            max_tokens=self.config.max_tokens,
            seconds=run.left(),
        )
        run.written = written
        run.clock("generate")
        yield (yield from run.finish(written, odds))


def check(question: str) -> str:
    """The question without surrounding space. Raises BadQuestion when it is empty or no question at all."""
    question = " ".join(question.split())
    if not any(character.isalnum() for character in question):
        raise BadQuestion("the question is empty: ask something, for example footnote ask 'Who leads ICE?'")
    if len(question) > LONGEST_QUESTION:
        raise BadQuestion(
            f"the question has {len(question):,} characters, at most {LONGEST_QUESTION:,} can be searched for: "
            "shorten it, or add the text as an article with footnote add"
        )
    return question


def _best(chosen: Sequence[Evidence]) -> float:
    return max((item.score for item in chosen), default=0.0)


class _Run:
    """One question on its way: what is known so far, and the time each stage took."""

    def __init__(self, parts: Pipeline, question: str) -> None:
        self.parts, self.question, self.standalone = parts, question, question
        self.embedder = Remembering(lambda: parts.library.embedder)
        self.hits: list[Hit] = []
        self.evidence: list[Evidence] = []
        self.written: Draft | None = None
        self.started = self.lap = time.perf_counter()
        self.spent: dict[str, float] = {}

    def clock(self, stage: str) -> None:
        """Books the time since the last call to a stage."""
        now = time.perf_counter()
        self.spent[stage] = self.spent.get(stage, 0.0) + now - self.lap
        self.lap = now

    def left(self) -> float:
        """Seconds until the time limit; at least one, so that a stage can fail by itself."""
        return max(1.0, self.parts.config.seconds - (time.perf_counter() - self.started))

    def finish(self, written: Draft, odds: float) -> Generator[str, None, Answer]:
        """Returns the Answer that a draft comes to, or an abstention; yields empty pieces while the model works."""
        if written.refused:
            return self.abstention("Nothing in them states it.", RULED_OUT)
        if rules.repeats(self.standalone, f"{written.short} {written.text}"):
            return self.abstention("What they say only repeats the question.", RULED_OUT)
        short = draft.locate(written.short, self.evidence)
        numbering = Numbering()
        body, supports = self._verified(draft.respelled(written.text, self.evidence), short, numbering)
        if short and not _tells(body, short):
            numbering = Numbering()
            body, supports = self._quoted(short, numbering)
        if not body:
            return self.abstention("What was found does not support an answer.", RULED_OUT)
        citations = numbering.citations()
        text = " ".join(sentence.text for sentence in body)
        signals = Signals(
            answerable=odds,
            evidence=_best(self.evidence),
            match=match.with_evidence(
                self.standalone, short or text, self.evidence, self.hits, self.embedder
            ),
            located=1.0 if short else 0.0,
            support=sum(supports) / len(supports),
            logprob=written.logprob,
        )
        confidence = self.parts.abstainer.confidence(signals)
        if unheld := sorted(
            rules.years(self.standalone) - _around(citations, NEARBY) - self._years_meant(citations)
        ):
            return self.abstention(f"What comes closest is not about {' or '.join(unheld)}.", RULED_OUT)
        if confidence < abstain.threshold(self.parts.config.threshold):
            return self.abstention(self._near_miss(short), confidence, withheld=short or text)
        body += yield from self._told_otherwise(short, numbering)
        text = " ".join(sentence.text for sentence in body)
        self.clock("verify")
        return self._answer(short, text, body, numbering.citations(), False, "", confidence)

    @staticmethod
    def _years_meant(citations: Sequence[Citation]) -> frozenset[str]:
        """The years that the quotes speak of, relative to their articles' dates as well."""
        quotes = (Evidence(c.article, c.start, c.end, c.support) for c in citations)
        return frozenset().union(*map(years_meant, quotes))

    def _near_miss(self, short: str) -> str:
        """Why what was found is not enough."""
        closest = match.holding(short, self.evidence) or max(self.evidence, key=lambda item: item.score)
        if absent := match.unmentioned(self.standalone, closest):
            return f"What comes closest does not mention {' or '.join(absent)}."
        return "What they say comes close, but does not state it."

    def _verified(self, text: str, short: str, numbering: Numbering) -> tuple[list[Sentence], list[float]]:
        """The sentences of a draft that their citations support; the others are dropped."""
        plain = parse_markers(text)[0]
        body, supports = [], []
        for start, end in sentences(plain):
            sentence = plain[start:end]
            chosen = align(sentence, self.evidence, question=self.standalone, short=short)
            quotes = [self.evidence[i] for i in chosen]
            support = self.parts.verifier.check(sentence, quotes, question=self.standalone)
            if support.supported:
                sentence = telling.in_context(sentence, quotes, self.standalone)
                body.append(self._cited(sentence, quotes, support, numbering))
                supports.append(support.score)
        return body, supports

    def _quoted(self, short: str, numbering: Numbering) -> tuple[list[Sentence], list[float]]:
        """The evidence sentence that holds `short`, quoted whole: what is left when no sentence of a draft holds."""
        holding = [e for e in self.evidence if normalise(short) in normalise(e.text)]
        if not holding:
            return [], []
        best = max(holding, key=lambda item: item.score)
        quote = " ".join(best.text.split())
        quote = quote if quote[0] in '"“«' else f"“{quote}”"
        return [self._cited(quote, [best], Support(1.0), numbering)], [0.5]

    @staticmethod
    def _cited(sentence: str, quotes: Sequence[Evidence], support: Support, numbering: Numbering) -> Sentence:
        cited = sorted({numbering.cite(item, support.score) for item in quotes})
        return Sentence(sentence, tuple(cited), support.supported)

    def _told_otherwise(self, short: str, numbering: Numbering) -> Generator[str, None, list[Sentence]]:
        """What other articles give instead, in a sentence that cites them all."""
        cited = [Evidence(c.article, c.start, c.end, c.support) for c in numbering.citations()]
        told = yield from otherwise(
            self.standalone,
            short,
            cited,
            self.hits,
            self.embedder,
            self.parts.model,
            sure=self._sure,
            left=self.left,
        )
        self.clock("generate")
        return [self._cited(text, held, Support(1.0), numbering) for text, held in told]

    def _sure(self, signals: Signals) -> bool:
        return self.parts.abstainer.confidence(signals) >= abstain.threshold(self.parts.config.threshold)

    def abstention(self, reason: str, confidence: float, withheld: str = "") -> Answer:
        """An Answer that refuses, with the closest sentences found."""
        numbering = Numbering()
        for item in sorted(self.evidence, key=lambda e: -e.score)[:CLOSEST]:
            numbering.cite(item, 0.0)
        self.clock("verify")
        body = [Sentence(ABSTENTION, (), True)]
        refusal = self._answer("", ABSTENTION, body, numbering.citations(), True, reason, confidence)
        return replace(refusal, withheld=withheld)

    def _answer(
        self,
        short: str,
        text: str,
        body: Sequence[Sentence],
        citations: tuple[Citation, ...],
        abstained: bool,
        reason: str,
        confidence: float,
    ) -> Answer:
        now, written = time.perf_counter(), self.written
        timings = Timings(
            retrieve=self.spent.get("retrieve", 0.0),
            evidence=self.spent.get("evidence", 0.0),
            first_token=(written.first_token if written else now) - self.started,
            generate=self.spent.get("generate", 0.0) + self.spent.get("rewrite", 0.0),
            verify=self.spent.get("verify", 0.0),
            total=now - self.started,
        )
        return Answer(
            question=self.question,
            standalone=self.standalone,
            short=short,
            text=text,
            sentences=tuple(body),
            citations=citations,
            abstained=abstained,
            reason=reason,
            confidence=confidence,
            hits=tuple(self.hits),
            prompt_tokens=written.prompt_tokens if written else 0,
            timings=timings,
            model=self.parts.model.info,
            evidence=tuple(self.evidence),
            completion_tokens=written.completion_tokens if written else 0,
        )


def _tells(body: Sequence[Sentence], short: str) -> bool:
    """Whether sentences tell the short answer: its numbers, and half of its names or, where it has none, words."""
    text = " ".join(sentence.text for sentence in body)
    wanted = frozenset(n for n in names(f"of {short}") or stems(short) if not numbers(n))
    told = stems(text) | names(text)
    return bool(body) and numbers(short) <= numbers(text) and 2 * len(wanted & told) >= len(wanted)


def _around(citations: Sequence[Citation], nearby: int) -> frozenset[str]:
    """Stems, names and numbers of the quotes, their headings, and so many characters of text around them."""
    around = " ".join(
        f"{c.article.title}. {c.article.publisher or ''}. {c.article.published or ''} "
        + c.article.text[max(0, c.start - nearby) : c.end + nearby]
        for c in citations
    )
    return stems(around) | names(around) | numbers(around)


def open_library(library: Library | str | Path | None, config: Config) -> tuple[Library, bool]:
    """An open library, and whether the caller must close it."""
    if isinstance(library, Library):
        return library, False
    return Library.open(Path(library) if library else config.library, config=config), True


def answers(
    question: str,
    library: Library | str | Path | None,
    model: LanguageModel | str | None,
    config: Config,
    history: Sequence[Turn] = (),
    scope: Scope | None = None,
) -> Generator[str | Answer, None, None]:
    """`Pipeline.stream` with the library and the model opened by name where a name was given."""
    from qa.models import shared_model

    check(question)
    opened, ours = open_library(library, config)
    try:
        lm = shared_model(model or config.model, config) if isinstance(model, str | None) else model
        yield from Pipeline(opened, lm, config, scope=scope).stream(question, history)
    finally:
        if ours:
            opened.close()

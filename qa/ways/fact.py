"""Facts: a short phrase, a sentence that gives it, and its quotes, each step trusted before the next is taken.

question -> hits -> evidence -> phrase -> trusted? -> sentence -> claims -> believed? -> sentences -> Answer. This file
holds the order of the stages, and nothing of how each works.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from index.config import Config
from index.library import Library
from index.search.rerank import Remembering, load_reranker
from index.search.scope import Scope
from index.types import Embedder
from qa import draft, evidence
from qa.engines.metered import Meter, Metered
from qa.followup import rewrite
from qa.presentation.conflicting import conflicting
from qa.presentation.in_context import numbered, shown, undated, which_time
from qa.retrieve import find, nothing_found
from qa.trust import claims, confidence, judge, match, refusal
from qa.trust.cite import Numbering
from qa.trust.confidence import Abstainer, Signals
from qa.trust.refusal import ABSTENTION, CLOSEST, LEANING, RULED_OUT, Candidate, Claimed, Found, Rated, first
from qa.trust.verify import ExactVerifier, Support, Verifier
from qa.types import Answer, Citation, Evidence, LanguageModel, Sentence, Turn
from qa.understand import choices, compound
from qa.understand.asking import check, earlier
from qa.ways.clock import Clock
from qa.ways.combined import still_open, together


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The parts that turn a question into an Answer; each can be replaced."""

    library: Library
    model: LanguageModel
    config: Config = field(default_factory=Config)
    verifier: Verifier = field(default_factory=ExactVerifier)
    abstainer: Abstainer | None = None
    """None for the one that was fitted to such a model."""
    scope: Scope | None = None
    """The articles that may be read; None for all."""
    today: date | None = None
    """The day that "last week" counts from; None for the machine's."""
    embedder: Embedder | None = None
    """What has embedded the question already, and remembers it; None for the library's."""

    def stream(self, question: str, history: Sequence[Turn] = ()) -> Iterator[str | Answer]:
        """Pieces of the draft as they come, then the Answer.

        Raises BadQuestion, ModelFailed, and what a library raises.
        """
        question = check(question)
        started = time.perf_counter()
        model = Meter(started + self.config.seconds).watch(self.model)
        whole = rewrite.standalone(question, earlier(history), lambda: model, seconds=self.config.seconds)
        yield from replace(self, model=model).answers(question, whole, started)

    def answers(
        self, question: str, whole: rewrite.Standalone, started: float
    ) -> Generator[str | Answer, None, None]:
        """As `stream`, for a question that was made whole already."""
        model = self.model
        if not isinstance(model, Metered):
            model = Meter(started + self.config.seconds).watch(model)
        found: list[Answer] = []
        for part in compound.parts(whole.question):
            if found:
                yield " "  # between the drafts of two halves
            asked = Asked(part, whole.searched(part), *choices.split(part))
            embedder = self.embedder or Remembering(lambda: self.library.embedder)
            way = _Way(replace(self, model=model), embedder, Clock(started))
            found.append((yield from way.answer(asked)))
            started = time.perf_counter()
        answer = together(found)
        yield replace(
            answer,
            question=question,
            standalone=whole.searched(),
            reason=f"{answer.reason} {LEANING}" if answer.abstained and whole.beside else answer.reason,
            prompt_tokens=model.meter.prompt_tokens,
            completion_tokens=model.meter.completion_tokens,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, or one part of it: what is searched for, what is asked of the evidence, the choices it lists."""

    text: str
    searched: str
    question: str
    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Way:
    """The stages, each from one frozen value to the next, for one question."""

    parts: Pipeline
    embedder: Embedder
    clock: Clock

    def answer(self, asked: Asked) -> Generator[str, None, Answer]:
        """Yields the pieces of the sentence as it is written; returns the Answer, or a refusal with its reason."""
        self.clock.book("generate")  # what making the question whole has taken
        found = self.found(asked)
        if reason := first(refusal.OF_WHAT_WAS_FOUND, found):
            return self.refused(asked, found, reason, 0.0)
        candidate = self.candidate(asked, found)
        if reason := first(refusal.OF_A_PHRASE, candidate):
            withheld = "" if draft.refuses(candidate.phrase) else candidate.short
            return self.refused(asked, found, reason, RULED_OUT, withheld, candidate.holding)
        rated = self.rated(candidate, found)
        if reason := first(refusal.OF_A_CONFIDENCE, rated):
            return self.refused(asked, found, reason, rated.confidence, candidate.answer, candidate.holding)
        written = yield from self.sentence(candidate)
        claimed = self.claimed(candidate, written)
        if reason := first(refusal.OF_CLAIMS, claimed):
            closest = candidate.holding if claimed.claims else None
            return self.refused(asked, found, reason, RULED_OUT, closest=closest)
        believed = self.believed(candidate, claimed)
        if reason := refusal.unsupported(believed):
            return self.refused(asked, found, reason, RULED_OUT, candidate.answer)
        return self.given(asked, found, candidate, rated, believed)

    def found(self, asked: Asked) -> Found:
        """The passages, and those of their sentences that the model is shown."""
        parts = self.parts
        reranker = load_reranker(parts.config, self.embedder)
        hits = find(parts.library, asked.searched, parts.config.k, parts.scope, parts.today, reranker)
        self.clock.book("retrieve")
        if not hits:
            return Found((), (), nothing_found(parts.library, parts.scope))
        budget, count = parts.config.evidence_tokens, parts.model.count_tokens
        chosen = evidence.select(asked.searched, hits, self.embedder, budget=budget, count=count)
        self.clock.book("evidence")
        return Found(tuple(hits), tuple(chosen))

    def candidate(self, asked: Asked, found: Found) -> Candidate:
        """The phrase that the model gives as the answer, and where it stands."""
        written = draft.phrase(asked.question, found.evidence, self.parts.model)
        self.clock.first_token = written.first_token
        self.clock.book("generate")
        phrase = draft.plain(written.text)
        short = draft.locate(phrase, found.evidence)
        holding = match.holding(short, found.evidence)
        if holding:
            short = draft.completed(short, holding.text, holding.article.text, asked.question)
        today = self.parts.today or date.today()
        return Candidate(asked.question, asked.offered, phrase, short, holding, found.evidence, today)

    def rated(self, candidate: Candidate, found: Found) -> Rated:
        """How sure it is that the phrase answers the question."""
        question, holding = candidate.question, candidate.holding
        stated = judge.answerable(question, _read_with(candidate), self.parts.model)
        fit = match.with_evidence(question, candidate.answer, found.evidence, found.hits, self.embedder)
        signals = Signals(stated, fit, located=1.0 if holding else 0.0)
        return Rated(candidate, self.abstainer.confidence(signals), self.threshold)

    def sentence(self, candidate: Candidate) -> Generator[str, None, str]:
        """Yields the pieces of the sentence that gives the phrase; returns it, spelled as the evidence is."""
        self.clock.book("verify")
        written = yield from draft.sentence(
            candidate.question,
            _read_with(candidate),
            candidate.phrase,
            self.parts.model,
            max_tokens=self.parts.config.max_tokens,
        )
        self.clock.book("generate")
        return draft.respelled(written, candidate.evidence)

    def claimed(self, candidate: Candidate, written: str) -> Claimed:
        """The claims of what was written that exact comparison with their quotes lets pass."""
        asked, short = candidate.question, candidate.short
        passed = claims.checked(written, candidate.evidence, self.parts.verifier, question=asked, short=short)
        return Claimed(asked, tuple(passed))

    def believed(self, candidate: Candidate, claimed: Claimed) -> Claimed:
        """Those of the claims that the model believes as well."""
        parts, asked, short = self.parts, candidate.question, candidate.short
        passed = claims.believed(
            claimed.claims, candidate.evidence, parts.model, parts.verifier, question=asked, short=short
        )
        return Claimed(asked, tuple(passed))

    def given(
        self, asked: Asked, found: Found, candidate: Candidate, rated: Rated, claimed: Claimed
    ) -> Answer:
        """The Answer: the claims as a reader sees them, and behind them what other articles give instead."""
        numbering = Numbering()
        sentences = shown(claimed.claims, numbering, asked.question)
        self.clock.book("verify")
        quotes = [quote for claim in claimed.claims for quote in claim.quotes]
        others = conflicting(
            asked.question,
            candidate.short,
            quotes,
            found.hits,
            self.embedder,
            self.parts.model,
            sure=lambda signals: self.abstainer.confidence(signals) >= self.enough_for_others,
        )
        if others:
            text, held = others
            sentences.append(numbered(text, held, Support(1.0), numbering))
        self.clock.book("generate")
        short, holding = candidate.short, candidate.holding
        notes = still_open(asked.question, " ".join(sentence.text for sentence in sentences))
        if holding:
            notes += undated(short, holding, asked.question)
            short = which_time(short, holding, asked.question)
        sentences += [Sentence(note, (), True) for note in notes]
        answer = self._answer(asked, found, sentences, numbering.citations(), rated.confidence)
        return replace(answer, short=short)

    def refused(
        self,
        asked: Asked,
        found: Found,
        reason: str,
        confidence: float,
        withheld: str = "",
        closest: Evidence | None = None,
    ) -> Answer:
        """An Answer that refuses, with the closest sentences found, `closest` before all others."""
        numbering = Numbering()
        for item in sorted(found.evidence, key=lambda e: (e is not closest, -e.score))[:CLOSEST]:
            numbering.cite(item, 0.0)
        self.clock.book("verify")
        sentences = [Sentence(ABSTENTION, (), True)]
        answer = self._answer(asked, found, sentences, numbering.citations(), confidence)
        return replace(answer, abstained=True, reason=reason, withheld=withheld)

    @property
    def abstainer(self) -> Abstainer:
        """What turns signals into a confidence."""
        return self.parts.abstainer or confidence.default(self.parts.model.info.adapted)

    @property
    def threshold(self) -> float:
        """The least confidence of an answer that is given."""
        return confidence.threshold(self.parts.config.threshold)

    @property
    def enough_for_others(self) -> float:
        """That of another article's account, which is known already to hold a like figure of the same time."""
        return min(self.threshold, confidence.threshold("eager"))

    def _answer(
        self,
        asked: Asked,
        found: Found,
        sentences: Sequence[Sentence],
        citations: tuple[Citation, ...],
        confidence: float,
    ) -> Answer:
        return Answer(
            question=asked.text,
            standalone=asked.searched,
            short="",
            text=" ".join(sentence.text for sentence in sentences),
            sentences=tuple(sentences),
            citations=citations,
            abstained=False,
            reason="",
            confidence=confidence,
            hits=found.hits,
            prompt_tokens=0,  # counted for the whole question
            timings=self.clock.timings(),
            model=self.parts.model.info,
            evidence=found.evidence,
        )


def _read_with(candidate: Candidate) -> Sequence[Evidence]:
    """What the model reads once there is a phrase: the sentence that holds it and the one before, else everything."""
    return evidence.with_before([candidate.holding]) if candidate.holding else candidate.evidence

"""A question into a cited, verified Answer: the order of the stages, and nothing of how each works.

question -> standalone question -> hits -> evidence -> phrase -> trusted? -> sentence -> cited -> verified -> Answer
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from index.config import Config
from index.errors import BadQuestion
from index.library import Library
from index.rerank import Remembering, load_reranker
from index.scope import Scope
from index.types import Hit
from qa import abstain, body, choices, compound, draft, evidence, yes_no
from qa.abstain import Abstainer, Signals, expected, match, rules
from qa.body import Claim
from qa.cite import Numbering
from qa.dates.told import years_meant
from qa.draft import Written
from qa.followup import rewrite
from qa.otherwise import otherwise
from qa.retrieve import find, nothing_found
from qa.text import names, numbers, stems
from qa.types import Answer, Citation, Evidence, LanguageModel, Sentence, Timings, Turn
from qa.verify import ExactVerifier, Support, Verifier

LONGEST_QUESTION = 2000
"""Characters; a longer text is no question."""
LONGEST_ANSWER = 4000
"""Characters of an earlier answer that a follow-up may lean on."""
ABSTENTION = "The articles don't answer this."
NEARBY = 400
"""Characters around a quote in which the names and the years of a question may stand."""
UNSUPPORTED = "What was found does not support an answer."
LEANING = "It leans on what was said before: it may be answered when it is asked in full."
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
    abstainer: Abstainer | None = None
    """None for the one that was fitted to such a model."""
    scope: Scope | None = None
    """The articles that may be read; None for all."""
    today: date | None = None
    """The day that "last week" counts from; None for the machine's."""

    def stream(self, question: str, history: Sequence[Turn] = ()) -> Iterator[str | Answer]:
        """Pieces of the draft as they come, then the Answer; pieces are empty while nothing can be shown yet.

        Raises BadQuestion, ModelFailed, and what a library raises.
        """
        question = check(question)
        started = time.perf_counter()
        whole = rewrite.standalone(
            question, earlier(history), lambda: self.model, seconds=self.config.seconds
        )
        yield from self.answers(question, whole, started)

    def answers(
        self, question: str, whole: rewrite.Standalone, started: float
    ) -> Generator[str | Answer, None, None]:
        """As `stream`, for a question that was made whole already."""
        until = started + self.config.seconds
        found: list[Answer] = []
        for part in compound.parts(whole.question):
            if found:
                yield " "  # between the drafts of two halves
            run = _Run(self, part, whole.searched(part), started, until)
            for piece in run.answer():
                if isinstance(piece, Answer):
                    found.append(piece)
                else:
                    yield piece
            started = time.perf_counter()
        answer = compound.together(found)
        reason = f"{answer.reason} {LEANING}" if answer.abstained and whole.beside else answer.reason
        yield replace(answer, question=question, standalone=whole.searched(), reason=reason)


def earlier(history: Sequence[Turn]) -> list[Turn]:
    """The turns that a question may lean on, none longer than a question and an answer can be; greetings are none."""
    return [
        replace(turn, question=part, answer=turn.answer[:LONGEST_ANSWER])
        for turn in history
        if turn.kind != "courtesy"
        for part in _parts(turn)
    ]


def _parts(turn: Turn) -> tuple[str, ...]:
    """The questions that a turn answered: an open one is answered as a whole."""
    question = " ".join(turn.question[:LONGEST_QUESTION].split())
    return compound.parts(question) if turn.kind in (None, "fact") else (question,)


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


class _Run:
    """One question on its way, or one part of it: what is known so far, and the time each stage took."""

    def __init__(self, parts: Pipeline, question: str, searched: str, started: float, until: float) -> None:
        self.parts, self.question, self.searched, self.until = parts, question, searched, until
        self.threshold = abstain.threshold(parts.config.threshold)
        self.abstainer = parts.abstainer or abstain.default(parts.model.info.adapted)
        self.asked, self.offered = choices.split(question)
        self.embedder = Remembering(lambda: parts.library.embedder)
        self.hits: list[Hit] = []
        self.evidence: list[Evidence] = []
        self.phrase: Written | None = None
        self.sentence: Written | None = None
        self.started = self.lap = started
        self.spent: dict[str, float] = {}

    def answer(self) -> Iterator[str | Answer]:
        """Pieces of the draft, then the Answer."""
        parts = self.parts
        self.clock("rewrite")
        reranker = load_reranker(parts.config, self.embedder)
        self.hits = find(parts.library, self.searched, parts.config.k, parts.scope, parts.today, reranker)
        self.clock("retrieve")
        if not self.hits:
            yield self.abstention(nothing_found(parts.library, parts.scope), 0.0)
            return
        self.evidence = evidence.select(
            self.searched,
            self.hits,
            self.embedder,
            budget=parts.config.evidence_tokens,
            count=parts.model.count_tokens,
        )
        self.clock("evidence")
        if not self.evidence:
            yield self.abstention("What was found holds nothing that can be quoted.", 0.0)
            return
        self.phrase = yield from draft.phrase(self.asked, self.evidence, parts.model, seconds=self.left())
        self.clock("generate")
        yield (yield from self.finish(draft.plain(self.phrase.text)))

    def clock(self, stage: str) -> None:
        """Books the time since the last call to a stage."""
        now = time.perf_counter()
        self.spent[stage] = self.spent.get(stage, 0.0) + now - self.lap
        self.lap = now

    def left(self) -> float:
        """Seconds until the time limit; at least one, so that a stage can fail by itself."""
        return max(1.0, self.until - time.perf_counter())

    def finish(self, phrase: str) -> Generator[str, None, Answer]:
        """Returns the Answer that a phrase comes to, or an abstention.

        Yields the pieces of the answer's sentence, which is written once the phrase is trusted, and empty ones else.
        """
        if draft.refuses(phrase):
            return self.abstention("Nothing in them states it.", RULED_OUT)
        short = draft.locate(phrase, self.evidence)
        closest = match.holding(short, self.evidence)
        if self.offered and not choices.among(short or phrase, self.offered):
            return self.abstention("What they say is none of the choices.", RULED_OUT, short, closest)
        if rules.repeats(self.asked, short or phrase):
            return self.abstention("What they say only repeats the question.", RULED_OUT, short, closest)
        if expected.mismatched(self.asked, short or phrase):
            return self.abstention(
                "What they say is of another kind than what is asked.", RULED_OUT, short, closest
            )
        if stale := closest and rules.stale(
            self.asked, closest.article.published, self.parts.today or date.today()
        ):
            return self.abstention(f"What comes closest is of {stale}.", RULED_OUT, short, closest)
        confidence = yield from self._confidence(short or phrase, closest)
        if confidence < self.threshold:
            return self.abstention(self._near_miss(closest), confidence, short or phrase, closest)
        claims = yield from self._claims(phrase, short, closest)
        if isinstance(claims, Answer):
            return claims
        numbering = Numbering()
        told = body.cited(claims, numbering, self.asked)
        self.clock("verify")
        told += yield from self._told_otherwise(short, claims, numbering)
        text = " ".join(sentence.text for sentence in told)
        return self._answer(short, text, told, numbering.citations(), False, "", confidence)

    def _claims(
        self, phrase: str, short: str, closest: Evidence | None
    ) -> Generator[str, None, list[Claim] | Answer]:
        """Returns what is told of a trusted phrase, each with its quotes, or the abstention where nothing holds.

        Yields the pieces of the sentence as it is written, and empty ones while it is judged.
        """
        parts = self.parts
        self.clock("verify")
        self.sentence = yield from draft.sentence(
            self.asked,
            evidence.with_before([closest]) if closest else self.evidence,
            phrase,
            parts.model,
            max_tokens=parts.config.max_tokens,
            seconds=self.left(),
        )
        self.clock("generate")
        written = draft.respelled(self.sentence.text, self.evidence)
        claims = body.checked(written, self.evidence, parts.verifier, question=self.asked, short=short)
        if not claims:
            return self.abstention(UNSUPPORTED, RULED_OUT)
        if unheld := self._unheld([quote for claim in claims for quote in claim.quotes]):
            return self.abstention(f"What comes closest is not about {unheld}.", RULED_OUT, closest=closest)
        claims = yield from body.believed(
            claims,
            self.evidence,
            parts.model,
            parts.verifier,
            question=self.asked,
            short=short,
            left=self.left,
        )
        return claims or self.abstention(UNSUPPORTED, RULED_OUT, withheld=short or phrase)

    def _confidence(self, phrase: str, closest: Evidence | None) -> Generator[str, None, float]:
        """Returns how sure it is that the phrase answers the question; yields empty pieces while the model works."""
        read = evidence.with_before([closest]) if closest else self.evidence
        stated = yield from yes_no.answerable(self.asked, read, self.parts.model, seconds=self.left())
        fit = match.with_evidence(self.asked, phrase, self.evidence, self.hits, self.embedder)
        return self.abstainer.confidence(Signals(stated, fit, located=1.0 if closest else 0.0))

    def _unheld(self, quotes: Sequence[Evidence]) -> str:
        """The years of the question that stand nowhere near the quotes and that they don't mean; "" where none do."""
        meant = frozenset().union(*map(years_meant, quotes))
        return " or ".join(sorted(rules.years(self.asked) - _around(quotes) - meant))

    def _near_miss(self, closest: Evidence | None) -> str:
        """Why what was found is not enough."""
        closest = closest or max(self.evidence, key=lambda item: item.score)
        if unheld := self._unheld([closest]):
            return f"What comes closest is not about {unheld}."
        if absent := match.unmentioned(self.asked, closest):
            return f"What comes closest does not mention {' or '.join(absent)}."
        return "What they say comes close, but does not state it."

    def _told_otherwise(
        self, short: str, claims: Sequence[Claim], numbering: Numbering
    ) -> Generator[str, None, list[Sentence]]:
        """What other articles give instead, in a sentence that cites them all."""
        told = yield from otherwise(
            self.asked,
            short,
            [quote for claim in claims for quote in claim.quotes],
            self.hits,
            self.embedder,
            self.parts.model,
            sure=self._sure,
            left=self.left,
        )
        self.clock("generate")
        return [body.sentence(text, held, Support(1.0), numbering) for text, held in told]

    def _sure(self, signals: Signals) -> bool:
        """Whether another article's account is told: it is known to hold a like figure of the same time already."""
        return self.abstainer.confidence(signals) >= min(self.threshold, abstain.threshold("eager"))

    def abstention(
        self, reason: str, confidence: float, withheld: str = "", closest: Evidence | None = None
    ) -> Answer:
        """An Answer that refuses, with the closest sentences found, `closest` before all others."""
        numbering = Numbering()
        best = sorted(self.evidence, key=lambda e: (e is not closest, -e.score))
        for item in best[:CLOSEST]:
            numbering.cite(item, 0.0)
        self.clock("verify")
        told = [Sentence(ABSTENTION, (), True)]
        refusal = self._answer("", ABSTENTION, told, numbering.citations(), True, reason, confidence)
        return replace(refusal, withheld=withheld)

    def _answer(
        self,
        short: str,
        text: str,
        told: Sequence[Sentence],
        citations: tuple[Citation, ...],
        abstained: bool,
        reason: str,
        confidence: float,
    ) -> Answer:
        now, phrase, sentence = time.perf_counter(), self.phrase, self.sentence
        timings = Timings(
            retrieve=self.spent.get("retrieve", 0.0),
            evidence=self.spent.get("evidence", 0.0),
            first_token=(phrase.first_token if phrase else now) - self.started,
            generate=self.spent.get("generate", 0.0) + self.spent.get("rewrite", 0.0),
            verify=self.spent.get("verify", 0.0),
            total=now - self.started,
        )
        return Answer(
            question=self.question,
            standalone=self.searched,
            short=short,
            text=text,
            sentences=tuple(told),
            citations=citations,
            abstained=abstained,
            reason=reason,
            confidence=confidence,
            hits=tuple(self.hits),
            prompt_tokens=phrase.prompt_tokens if phrase else 0,
            timings=timings,
            model=self.parts.model.info,
            evidence=tuple(self.evidence),
            completion_tokens=sum(written.completion_tokens for written in (phrase, sentence) if written),
        )


def _around(quotes: Sequence[Evidence]) -> frozenset[str]:
    """Stems, names and numbers of the quotes, their headings, and the text around them."""
    around = " ".join(
        f"{q.article.title}. {q.article.publisher or ''}. {q.article.published or ''} "
        + q.article.text[max(0, q.start - NEARBY) : q.end + NEARBY]
        for q in quotes
    )
    return stems(around) | names(around) | numbers(around)

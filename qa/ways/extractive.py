"""Facts at once: the phrase that the reader finds and the sentence that holds it, without a language model.

Small encoders do the judging: the cross-encoder says which sentences bear on the question, the reader which phrase in
them answers it, and a regression on what both say, and on how question and sentence match, how sure that is.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.language.rows import is_row
from index.types import Embedder, Hit
from qa import draft
from qa.dates.hint import hint
from qa.dates.resolve import read_published
from qa.evidence import every_sentence, with_before
from qa.evidence.tellable import tellable
from qa.presentation import accounts
from qa.presentation.in_context import undated, which_time
from qa.presentation.readable import readable, self_contained
from qa.reader import Extracts
from qa.trust import confidence, judge, match, refusal
from qa.trust.cite import Numbering
from qa.trust.claims import Claim
from qa.trust.confidence import Borders, PhraseSignals
from qa.trust.phrases import Phrase, alike, phrases
from qa.trust.refusal import Candidate, Claimed, first
from qa.trust.verify import Support
from qa.types import Answer, Evidence, LanguageModel, Question, Sentence
from qa.understand import choices, compound
from qa.untrusted import addresses_reader
from qa.ways.combined import still_open, together
from qa.ways.composing import Reading, given, refused

NOT_CERTAIN = "Not certain:"
READ_AGAIN = 3
"""Phrases that are read a second time. What is read then differs for .15 of all first phrases, of which .13 are right,
where it is .47 of the others (docs/design/011-reader.md)."""
OLDER, MOST_BEHIND = 0.8, 3.0
"""What each year counts against a phrase, in log-odds, that its article is older than another phrase's, and the years
that count at most. Over news snippets (84 questions) .68 of the first phrases are right with it, .62 without it; over
articles of one year and those without dates it changes nothing (docs/design/011-reader.md)."""
UNQUOTABLE = "What comes closest is nothing that can be quoted."


@dataclass(frozen=True, slots=True)
class Part:
    """A question, or one of two in one, with the sentence that holds its phrase, and what is known of that.

    `closest` are the sentences that come closest to it.
    """

    question: str
    sentence: Evidence
    signals: PhraseSignals
    closest: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was read out for a question: an Answer that gives it, and how sure it is; `reason` says why it is none."""

    answer: Answer
    parts: tuple[Part, ...]
    reason: str = ""

    @property
    def sure(self) -> float:
        """The probability that it answers the question; 0 where it is none."""
        return 0.0 if self.reason else self.answer.confidence

    @property
    def nearest(self) -> Answer:
        """An Answer that holds nothing but the sentence, to be shown while a better one is looked for."""
        return replace(self.answer, short="", text="", sentences=(), citations=self.answer.citations[:1])

    def judged(self, model: LanguageModel, started: float) -> Extracted:
        """The same, as sure as it is once a language model was asked whether its sentences state the answer.

        `started` is when the question was asked (`time.perf_counter`).
        """
        sure = 1.0
        for part in self.parts:
            stated = judge.answerable(part.question, with_before([part.sentence]), model)
            sure = min(sure, confidence.of_judged_phrase(part.signals, stated))
        total = time.perf_counter() - started
        timings = replace(self.answer.timings, verify=total - self.answer.timings.total, total=total)
        return replace(self, answer=replace(self.answer, confidence=sure, timings=timings, model=model.info))

    def decided(self, question: Question, reading: Reading, borders: Borders) -> Answer:
        """The Answer that nothing is written for: given, offered as what may be meant, or refused."""
        if self.sure >= borders.answered:
            return self.answer
        part = self.parts[0]
        reason = self.reason or refusal.lacking(question.standalone, part.sentence)
        if self.sure >= borders.unsure:
            return uncertain(self.answer, reason)
        refusing = refused(question, reading, reason, part.closest or [part.sentence], self.answer.hits)
        refusing = replace(refusing, timings=self.answer.timings, model=self.answer.model)
        return (
            refusing if self.reason else replace(refusing, confidence=self.sure, withheld=self.answer.short)
        )


def uncertain(answer: Answer, reason: str = "") -> Answer:
    """The answer as what may be meant, and the reason that speaks against it; as it was where it has no phrase."""
    if not answer.short:
        return answer
    told = Sentence(f"{NOT_CERTAIN} {answer.short}.", answer.sentences[0].citations, True)
    why = (Sentence(reason, (), True),) if reason else ()
    sentences = (told, *answer.sentences, *why)
    text = " ".join(sentence.text for sentence in sentences)
    return replace(answer, unsure=True, reason=reason, text=text, sentences=sentences)


def extracted(question: Question, reading: Reading) -> Extracted | None:
    """The phrase that answers a question, in the sentence that holds it; None where nothing was found at all.

    A question that asks two things is answered part by part, and is as sure as its less sure part.
    """
    assert reading.reader is not None
    reader = reading.reader()
    texts = compound.parts(question.standalone)
    parts = [_part(_half(question, text, len(texts)), reading, reader) for text in texts]
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    answer = together([part.answer for part in known])
    reason = next((part.reason for part in known if part.reason), "")
    timings = known[-1].answer.timings  # which count from the question on
    answer = replace(
        answer, question=question.text, standalone=question.searched, kind="fact", timings=timings
    )
    return Extracted(answer, tuple(part for each in known for part in each.parts), reason)


def _half(question: Question, text: str, parts: int) -> Question:
    """The question, or the one of its several parts that `text` is."""
    return question if parts == 1 else replace(question, text=text, standalone=text, searched=text)


def _part(question: Question, reading: Reading, reader: Extracts) -> Extracted | None:
    asked, offered = choices.split(question.standalone)
    hits = reading.hits(question.searched, reading.config.k)
    # What a question leans on says which sentences are meant; what is asked of them is the question alone.
    leant = question.searched if question.searched != question.standalone else asked
    found = reading.likeliest(leant, hits) if hits else []
    with reading.booked("evidence"):
        known = ranked(asked, offered, found, reader, reading.today, hits, reading.embedder)
    if not known:
        return None
    best, its_signals = known[0]
    text, sentence = best.text, best.sentence
    closest = sorted(found, key=lambda item: -item.score)[: refusal.CLOSEST]
    part = Part(asked, sentence, its_signals, tuple(closest))
    short = draft.completed(text, sentence.text, sentence.article.text, asked)
    numbering = Numbering()
    told = _told(asked, short, sentence, hits, reading, numbering)
    answer = given(question, reading, told, hits, confidence.of_phrase(part.signals))
    short = which_time(short, sentence, asked)
    answer = replace(answer, short=short, citations=numbering.citations(), evidence=(sentence,))
    return Extracted(answer, (part,), best.against)


def ranked(
    asked: str,
    offered: tuple[str, ...],
    found: Sequence[Evidence],
    reader: Extracts,
    today: date,
    hits: Sequence[Hit],
    embedder: Embedder,
) -> list[tuple[Phrase, PhraseSignals]]:
    """The phrases that may answer, the likeliest first, each with what is known of it; those a rule is against last.

    Unless the question names a time that is past, what an older article says counts less: "Who won the final?" means
    the last one.
    """
    known = phrases(asked, found, reader, lambda text, held: against(asked, offered, text, held, today))
    rated = [(phrase, signals(asked, phrase, hits, embedder)) for phrase in known]
    until = hint(asked, today).until
    of_the_last = until is None or until >= today.isoformat()
    order = _likeliest_first(rated, of_the_last)
    first = [i for i in order if not known[i].against][:READ_AGAIN]
    for i, again in zip(first, read_again(asked, [known[i] for i in first], reader), strict=True):
        rated[i] = (known[i], replace(rated[i][1], again=float(again)))
    return [rated[i] for i in _likeliest_first(rated, of_the_last)]


def read_again(asked: str, known: Sequence[Phrase], reader: Extracts) -> list[bool]:
    """Whether each phrase is read once more out of its sentence alone, behind the title of its article."""
    texts = [f"{phrase.sentence.article.title}: {phrase.sentence.text}" for phrase in known]
    parts = reader.read(asked, texts) if texts else []
    return [
        alike(phrase.text, text[part.start : part.end])
        for phrase, text, part in zip(known, texts, parts, strict=True)
    ]


def _likeliest_first(rated: Sequence[tuple[Phrase, PhraseSignals]], of_the_last: bool) -> list[int]:
    """The places of the phrases, the likeliest first; those that a rule is against come behind the others.

    `of_the_last`: whether the last of several events is meant, so that older articles count less.
    """
    known = [phrase for phrase, _ in rated]
    likely = [confidence.log_odds(confidence.of_phrase(its_signals)) for _, its_signals in rated]
    if of_the_last:
        likely = [x - OLDER * years for x, years in zip(likely, _years_behind(known, likely), strict=True)]
    return sorted(range(len(known)), key=lambda i: (bool(known[i].against), -likely[i]))


def _years_behind(known: Sequence[Phrase], likely: Sequence[float]) -> list[float]:
    """By how many years the article of each phrase is older than the newest of those that may be the answer as well.

    At most MOST_BEHIND; 0 for an article without a date.
    """
    dates = [read_published(phrase.sentence.article.published) for phrase in known]
    best = max((x for x, phrase in zip(likely, known, strict=True) if not phrase.against), default=0.0)
    rivals = [
        published.day
        for published, phrase, x in zip(dates, known, likely, strict=True)
        if published and not phrase.against and x > best - OLDER * MOST_BEHIND
    ]
    newest = max(rivals, default=date.min)
    return [max(0.0, min((newest - at.day).days / 365, MOST_BEHIND)) if at else 0.0 for at in dates]


def against(asked: str, offered: tuple[str, ...], text: str, sentence: Evidence, today: date) -> str:
    """Why the phrase can't be the answer; "" for no reason.

    Its sentence is no prose or speaks to whoever reads, or one of the rules is against it that refuse a language
    model's phrase as well.
    """
    if not (tellable(sentence.text) or is_row(sentence.text)) or addresses_reader(sentence.text):
        return UNQUOTABLE
    short = draft.completed(text, sentence.text, sentence.article.text, asked)
    candidate = Candidate(asked, offered, text, short, sentence, (sentence,), today)
    claim = Claim(sentence.text, (sentence,), Support(1.0), quoted=True)
    return first(refusal.OF_A_PHRASE, candidate) or first(refusal.OF_CLAIMS, Claimed(asked, (claim,))) or ""


def signals(asked: str, best: Phrase, hits: Sequence[Hit], embedder: Embedder) -> PhraseSignals:
    """What is known of a phrase before anything is said of it."""
    fit = match.with_evidence(asked, best.text, [best.sentence], hits, embedder)
    return PhraseSignals(best.sure, best.relevance, best.gap, float(min(best.agreeing, 3)), fit)


def _told(
    asked: str, short: str, sentence: Evidence, hits: Sequence[Hit], reading: Reading, numbering: Numbering
) -> list[Sentence]:
    """The sentence made readable, what other articles give instead, and what stays open."""
    shown = self_contained(sentence)
    told = [Sentence(readable(shown), (numbering.cite(shown, 1.0),), True)]
    if others := accounts.differing(asked, short, [sentence], every_sentence(hits), reading.embedder):
        text, held = accounts.as_sentence(others, short, sentence)
        told.append(Sentence(text, tuple(sorted({numbering.cite(item, 1.0) for item in held})), True))
    notes = still_open(asked, " ".join(one.text for one in told)) + undated(short, sentence, asked)
    return told + [Sentence(note, (), True) for note in notes]

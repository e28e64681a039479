"""The lead: one to three sentences that a language model writes above the points of an open answer.

It reads the quotes of the points, and nothing else. Each of its sentences is laid beside these quotes, cited and
checked as a fact's sentence is; what doesn't pass is left out, and so is a lead that only repeats a quote. Knows
nothing of how the points were chosen.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from index.language.words import normalise
from index.sentences import sentences
from qa.prompt import lead_messages
from qa.trust import judge
from qa.trust.cite import align, parse_markers
from qa.trust.verify import ExactVerifier, judged
from qa.types import Answer, Citation, Evidence, LanguageModel, Sentence

LEAD_CHARACTERS, FULL_CHARACTERS = 700, 4000
"""Of the quotes that are read for a lead, and for a whole answer: reading is most of the time it takes."""
LEAD_TOKENS, FULL_TOKENS = 70, 500
LEAD_SENTENCES, FULL_SENTENCES = 3, 12
_ENDED = re.compile(r"[.!?…][\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class _Read:
    """What the model is given: quotes, and the number that each has in the answer."""

    quotes: tuple[Evidence, ...]
    numbers: tuple[int, ...]


def above(answer: Answer, model: LanguageModel, *, full: bool) -> Generator[str, None, Answer]:
    """Yields the pieces of the draft; returns the answer with the lead that passed, or as it was.

    With `full` a whole answer is written. Raises ModelFailed.
    """
    began = time.perf_counter()
    read = _read(answer, FULL_CHARACTERS if full else LEAD_CHARACTERS)
    if not read.quotes:
        return answer
    text = ""
    for delta in model.generate(
        lead_messages(answer.standalone, read.quotes, full=full),
        max_tokens=FULL_TOKENS if full else LEAD_TOKENS,
        stop=() if full else ("\n\n",),
    ):
        text += delta.text
        yield delta.text
    generated = time.perf_counter()
    kept = checked(text, answer.standalone, read.quotes, read.numbers, model)
    kept = kept[: FULL_SENTENCES if full else LEAD_SENTENCES]
    now = time.perf_counter()
    timings = replace(
        answer.timings,
        generate=generated - began,
        verify=now - generated,
        total=answer.timings.total + now - began,
    )
    told = (*kept, *answer.sentences)
    return replace(
        answer,
        text=" ".join(sentence.text for sentence in told),
        sentences=told,
        lead=tuple(kept),
        timings=timings,
        model=model.info if kept else answer.model,
    )


def checked(
    text: str,
    question: str,
    quotes: Sequence[Evidence],
    numbers: Sequence[int],
    model: LanguageModel,
) -> list[Sentence]:
    """The sentences of a draft that their quotes support, with the quotes' numbers; none where all only repeat one.

    Exact comparison first; what is not word for word a quote's the model judges as well.
    """
    verifier = ExactVerifier()
    plain = parse_markers(" ".join(text.split()))[0]
    kept: list[Sentence] = []
    own = False
    for start, end in sentences(plain):
        sentence = plain[start:end]
        if not _ENDED.search(sentence):
            continue
        chosen = align(sentence, quotes, question=question)
        held = [quotes[i] for i in chosen]
        support = verifier.check(sentence, held, question=question)
        if not support.supported:
            continue
        verbatim = any(normalise(sentence).strip(" .") in normalise(quote.text) for quote in held)
        if not verbatim:
            odds = judge.supported(sentence, held, model)
            if not judged(support, odds).supported:
                continue
        own |= not verbatim
        kept.append(Sentence(sentence, tuple(sorted({numbers[i] for i in chosen})), True))
    return kept if own else []


def _read(answer: Answer, characters: int) -> _Read:
    """The first quote of each point, best points first, as many as fit; in reading order."""
    by_number = {citation.number: citation for citation in answer.citations}
    taken: list[Citation] = []
    for point in answer.points:
        quote = by_number[point.citations[0]]
        if quote in taken:
            continue
        if taken and sum(len(one.quote) for one in taken) + len(quote.quote) > characters:
            break
        taken.append(quote)
    taken.sort(key=lambda one: (one.article.id, one.start))
    return _Read(
        tuple(Evidence(one.article, one.start, one.end, 1.0) for one in taken),
        tuple(one.number for one in taken),
    )

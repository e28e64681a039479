"""The lead: one to three sentences that a language model writes above the points of an open answer.

It reads the quotes of the points, and nothing else. Each of its sentences is laid beside these quotes, cited and
checked as a fact's sentence is; what doesn't pass is left out, and so is a lead that only repeats a quote. Knows
nothing of how the points were chosen.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace

from index.language.sentences import sentences
from index.language.words import normalise, stems
from qa.draft import respelled
from qa.prompt import lead_messages
from qa.reader import Extracts
from qa.trust.cite import align, parse_markers
from qa.trust.claims import Claim, by_model
from qa.trust.verify import CAUSES, ExactVerifier
from qa.types import Answer, Citation, Evidence, LanguageModel, Sentence

LEAD_CHARACTERS, FULL_CHARACTERS = 700, 4000
"""Of the quotes that are read for a lead, and for a whole answer: reading is most of the time it takes."""
LEAD_TOKENS, FULL_TOKENS = 70, 500
LEAD_SENTENCES, FULL_SENTENCES = 3, 12
CLEAR = 0.5
"""How much more the reader must find a sentence supported than contradicted or not said."""
_ENDED = re.compile(r"[.!?…][\"'”’»)\]]*$")


def above(
    answer: Answer, model: LanguageModel, *, full: bool, reader: Callable[[], Extracts] | None = None
) -> Generator[str, None, Answer]:
    """Yields the pieces of the draft; returns the answer with the lead that passed, or as it was.

    With `full` a whole answer is written. A `reader` judges each sentence of a lead as well. Raises ModelFailed.
    """
    began = time.perf_counter()
    read = _read(answer, FULL_CHARACTERS if full else LEAD_CHARACTERS)
    if not read:
        return answer
    text = ""
    for delta in model.generate(
        lead_messages(answer.standalone, list(read), full=full),
        max_tokens=FULL_TOKENS if full else LEAD_TOKENS,
        stop=() if full else ("\n\n",),
    ):
        text += delta.text
        yield delta.text
    generated = time.perf_counter()
    kept = checked(text, answer.standalone, read, model, reader, free=full)
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
    read: Mapping[Evidence, int],
    model: LanguageModel,
    reader: Callable[[], Extracts] | None = None,
    *,
    free: bool = False,
) -> list[Sentence]:
    """The sentences of a draft that their quotes support, with the quotes' numbers; none where all only repeat one.

    Exact comparison first; what is not word for word a quote's the model judges as well. `read` are the numbers of
    the quotes. Unless `free`, a sentence has no words but those of its quotes and of the question, and the reader finds
    it supported: where a small model takes its own words ("began", "immediately"), it says what no quote does.
    """
    verifier, quotes = ExactVerifier(), list(read)
    unlisted = re.sub(r"^\s*[-*•]\s+", "", text, flags=re.MULTILINE)
    plain = respelled(parse_markers(" ".join(unlisted.split()))[0], quotes)
    kept: list[Claim] = []
    for start, end in sentences(plain):
        held = tuple(quotes[i] for i in align(plain[start:end], quotes, question=question))
        if not free and not _in_their_words(plain[start:end], question, held, reader):
            continue
        if CAUSES.search(plain[start:end]) and not any(CAUSES.search(quote.text) for quote in held):
            continue  # asked why, a small model says "because" of whatever it has read
        claim = Claim(plain[start:end], held, verifier.check(plain[start:end], held, question=question))
        # A sentence without its stop was cut off by the limit of tokens.
        if not (_ENDED.search(claim.text) and claim.support.supported):
            continue
        if _repeats(claim) or by_model(claim, model).support.supported:
            kept.append(claim)
    if all(map(_repeats, kept)):
        return []
    return [
        Sentence(claim.text, tuple(sorted(read[quote] for quote in claim.quotes)), True) for claim in kept
    ]


def _in_their_words(
    sentence: str, question: str, quotes: Sequence[Evidence], reader: Callable[[], Extracts] | None
) -> bool:
    """Whether a sentence has the words of its quotes, their titles and the question alone, and is read out of them."""
    given = " ".join(f"{quote.article.title} {quote.text}" for quote in quotes)
    if stems(sentence) - stems(given) - stems(question):
        return False
    if reader is None or not quotes:
        return True
    (seen,) = reader().read(sentence, [" ".join(quote.text for quote in quotes)])
    supports, *others = seen.support
    return supports - max(others) >= CLEAR


def _repeats(claim: Claim) -> bool:
    """Whether one of its quotes says it in these words, be it within a longer sentence."""
    said = normalise(claim.text).rstrip(" .")
    return any(said in normalise(quote.text) for quote in claim.quotes)


def _read(answer: Answer, characters: int) -> dict[Evidence, int]:
    """The first quote of each point, as many as fit, with the number that it has in the answer; by article."""
    by_number = {citation.number: citation for citation in answer.citations}
    taken: list[Citation] = []
    for number in dict.fromkeys(point.citations[0] for point in answer.points):
        taken.append(by_number[number])
        if sum(len(one.quote) for one in taken) > characters and len(taken) > 1:
            taken.pop()
            break
    taken.sort(key=lambda one: (one.article.id, one.start))
    return {Evidence(one.article, one.start, one.end, 1.0): one.number for one in taken}

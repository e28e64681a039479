"""Text of any kind takes time in proportion to its length: no pattern and no loop can be made to hang an answer.

Every function that is given text of articles, of questions or of a model reads long runs of what has made patterns
slow: digits, spaces, brackets, quotation marks, capitalised words. How much longer a longer text takes tells a pattern
that tries every beginning against every ending from one that doesn't, on a slow machine as well as on a fast one.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from index.config import Config
from index.language import names, numbers, quotations, times, words
from index.library import Library
from index.search import analysis
from index.types import Article
from qa import answer, draft, evidence, prompt, untrusted
from qa.dates import hint, moments, named, reader, resolve
from qa.engines.text import neutralise
from qa.evidence.tellable import tellable
from qa.followup import acts, conversation, ellipsis, pronouns, rewrite
from qa.presentation import accounts, attribution, figures, points, readable, same_fact, speakers, values
from qa.presentation.in_context import in_context
from qa.trust import answer_type, cite, claims, match, refusal, verify
from qa.types import Answer, Citation, Evidence, ModelInfo, Sentence, Timings, Turn
from qa.understand import articles_named, asking, choices, compound, publishers
from qa.ways import combined, compare, explain, timeline

pytestmark = pytest.mark.slow  # some forty seconds of the processor in all
SMALL = 600
"""Characters of a hostile text: the slowest of these are read once more in large."""
SLOWEST = 3
"""So many of them."""
LEAST, MOST, SPENT = 20, 300, 0.2
"""How many times as long they are then: as often as it takes for so many seconds, within these bounds."""
GROWTH = 4.5
"""So many times what is in proportion a longer text may take. Where every beginning is tried against every ending, one
that is 20 times as long takes 20 times that, and one that is 300 times as long 300 times."""
MEASURED = 0.1
"""Seconds of the processor's time below which growth says nothing."""
SECONDS = 20.0
"""What nothing takes, on no machine, however busy: a pattern that needs more is stopped."""

PIECES = (
    "1", "1,", "1, ", "1 ", "1.", "1,000", "1, 000", "1-", "1/", " 1,000.5", "$1 ", "12 May ", "2016 ",
    "2016-", "1990s ", "ten ", "twenty-", "hundred ", "million ", "half a ", "first ", "one ", "3 and ",
    "about 5 ", "more than 5 men ", " ", "\t", "\n", "\n\n", " \n", "\xa0", "a", "A", "a ", "A ", "Ab ",
    "Ab", "A.", "A. ", "AB ", "aB", "É", "É ", "a\u0301", "(", ")", "[", "]", "[1] ", "[1", "[1,",
    "[1 , ", "[[", "](", "![", "{", "<", "<|", "</", "<s", '"', '" ', "“", "”", "“a” ", "“a,” ", "'",
    "’", "’s ", "'s", "«", "`", "#", "# ", ">", "> ", "=", "===", "***", "---", "-", "- ", "–", "—", "_",
    "*", ".", ". ", "...", ",", ", ", ",a", ", a", ", A, ", "; ", ": ", ":", "?", "? ", "!", "/", "@",
    "%", "\u20ac", "°", "of ", "of the ", "and ", "And ", "and the ", "the ", "The ", "said ",
    "said that ", ", said ", "he said ", "according to ", ", according to A ", "told A ", "told the ",
    "X said, ", "on Monday ", " on", "in a statement ", "Mr. A ", "A of ", "A of the ", "A and ", "a-",
    "A-", "A’", "A'A ", "May ", "May 1 ", "may ", "January ", "Monday ", "on Sunday ", "last ",
    "last year ", "this year ", "two years ago ", "years ago ", "yesterday ", "a few ", "a couple of ",
    "between ", "from ", "since ", "from 1990 to ", "between May and ", "early ", "Q1 ", "he ", "it ",
    "her ", "that ", "there ", "then ", "this ", "it is ", "is there ", "it takes ", "who ", "who did ",
    "when did it ", "what ", "which ", "how many ", "how ", "did ", "was ", "what is A and ", "and who ",
    "who is a, and what did ", "or ", "choose from: ", ". choose ", "a; ", "not ", "n't ", "because ",
    "caused ", "as a result ", "the answer ", "your answer ", "every ", "ignore ", "reply ", "do not ",
    "please ", "always ", "answer ", "passages ", "instructions ", "if you are asked ", "ai ", "any ai ",
    "to all ", "the model ", "what the ", "a1 ", "1a", "0o", "\uff71", "\u200b", "а ", "\U0001f600",
    "\ue000", "\ue000 ", "including ", "per ", "per cent ", "5 of ", "5 gang ", "5 to ", "a day ",
    "said Ab ", "“a ", "a? ", "a! ", "no ", "no, ", "but ", "i mean ", "sorry ", "U.S. ", "U. S. ",
    "in A ", "at the A ", "was A ", "ed ", "ly ", "1st ", "1th", "fy", "FY 20", "'90", "aged 5, ", "5, ",
    "1,000 men, ", "killed ", "killed 5 ", "x 5 ", "what did A say ", "what is the A of ", "it in ",
    "no fewer than ", "\r", "\r\n", "\x1f", "\x85", "\u1680", "\u2028", "\u2029", "Жук ", "漢字", "٣٤ ", "１，０",
)  # fmt: skip
"""What a hostile text repeats."""
ENDINGS = ("", "!x", "\n", "1", " A")
"""What stands behind the repeated pieces, so that a pattern that wants its end doesn't find it."""


FRAMES = (("", ""), ("The men, 5 of them, ", "!x"), ("When did A ", "?"), ("", "\n1"), ("Ada said ", " A"))
"""What stands around the repeated pieces, so that a pattern that wants a certain end doesn't find it."""


def hostile(size: int) -> Iterator[str]:
    """Texts of about so many characters: each piece repeated, each with another, and words that are all different."""
    for i, piece in enumerate(PIECES):
        before, behind = FRAMES[i % len(FRAMES)]
        yield before + piece * (size // len(piece)) + behind
        if i % 6 == 0:
            both = piece + PIECES[(7 * i + 3) % len(PIECES)]
            yield before + both * (size // len(both)) + behind
    yield "".join(PIECES) * (size // sum(map(len, PIECES)) + 1)
    yield " ".join(f"Word{i}" for i in range(size // 7))
    yield " ".join(f"word{i}," for i in range(size // 7))
    yield " ".join(str(i) for i in range(size // 5))
    yield "a" * size + ", " + "b " * size
    yield "5" + "0" * size + " men"


def seconds(read: Callable[[str], Any], content: str) -> float:
    """The processor's time that reading takes. Patterns look for signals as they search: one that hangs is stopped."""

    def fail(*_: object) -> None:
        pytest.fail(f"{len(content):,} characters like {content[:60]!r} take longer than {SECONDS:g} s")

    before = signal.signal(signal.SIGPROF, fail)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    started = time.process_time()
    try:
        read(content)
        return time.process_time() - started
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def as_evidence(content: str, title: str = "A title") -> Evidence:
    return Evidence(Article("h", title, content, None, "NPR", "2017-03-14"), 0, len(content), 1.0)


PLAIN = as_evidence(
    "On Sunday the gang of 30 men fled to Elm in May 2016, Maria Holt said; 200 more were held this year."
)
BACK = as_evidence("Ada Holm met Peter Roe in Elm. She said that 40 men were held in 2015.")
TURNS = [Turn("Who did Ada Holm meet in Elm in 2015?", "Ada Holm met Peter Roe. He was 40.")]
TODAY = date(2017, 3, 14)


def read(content: str) -> None:
    """Reads periods by every rule for dates that are named outright."""
    found = reader.Reader(content, TODAY)
    found.apply(named.RULES)
    found.left()


def asks_of(content: str) -> None:
    figure = figures.figures(PLAIN.text)[0]
    figures.asked_for(figure, content)
    figures.of_amount(content)
    values.asked(figure, content)
    for day in values.days(PLAIN.text):
        values.asked(day, content)


def value_of(content: str) -> None:
    values.value_in(content, "30 men")
    values.figure_in(PLAIN.text, content)
    for value in (*figures.figures(content)[:2], *values.days(content)[:2]):
        values.with_unit(value, content)


def published(content: str) -> None:
    known = ["NPR", "The New York Times", "Time", "npr.org"]
    publishers.publisher_named(content, known)
    publishers.publisher_named("according to NPR", [content])


def follows(content: str) -> None:
    """Reads a question, and turns as the pipeline hands them on."""
    content = " ".join(content[: asking.LONGEST_QUESTION].split())
    for turn in (Turn(content, "40 men."), Turn("Who did it?", content), TURNS[0]):
        rewrite.leans(content)
        for asked in ("and in 2016?", "why?", "who said that?", "what about Elm?", "of Elm?", "the bus?", content,
                      "how many of them were held?", "was she there then?"):  # fmt: skip
            ellipsis.resolve(asked, [turn])


def cites(content: str) -> None:
    item = as_evidence(content)
    citation = Citation(1, item.article, item.start, item.end, item.text, 1.0)
    cite.parse_markers(content)
    cite.marked(Sentence(content, (1,), True))
    cite.footnote(citation)
    sentence = Sentence(content, (1,), True)
    given = Answer(content, content, content, content, (sentence,), (citation,), False, "", 1.0, (), 0, Timings(),
                   ModelInfo("m", "e"))  # fmt: skip
    str(given)
    combined.together([given, replace(given, abstained=True)])


def account(content: str) -> None:
    item, own = as_evidence(content), BACK
    for value in (*figures.figures(own.text)[:1], *values.days(own.text)[:1]):
        same_fact.other_value(value, item, own)
        same_fact.same_fact("How many men were held?", own, value, own, value)
        same_fact.same_fact("How many men were held?", item, value, own, value)
    same_fact.same_time(content, item, own)
    accounts.worth_asking("How many men were held?", "40", own, [item])
    accounts.as_sentence([accounts.Account("40", item)], "40", own)


READERS: dict[str, Callable[[str], Any]] = {
    "words": words.words,
    "indexed words": lambda content: analysis.words(content, content),
    "stem": words.stem,
    "stems": words.stems,
    "numbers": numbers.numbers,
    "names": names.names,
    "initials": names.initials,
    "whole_names": names.whole_names,
    "paired": quotations.paired,
    "named_numbers": names.named_numbers,
    "stands_whole": lambda content: names.stands_whole(["Elm"], content),
    "completed": lambda content: draft.completed("Holm", f"{content} Ada Holm", content, content[:90]),
    "negated": words.negated,
    "months": times.months,
    "normalise": words.normalise,
    "neutralise": neutralise,
    "as_line": untrusted.as_line,
    "addresses_reader": untrusted.addresses_reader,
    "heading": lambda content: prompt.heading(as_evidence(content, content).article),
    "prompts": lambda content: prompt.supported_messages(content, [as_evidence(content)]),
    "leaning": evidence.leaning,
    "with_before": lambda content: evidence.with_before(
        [replace(as_evidence(content), start=len(content) // 2)]
    ),
    "cites": cites,
    "align": lambda content: cite.align(
        content, [PLAIN, as_evidence(content)], question=content, short=content
    ),
    "parts": compound.parts,
    "two amounts": lambda content: compound.parts(f"How many {content} from how many {content}?"),
    "still_open": lambda content: combined.still_open(content, content),
    "relative": lambda content: resolve.relative("last year", content),
    "choices": lambda content: choices.among(content, choices.split(content)[1] or ("5",)),
    "may_name_source": publishers.may_name_source,
    "publisher_named": published,
    "refuses": lambda content: draft.refuses(draft.plain(content)),
    "locate": lambda content: draft.locate(content[:80], [as_evidence(content)]),
    "locate a long phrase": lambda content: draft.locate(content, [PLAIN]),
    "respelled": lambda content: draft.respelled(content, [as_evidence(content), PLAIN]),
    "check": lambda content: verify.ExactVerifier().check(content, [PLAIN, BACK], question=content),
    "check against": lambda content: verify.ExactVerifier().check(
        PLAIN.text, [as_evidence(content), BACK], question="Who?"
    ),
    "checked": lambda content: claims.checked(
        content, [PLAIN], verify.ExactVerifier(), question="Who?", short="30"
    ),
    "quoted": lambda content: claims.checked(
        "", [as_evidence(content)], verify.ExactVerifier(), question="Who?", short=content[:90]
    ),
    "asks": lambda content: claims.checked(
        "It fled.", [PLAIN], verify.ExactVerifier(), question=content, short="30"
    ),
    "fits": lambda content: (answer_type.fits(content, content), answer_type.fits("Who?", content)),
    "mismatched": lambda content: answer_type.mismatched(content, content),
    "rules": lambda content: (refusal.years(content), refusal.stale(content, content, TODAY)),
    "repeats": lambda content: refusal.repeats(content, content),
    "unmentioned": lambda content: match.unmentioned(content, as_evidence(content)),
    "rarity": lambda content: match.rarity(content, [content]),
    "hint": lambda content: hint.hint(content, TODAY, ["NPR"]),
    "read": read,
    "moments": lambda content: moments.moments(content, TODAY),
    "years_named": moments.years_named,
    "periods": lambda content: resolve.periods(as_evidence(content)),
    "years_meant": lambda content: resolve.years_meant(as_evidence(content)),
    "read_published": resolve.read_published,
    "dated": lambda content: resolve.dated(content, as_evidence(content)),
    "glossed": lambda content: resolve.glossed(content, as_evidence(content)),
    "figures": figures.figures,
    "hedged": lambda content: figures.hedged(content, content),
    "asked": asks_of,
    "values": value_of,
    "claims": lambda content: list(speakers.claims(content)),
    "attributed": lambda content: attribution.attributed("The gang fled to Elm.", as_evidence(content)),
    "attributed to": lambda content: attribution.attributed(content, PLAIN, question=content),
    "who it was": lambda content: attribution.attributed(
        "40 men were held in 2015.", replace(as_evidence(content + " " + BACK.text), start=len(content) + 32)
    ),
    "in_context": lambda content: in_context(content, [PLAIN, as_evidence(content)], content),
    "accounts": account,
    "named": pronouns.named,
    "leans": pronouns.leaning,
    "follows": follows,
    "asked of the conversation": acts.act_of,
    "voice_in": acts.voice_in,
    "why": conversation.why,
    "piece_in": articles_named.piece_in,
    "other figures": lambda content: points._other(
        "", figures.figures(PLAIN.text)[0], PLAIN, as_evidence(content)
    ),
    "readable": lambda content: readable.readable(as_evidence(content)),
    "dangling": lambda content: readable.dangling(as_evidence(content)),
    "speakers": lambda content: attribution.speakers(as_evidence(content)),
    "tellable": tellable,
    "when": lambda content: timeline.when(as_evidence(content)),
    "sides": compare.sides,
    "asked what somebody says": lambda content: explain.by_speaker(content, []),
    "faithful": lambda content: rewrite._faithful(content[:290], content, [Turn(content, content)]),
}


@pytest.mark.skipif(not hasattr(signal, "SIGPROF"), reason="needs a clock of the processor's time")
@pytest.mark.parametrize("name", READERS)
def test_hostile_text_is_read_in_time_that_grows_with_its_length(name: str) -> None:
    read = READERS[name]
    taken = [(seconds(read, content), i) for i, content in enumerate(hostile(SMALL))]
    for small, i in sorted(taken, reverse=True)[:SLOWEST]:
        small = max(small, 1e-4)  # clocks are coarse
        factor = round(max(LEAST, min(MOST, SPENT / small)))
        short, long = (next(islice(hostile(size), i, None)) for size in (SMALL, SMALL * factor))
        spent = seconds(read, long)
        if spent >= max(MEASURED, GROWTH * factor * small):  # it may have been the machine
            spent, small = min(spent, seconds(read, long)), max(small, seconds(read, short))
        assert spent < max(MEASURED, GROWTH * factor * small), (
            f"{long[:60]!r} takes {small:.5f} s, and {spent:.2f} s when it is {factor} times as long"
        )


@pytest.mark.skipif(not hasattr(signal, "SIGPROF"), reason="needs a clock of the processor's time")
@pytest.mark.parametrize("space", ["\r", "\x1f", "\u2028"])
def test_lines_that_end_in_other_ways_do_not_hang_the_search_for_orders(space: str) -> None:
    seconds(untrusted.addresses_reader, space * 80_000)


QUESTION = "What did the harbour bridge cost?"
COST = "The harbour bridge cost 41 million pounds"


def ask(library: Library, scripted: Any, piece: str, history: tuple[Turn, ...] = ()) -> Answer:
    """Asks of the library, of a model whose sentence runs on in the same hostile way."""
    reply = f"{COST}, {piece * 100}"
    model = scripted(lambda messages: reply if len(messages) > 2 else "41 million pounds")
    return answer(
        QUESTION, library=library, model=model, config=replace(Config(), threshold=0.0), history=history
    )


@pytest.mark.skipif(not hasattr(signal, "SIGPROF"), reason="needs a clock of the processor's time")
@pytest.mark.parametrize(
    "piece", ["1,000,", "[", "A-", "on Sunday ", ", said A ", "x", "“a,” said A. ", "always \n"]
)
def test_a_question_over_one_endless_sentence_is_answered_in_seconds(
    piece: str, tmp_path: Path, embedder: Any, scripted: Any
) -> None:
    endless = f"{COST}, {piece * (1_000_000 // len(piece))}"
    with Library.open(tmp_path / "lib", embedder=embedder, create=True) as library:
        library.add_articles([Article("h", "Harbour bridge", endless, None, "NPR", "2017-03-14")])
        found: list[Answer] = []
        seconds(lambda piece: found.append(ask(library, scripted, piece)), piece)
    assert found[0].short == "41 million pounds"
    assert found[0].citations[0].quote in endless
    assert all(len(item.text) <= evidence.LONGEST for item in found[0].evidence)


@pytest.mark.skipif(not hasattr(signal, "SIGPROF"), reason="needs a clock of the processor's time")
@pytest.mark.parametrize("piece", ["![", "\n", "A-", " according to A"])
def test_endless_titles_and_earlier_turns_do_not_hang_an_answer(
    piece: str, tmp_path: Path, embedder: Any, scripted: Any
) -> None:
    long = "Harbour bridge " + piece * (200_000 // len(piece)) + "."
    with Library.open(tmp_path / "lib", embedder=embedder, create=True) as library:
        library.add_articles([Article("h", long, f"{COST}, the council said.", None, long, "2017-03-14")])
        found: list[Answer] = []
        turns = (Turn(long, long), Turn(f"Who built it? {long}", long))
        seconds(lambda piece: found.append(ask(library, scripted, piece, turns)), piece)
    assert "41 million pounds" in found[0].text
    assert len(found[0].citations[0].article.title) < 1000

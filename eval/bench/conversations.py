"""Does a follow-up find what it asks for? How follow-up questions are rewritten, measured on conversations.

    python -m eval.bench.conversations [--rules-only] [--half development|held-back] [--gold FILE] [--articles DIR ...]
                                       [--model NAME] [--errors] [--out FILE]

The gold set, `eval/gold/conversations.jsonl` unless another is given, is one conversation a line, about the sample
articles that come with Footnote:

    {"id": "c01", "turns": [
        {"question": "and in 2017?", "standalone": "How many were deported in 2017?", "leans": true, "kind": "year",
         "answer": "398 had been deported by May.", "evidence": [{"article": "a.md", "quote": "398 were deported"}]}]}

`question` is what was typed, `standalone` the same question as it can be understood alone, `answer` what was
answered ("" where the articles are silent), `evidence` exact words of the articles that a right answer rests on (none
where they are silent). `leans` says whether the question needs the turns before it; `kind` names what makes it lean
("first" and "new topic" don't). A conversation with an odd number in its `id` belongs to the development half, the
others are held back: rules are made by looking at the first alone, and --errors shows no other.

Each turn but the first is rewritten once, with the gold standalone questions and answers before it as its history, so
that a mistake in one turn doesn't count in the next. The question as typed, its rewriting and the gold form are each
searched for as the answering does; a turn is found when every quote (half of it or more) is in the best five passages
(and, stricter, in the first). "Invented" counts rewritings with a capitalised word or a number that neither the
question nor the history has, whatever the guard in `qa.followup.rewrite` thinks. Intervals draw whole conversations.
A prompt is read anew for each rewriting, as it is between two answers. Knows nothing of how questions are rewritten.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from eval.bench.conversation_gold import HALVES, GoldTurn, load_turns
from eval.locate import locate
from eval.metrics.bootstrap import bootstrap
from eval.metrics.spans import Places, Span, covers
from eval.metrics.token_f1 import token_f1
from index.config import Config
from index.config import load as settings
from index.errors import BadGold, FootnoteError
from index.language.numbers import numbers
from index.language.words import words
from index.library import Library
from index.search.rerank import Remembering, load_reranker
from qa.followup.rewrite import standalone
from qa.retrieve import find
from qa.types import Delta, LanguageModel, Message, ModelInfo

ROOT = Path(__file__).resolve().parents[2]
GOLD = ROOT / "eval" / "gold" / "conversations.jsonl"
SAMPLE = ROOT / "index" / "sample"
BEST = 5
_PATIENCE = 600.0
"""Seconds for a rewriting: so many that a busy machine changes the times and nothing else."""
TODAY = date(2026, 11, 22)
"""The day that "last week" in a question counts from: always the same."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a turn was rewritten to, how long it took, and how far down the three forms find its evidence.

    `ranks` are for the question as typed, the rewriting, and the gold form: the rank of the passage with which all
    quotes are found, 0 if one isn't in the best; none where the articles are silent.
    """

    turn: GoldTurn
    rewritten: str
    seconds: float
    asked: bool
    ranks: tuple[int, ...]

    @property
    def untouched(self) -> bool:
        """Whether the question's words stayed as they were; a leading "and" doesn't count."""
        return _bare(self.rewritten) == _bare(self.turn.question)

    @property
    def invented(self) -> frozenset[str]:
        """Capitalised words and numbers of the rewriting that the conversation doesn't have."""
        said = [self.turn.question, *(f"{t.question} {t.answer}" for t in self.turn.history)]
        known = {part for text in said for part in _parts(text.lower())}
        # The first word is capitalised anyway: it counts unless questions begin with it, which the gold forms show.
        usual = {word.lower() for word in words(self.turn.standalone)[:1]} | _OPENINGS
        capitals = {p for word in words(self.rewritten) if word[0].isupper() for p in _parts(word.lower())}
        return frozenset(capitals - known - usual) | (numbers(self.rewritten) - numbers(" ".join(said)))


_OPENINGS = frozenset(
    "what who whom whose which when where why how did do does is are was were has have had can could will would "
    "should in on at of for according the a an no yes i".split()
)


def _parts(text: str) -> list[str]:
    return [re.sub(r"['’]s?$", "", word) for word in words(text)]


def _bare(text: str) -> list[str]:
    found = [word.lower() for word in words(text)]
    return found[1:] if found[:1] and found[0] in ("and", "but", "so", "or", "also") else found


class Counted:
    """A language model that counts how often it was asked, and reads each prompt anew; None never says anything."""

    def __init__(self, inner: LanguageModel | None) -> None:
        self.inner, self.asked = inner, 0
        self.info = inner.info if inner else ModelInfo("none", "rules only")
        self.context = inner.context if inner else 4096

    def count_tokens(self, text: str) -> int:
        """As the model counts."""
        return self.inner.count_tokens(text) if self.inner else len(words(text))

    def generate(self, messages: Sequence[Message], **more: Any) -> Iterator[Delta]:
        """The model's pieces, none of its cache used."""
        self.asked += 1
        if self.inner:
            yield from self.inner.generate(messages, **{**more, "fresh": True})

    def close(self) -> None:
        """Closes the model."""
        if self.inner:
            self.inner.close()


def measure(library: Library, turns: Sequence[GoldTurn], model: Counted, config: Config) -> Iterator[Result]:
    """The result of each turn that has a history. Raises BadGold for a quote that no article holds."""
    articles = list(library.articles())
    # One for all questions, since a sample has few sentences: each is embedded once.
    closer = load_reranker(config, Remembering(lambda: library.embedder))
    known: dict[str, list[Span]] = {}
    for turn in (turn for turn in turns if turn.history):
        before, began = model.asked, time.perf_counter()
        rewritten = standalone(turn.question, turn.history, lambda: model, seconds=_PATIENCE).searched()
        seconds = time.perf_counter() - began
        forms = (turn.question, rewritten, turn.standalone)
        for form in forms if turn.evidence else ():
            if form not in known:
                hits = find(library, form, config.k, today=TODAY, reranker=closer)[:BEST]
                known[form] = [Span(hit.article.id, hit.passage.start, hit.passage.end) for hit in hits]
        places = [locate(evidence, articles) for evidence in turn.evidence]
        if not all(places):
            raise BadGold(f"{turn.conversation}: no article says {turn.evidence[places.index(())].quote!r}")
        ranks = tuple(_rank(known[form], places) for form in forms) if places else ()
        yield Result(turn, rewritten, seconds, model.asked > before, ranks)


def _rank(spans: Sequence[Span], quotes: Sequence[Places]) -> int:
    found = [[i for i, span in enumerate(spans, start=1) if covers(span, places)] for places in quotes]
    return max(ranks[0] for ranks in found) if all(found) else 0


def report(results: Sequence[Result]) -> str:
    """The figures as lines of text, each with its n and 95 % interval."""
    asked = [r for r in results if r.ranks]
    leaning = [r for r in results if r.turn.leans]
    alone = [r for r in results if not r.turn.leans]
    changed = [r for r in results if not r.untouched]
    lines = [
        _line(f"evidence in the best {n}{part}, {form}", [(r, float(0 < r.ranks[i] <= n)) for r in some])
        for n in (BEST, 1)
        for part, some in (("", asked), (" of leaning turns", [r for r in asked if r.turn.leans]))
        for i, form in enumerate(("as typed", "rewritten", "gold form"))
    ]
    lines += [
        _line("left alone, of those that stand alone", [(r, float(r.untouched)) for r in alone]),
        _line("rewritten, of those that lean", [(r, float(not r.untouched)) for r in leaning]),
        _line("an invented name or number, of rewritings", [(r, float(bool(r.invented))) for r in changed]),
        _line(
            "word F1 with the gold form, leaning turns",
            [(r, token_f1(r.rewritten, [r.turn.standalone])) for r in leaning],
        ),
        _line("the model was asked, of all", [(r, float(r.asked)) for r in results]),
    ]
    for name, some in (
        ("leaning turn", leaning),
        ("rewriting by the model", [r for r in results if r.asked]),
    ):
        if some:
            taken = [r.seconds for r in some]
            lines.append(
                f"seconds a {name}: mean {statistics.mean(taken):.2f}, median {statistics.median(taken):.2f}, "
                f"most {max(taken):.2f} (n = {len(some)})"
            )
    return "\n".join(lines)


def _line(name: str, values: Sequence[tuple[Result, float]]) -> str:
    if not values:
        return f"{name}: none (n = 0)"
    i = bootstrap([v for _, v in values], groups=[r.turn.conversation for r, _ in values])
    return f"{name}: {100 * i.value:.1f} [{100 * i.low:.1f}, {100 * i.high:.1f}] % (n = {len(values)})"


def errors(results: Sequence[Result]) -> str:
    """What went otherwise than it should in the development half, one turn a paragraph."""
    return "\n\n".join(
        f"{r.turn.conversation} {r.turn.kind}{' (model)' if r.asked else ''}: {r.turn.question}\n"
        f"  got  {r.rewritten}\n  gold {r.turn.standalone}\n  ranks {r.ranks}, invented {sorted(r.invented)}"
        for r in results
        if r.turn.half == HALVES[0] and _bare(r.rewritten) != _bare(r.turn.standalone)
    )


def _row(r: Result) -> dict[str, Any]:
    said = {"conversation": r.turn.conversation, "question": r.turn.question, "rewritten": r.rewritten}
    return {**said, "ranks": r.ranks, "asked": r.asked, "seconds": round(r.seconds, 3)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.conversations", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--gold", type=Path, default=GOLD)
    parser.add_argument("--articles", type=Path, nargs="+", default=[SAMPLE])
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--rules-only", action="store_true", help="ask no language model")
    parser.add_argument("--model")
    parser.add_argument("--out", type=Path, help="a file for what each turn came to, JSON lines")
    parser.add_argument("--errors", action="store_true", help="show what differs from gold, development only")
    given = parser.parse_args(arguments)
    try:
        config = settings(model=given.model)
        turns = load_turns(given.gold)
        inner = None
        if not given.rules_only:
            from qa.models import load_model

            inner = load_model(config.model, config)
        model = Counted(inner)
        with (
            tempfile.TemporaryDirectory() as folder,
            Library.open(folder, create=True, config=config) as library,
        ):
            library.add(given.articles)
            chosen = [turn for turn in turns if given.half in (None, turn.half)]
            results = list(measure(library, chosen, model, config))
        model.close()
    except FootnoteError as e:
        print(f"error: {e}", file=sys.stderr)
        return e.exit_code
    if given.out:
        given.out.write_text(
            "".join(json.dumps(_row(r), ensure_ascii=False) + "\n" for r in results), "utf-8"
        )
    if given.errors:
        print(errors(results) + "\n")
    for half in [given.half] if given.half else HALVES:
        some = [r for r in results if r.turn.half == half]
        print(
            f"{half}: {len(some)} turns; {model.info.name}\n{report(some)}\n" if some else f"{half}: none\n"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

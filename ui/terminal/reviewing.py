"""The review of drafted gold questions in a terminal: one at a time, one key each, saved at once.

Without a terminal the same keys are read as lines, so that a review can be piped in. What is decided, and what may be
wrong with a draft, is for `eval.drafting.drafts` and `eval.check`; nothing here knows how questions are drafted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from index.errors import BadGold
from index.types import Article
from ui.terminal import view
from ui.terminal.view import clean

if TYPE_CHECKING:
    from eval.drafting.drafts import Draft, Drafts, Proposal, Tally
    from eval.gold import GoldEvidence
    from index.library import Library

KEYS = "a accept · e edit · r reject · s skip · b back · q quit"
AROUND = 160
"""Characters of an article shown before and after a quote."""
LONGEST = 600.0
"""Seconds booked on one look at a draft at most: who stays away longer was not reviewing."""
BETWEEN = " | "
"""What stands between answers when they are edited."""


class Keys:
    """Where keys and lines come from: a terminal key by key, or lines of standard input."""

    def key(self) -> str:
        """The next key in lower case; "q" at the end of the input or for Ctrl-C."""
        view.out.print(Text(KEYS + " › ", style="dim"), end="")
        if sys.stdin.isatty():
            import click

            try:
                pressed = click.getchar()
            except (KeyboardInterrupt, EOFError):
                pressed = "q"
            view.out.print(Text(clean(pressed)))
            return pressed.lower()
        line = sys.stdin.readline()
        view.out.print()
        return (line.strip() or "?")[0].lower() if line else "q"

    def line(self, prompt: str, now: str) -> str:
        """A line to replace `now`; an empty one keeps it."""
        if not sys.stdin.isatty():
            view.out.print(Text(f"{prompt}:", style="dim"))
            return sys.stdin.readline().strip() or now
        _prefill(now)
        try:
            return input(f"{prompt}: ").strip() or now
        except (EOFError, KeyboardInterrupt):
            return now
        finally:
            _prefill("")


def _prefill(text: str) -> None:
    """Has the next `input` begin with `text`, where the terminal's line editor can."""
    try:
        import readline
    except ImportError:  # not on Windows
        return
    readline.set_startup_hook((lambda: readline.insert_text(text)) if text else None)


def review(
    drafts: Drafts,
    library: Library | None,
    *,
    keys: Keys | None = None,
    console: Console | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Tally:
    """How far the review is when the person stops; every decision is on the disk, and in the gold set, at once.

    Shows the open drafts in order. Without a library, quotes are shown without their articles and not looked up.
    Raises BadGold when the gold set can't be read, DiskFull when it can't be written.
    """
    from eval.check import named

    articles = named((draft.proposal for draft in drafts), library) if library is not None else None
    return _Review(drafts, articles, keys or Keys(), console or view.out, clock).run()


@dataclass
class _Review:
    drafts: Drafts
    articles: Mapping[str, Article] | None
    keys: Keys
    console: Console
    clock: Callable[[], float]

    def run(self) -> Tally:
        ids = [draft.id for draft in self.drafts.open()]
        at = 0
        while at < len(ids):
            step = self._one(ids[at], f"{at + 1} of {len(ids)}")
            if step is None:
                break
            at = max(0, at + step)
        tally = self.drafts.tally()
        self.console.print(Text(f"{tally}. In {clean(str(self.drafts.gold))}"))
        return tally

    def _one(self, id: str, place: str) -> int | None:
        """How far to go on from this draft: 1, -1, or None to stop."""
        draft, edited = self.drafts[id], False
        self._show(draft, place)
        began = self.clock()

        def spent() -> float:
            return min(LONGEST, self.clock() - began)

        while True:
            key = self.keys.key()
            if key in ("q", "\x03", "\x04"):
                return None
            if key == "b":
                return -1
            if key == "s":
                if self.drafts[id].state == "open":
                    self.drafts.decide(id, "open", seconds=spent())
                return 1
            if key == "r":
                self.drafts.decide(id, "rejected", seconds=spent())
                return 1
            if key == "e":
                draft, edited = replace(draft, proposal=self._edited(draft.proposal)), True
                if self._doubts(draft.proposal):
                    self._show(draft, place)
                    continue
            if key in "ae" and self._accept(draft, edited, spent()):
                return 1
            if key not in "ae":
                self.console.print(Text("not a key here", style="yellow"))

    def _accept(self, draft: Draft, edited: bool, seconds: float) -> bool:
        """Whether the draft could be taken into the gold set."""
        p = draft.proposal
        try:
            self.drafts.decide(
                draft.id,
                "accepted",
                seconds=seconds,
                question=p.question if edited else None,
                answers=p.answers if edited else None,
            )
        except BadGold as error:
            self.console.print(Text(clean(str(error)), style="yellow"))
            return False
        return True

    def _edited(self, p: Proposal) -> Proposal:
        question = self.keys.line("question", p.question)
        if not p.answerable:
            return replace(p, question=question)
        said = self.keys.line(f"answers, with{BETWEEN}between them", BETWEEN.join(p.answers))
        answers = tuple(part.strip() for part in said.split(BETWEEN.strip()) if part.strip())
        return replace(p, question=question, answers=answers or p.answers)

    def _doubts(self, p: Proposal) -> list[str]:
        from eval.check import doubts

        return doubts(p, self.articles) if self.articles is not None else []

    def _show(self, draft: Draft, place: str) -> None:
        self.console.print(card(draft, place, self.articles, self._doubts(draft.proposal)))


def card(
    draft: Draft, place: str, articles: Mapping[str, Article] | None, doubts: Sequence[str]
) -> RenderableType:
    """A draft as a person wants to judge it: the question, the answers, the quotes in their articles, what is odd."""
    p = draft.proposal
    state = "" if draft.state == "open" else f" · {draft.state} before"
    parts: list[RenderableType] = [
        Text(f"\n{place} · {clean(p.kind)}{state}", style="dim"),
        Text(clean(p.question), style="bold"),
    ]
    if p.answerable:
        parts.append(Text(clean("  or  ".join(p.answers)), style="bold green"))
    else:
        parts.append(Text("The articles don't answer this.", style="bold yellow"))
    if p.near:
        parts.append(Text("\nClosest to it:", style="dim"))
    parts += [_quote(item, articles, p.answers) for item in (*p.evidence, *p.near)]
    if p.note:
        parts.append(Text(f"note: {clean(p.note)}", style="cyan"))
    parts += [Text(f"look: {clean(doubt)}", style="yellow") for doubt in doubts]
    return Group(*parts)


def _quote(
    item: GoldEvidence, articles: Mapping[str, Article] | None, answers: Sequence[str]
) -> RenderableType:
    """The article's title and date, and the quote in its place, the answers in it marked."""
    from eval.locate import find_quote

    article = (articles or {}).get(item.article)
    if article is None:
        head, body = Text(clean(item.article), style="bold"), Text(clean(item.quote), style="reverse")
    else:
        known = (article.title, article.publisher, article.published)
        head = Text(", ".join(clean(part) for part in known if part), style="bold")
        spans = find_quote(article.text, item.quote)
        start, end = spans[0] if spans and item.quote.strip() else (0, 0)
        body = Text(_before(article.text, start), style="dim")
        body.append(Text(clean(article.text[start:end] or item.quote), style="reverse not dim"))
        body.append(Text(_after(article.text, end) if end else "", style="dim"))
    body.highlight_words([clean(answer) for answer in answers if answer.strip()], "bold green")
    return Padding(Group(head, body), (0, 0, 1, 2))


def _before(text: str, start: int) -> str:
    cut = text[max(0, start - AROUND) : start]
    if start > AROUND:
        cut = "… " + cut.partition(" ")[2]
    return f"{clean(cut)} " if cut.strip() else ""


def _after(text: str, end: int) -> str:
    cut = text[end : end + AROUND]
    if end + AROUND < len(text):
        cut = cut.rpartition(" ")[0] + " …"
    return f" {clean(cut)}" if cut.strip() else ""

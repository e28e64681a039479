"""Drafts a gold set out of a library: which kinds of questions, how many of each, until none is left to draft.

How each kind is drafted is for `singles`, `two_articles` and `near_misses`. A draft is a proposal, no truth: a person
accepts, edits or rejects it (`drafts`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from eval.drafting.drafts import KINDS, Proposal
from eval.drafting.material import Material
from eval.drafting.near_misses import NearMisses
from eval.drafting.singles import Singles
from eval.drafting.two_articles import TwoArticles
from eval.drafting.wording import Seen
from index.errors import BadSetting
from index.library import Library
from qa.types import LanguageModel

SHARES = {"single": 0.60, "two-article": 0.15, "unanswerable": 0.25}
"""How a gold set is mixed."""
PATIENCE = {"single": 30, "two-article": 20, "unanswerable": 20}
"""Attempts in a row that may come to nothing before a kind is given up."""


def propose(
    library: Library,
    model: LanguageModel,
    *,
    n: int,
    seed: int = 0,
    kinds: Sequence[str] = KINDS,
    done: Sequence[Proposal] = (),
    say: Callable[[str], None] | None = None,
) -> Iterator[Proposal]:
    """Up to `n` proposals, each as soon as it is drafted; fewer when the articles hold no more.

    Six in ten are single, 15 in a hundred two-article, the rest unanswerable near-misses, as far as `kinds` asks for
    them and the articles allow it; when a kind runs out, the others make up for it. `done` are proposals of earlier
    calls: none of them comes again, and the mix is that of all together. The same library, model, seed and `done`
    give the same proposals. `say` is told what ran out and why drafts were dropped.

    Raises BadSetting for an unknown kind, ModelFailed, and what a library raises.
    """
    if unknown := [kind for kind in kinds if kind not in SHARES]:
        raise BadSetting(f"unknown kind of question {unknown[0]!r}: known are {', '.join(SHARES)}")
    yield from _Drafting(library, model, n, f"{seed}:{len(done)}", tuple(dict.fromkeys(kinds)), done).run(
        say or (lambda _text: None)
    )


class _Drafting:
    def __init__(
        self,
        library: Library,
        model: LanguageModel,
        n: int,
        seed: str,
        kinds: Sequence[str],
        done: Sequence[Proposal],
    ) -> None:
        self.n = n
        self.made = Counter(proposal.kind for proposal in done)
        self.dropped: dict[str, Counter[str]] = {kind: Counter() for kind in kinds}
        self.seen = Seen()
        for proposal in done:
            self.seen.add(proposal.question)
        material = Material(library, seed)
        singles = Singles(material, model, self.seen, done)
        self.bases = [p for p in done if p.kind == "single" and p.near == () and p.answerable]
        used = {evidence for p in done if p.kind == "unanswerable" for evidence in p.near}
        self.bases = [p for p in self.bases if not used & set(p.evidence)]
        self.spare: Iterator[Proposal | str] = iter(()) if "single" in kinds else iter(singles)
        self.near_misses = NearMisses(material, model, self.seen, self.bases)
        makers: dict[str, Iterable[Proposal | str]] = {
            "single": singles,
            "two-article": TwoArticles(material, model, self.seen),
            "unanswerable": self.near_misses,
        }
        self.left: dict[str, Iterator[Proposal | str]] = {kind: iter(makers[kind]) for kind in kinds}

    def run(self, say: Callable[[str], None]) -> Iterator[Proposal]:
        count, failed = 0, Counter[str]()
        while count < self.n and self.left:
            # A kind that fails waits for its next turn: trying it until it works would keep the others waiting.
            kind = min(
                self.left, key=lambda kind: ((self.made[kind] + failed[kind] + 0.5) / SHARES[kind], kind)
            )
            got = self._next(kind)
            if isinstance(got, Proposal):
                failed[kind] = 0
                count += 1
                self.made[got.kind] += 1
                self.seen.add(got.question)
                if got.kind == "single":
                    self.bases.append(got)
                yield got
                continue
            failed[kind] += 1
            if got:
                self.dropped[kind][got] += 1
            if got is None or failed[kind] >= PATIENCE[kind]:
                del self.left[kind]
                say(self._gone(kind))
        for kind, why in self.dropped.items():
            if why and kind in self.left:
                say(f"{kind}: {sum(why.values())} drafts were dropped, {_reasons(why)}")

    def _next(self, kind: str) -> Proposal | str | None:
        """What the kind's maker gives next; None when it has nothing more to give."""
        if (got := next(self.left[kind], None)) is not None or kind != "unanswerable":
            return got
        # Near misses are made from single questions. One more is drafted: as part of the set if single questions
        # are asked for, else for this alone.
        if "single" in self.left:
            got = next(self.left["single"], None)
        else:
            got = next(self.spare, None)
            if isinstance(got, Proposal):
                self.bases.append(got)
                got = "was only drafted to be changed"
        self.left[kind] = iter(self.near_misses)
        return got

    def _gone(self, kind: str) -> str:
        text = f"no more {kind} questions after {self.made[kind]}"
        return text + (f": {_reasons(self.dropped[kind])}" if self.dropped[kind] else "")


def _reasons(why: Counter[str]) -> str:
    return ", ".join(f"{reason} ({count})" for reason, count in why.most_common(3))

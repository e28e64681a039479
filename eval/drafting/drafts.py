"""Drafted questions on their way into a gold set: what was proposed, what a person decided, how long it took.

They lie beside the gold set, `gold.drafts.jsonl` beside `gold.jsonl`, one JSON object a line:

    {"id": "1f0c77ab", "state": "edited", "seconds": 21.5,
     "question": ..., "answers": [...], "evidence": [{"article": ..., "quote": ...}], "near": [],
     "answerable": true, "kind": "single", "group": "bridge.txt", "note": "...",
     "drafted": {"question": ..., "answers": [...]}}

Lines are only ever appended, and a later line of the same id holds instead of the earlier one. So one process can
draft while another reviews, a kill loses at most the line being written, and nothing needs to be saved at the end.
Knows nothing of how questions are drafted or shown.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from eval.drafting import draftfile
from eval.gold import GoldEvidence, GoldQuestion, as_row
from index.errors import BadGold
from index.language.words import normalise

if TYPE_CHECKING:
    from index.library import Library
    from qa.types import LanguageModel

State = Literal["open", "accepted", "edited", "rejected"]
"""`accepted` and `edited` drafts are in the gold set; `edited` ones were changed first."""
KINDS = ("single", "two-article", "unanswerable")
"""The kinds of questions that can be drafted."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A drafted question with what answers it.

    `evidence` quotes stand in the articles word for word; an unanswerable question has none, and no answers.
    `near` is what a reviewer should see besides: for an unanswerable question the sentences it nearly asks about.
    `group` names what questions share (the article), for intervals that draw it whole. `note` says, for the
    reviewer, what was computed, changed, or looks doubtful.
    """

    question: str
    answers: tuple[str, ...]
    evidence: tuple[GoldEvidence, ...]
    answerable: bool
    kind: str
    group: str = ""
    note: str = ""
    near: tuple[GoldEvidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposal as it stands now, what was decided about it, and the seconds a person spent on that.

    `drafted` is the question and the answers as they were proposed, once they were edited. The id is made from
    the proposed question and stays when the question is edited.
    """

    id: str
    proposal: Proposal
    state: State = "open"
    seconds: float = 0.0
    drafted: tuple[str, tuple[str, ...]] | None = None

    @property
    def kept(self) -> bool:
        """Whether the gold set holds it."""
        return self.state in ("accepted", "edited")

    def gold(self) -> GoldQuestion:
        """The question as a gold set holds it."""
        p = self.proposal
        return GoldQuestion(self.id, p.question, p.answers, p.evidence, p.answerable, p.kind, p.group)


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a review is. `str()` is one line for a person."""

    drafted: int
    accepted: int
    edited: int
    rejected: int
    seconds: float

    @property
    def kept(self) -> int:
        """Accepted ones, edited or not."""
        return self.accepted + self.edited

    @property
    def decided(self) -> int:
        """Accepted, edited and rejected ones."""
        return self.kept + self.rejected

    @property
    def open(self) -> int:
        """Those still to decide."""
        return self.drafted - self.decided

    @property
    def acceptance_rate(self) -> float:
        """The kept share of those decided, in [0, 1]; 0.0 when none is."""
        return self.kept / self.decided if self.decided else 0.0

    @property
    def minutes(self) -> float:
        """Minutes a person spent reviewing."""
        return self.seconds / 60

    def __str__(self) -> str:
        if not self.decided:
            return f"{self.drafted} drafted, none reviewed yet"
        each = self.seconds / self.decided
        return (
            f"{self.kept} of {self.decided} accepted ({self.acceptance_rate:.0%}), {self.edited} of them edited, "
            f"in {self.minutes:.1f} minutes ({each:.0f} s a question); {self.open} still open"
        )


class Drafts:
    """The drafts of one gold set, in the order they were proposed. Threads and processes may share it.

    `add` and `decide` are on the disk when they return.
    """

    def __init__(self, gold: Path, drafts: Iterable[Draft] = ()) -> None:
        self.gold = gold
        """The gold set that accepted drafts are written to."""
        self._drafts = {draft.id: draft for draft in drafts}
        self._lock = threading.RLock()

    @classmethod
    def load(cls, gold: str | Path) -> Drafts:
        """The drafts beside the gold set `gold`, whether or not either file exists yet.

        Raises BadGold for a file that can't be read or isn't one of drafts. A half-written line is passed over.
        """
        path = Path(gold).expanduser()
        if path.suffix == ".gz":
            raise BadGold(f"{path}: questions are drafted into plain files: name one without .gz")
        drafts = cls(path)
        drafts.reload()
        return drafts

    @property
    def path(self) -> Path:
        """The drafts' own file: `gold.drafts.jsonl` for `gold.jsonl`."""
        return self.gold.with_name(self.gold.name.removesuffix(".jsonl") + ".drafts.jsonl")

    def reload(self) -> None:
        """Reads the file again: another process may have drafted or decided meanwhile."""
        with self._lock:
            self._drafts = {draft.id: draft for draft in _read(self.path)}

    def __len__(self) -> int:
        return len(self._drafts)

    def __iter__(self) -> Iterator[Draft]:
        return iter(list(self._drafts.values()))

    def __getitem__(self, id: str) -> Draft:
        return self._drafts[id]

    def open(self) -> list[Draft]:
        """Those still to decide, in order."""
        return [draft for draft in self if draft.state == "open"]

    def tally(self, kind: str | None = None) -> Tally:
        """How far the review is, of all or of one kind."""
        of = [draft for draft in self if kind is None or draft.proposal.kind == kind]
        states = [draft.state for draft in of]
        return Tally(
            len(of),
            states.count("accepted"),
            states.count("edited"),
            states.count("rejected"),
            sum(draft.seconds for draft in of),
        )

    def add(self, proposal: Proposal) -> Draft:
        """Takes in a proposal and says under which id; the same question again gives the draft that is there."""
        with self._lock, draftfile.alone(self.gold):
            self._catch_up()
            digits = hashlib.sha256(normalise(proposal.question).encode()).hexdigest()
            for length in range(8, len(digits) + 1):
                known = self._drafts.get(digits[:length])
                if known is None:
                    return self._keep(Draft(digits[:length], proposal))
                if normalise((known.drafted or (known.proposal.question,))[0]) == normalise(
                    proposal.question
                ):
                    return known
            raise AssertionError("two questions of one hash")

    def decide(
        self,
        id: str,
        state: State,
        *,
        seconds: float = 0.0,
        question: str | None = None,
        answers: Iterable[str] | None = None,
    ) -> Draft:
        """Notes the decision, brings the gold set in line with it, and gives the draft as it is now.

        `question` and `answers` replace the drafted ones; an accepted draft that differs from what was proposed
        counts as edited. `seconds` are added to those spent on it before. "open" takes a decision back.
        Raises KeyError for an unknown id, BadGold for an edit that a gold set can't hold (nothing is changed then)
        or a gold set that can't be read.
        """
        with self._lock, draftfile.alone(self.gold):
            self._catch_up()
            before = self._drafts[id]
            after = replace(
                _edited(before, question, answers), seconds=before.seconds + max(0.0, seconds), state=state
            )
            if after.kept:
                _check(after.proposal)
                after = replace(after, state="edited" if after.drafted else "accepted")
            # The gold set first: a kill in between leaves the draft open, and deciding it again does no harm.
            draftfile.put(self.gold, after.id, as_row(after.gold()) if after.kept else None)
            return self._keep(after)

    def _catch_up(self) -> None:
        """Takes in what other threads and processes wrote since, which a change must not undo."""
        self._drafts |= {draft.id: draft for draft in _read(self.path)}

    def _keep(self, draft: Draft) -> Draft:
        draftfile.append(self.path, _row(draft))
        self._drafts[draft.id] = draft
        return draft


def new(
    library: Library,
    model: LanguageModel,
    out: str | Path,
    *,
    n: int,
    seed: int = 0,
    kinds: Iterable[str] = KINDS,
    progress: Callable[[int, int], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> Drafts:
    """The drafts of the gold set `out`, drafted up to `n` questions in all; those there already count.

    Each is on the disk as soon as it is drafted, so an interrupted call goes on where it stopped. `progress` is
    called with (drafted, n), `say` with remarks such as a kind that ran out. Raises BadGold, ModelFailed, and what
    a library raises.
    """
    from eval.drafting.propose import propose

    drafts = Drafts.load(out)
    report = progress or (lambda _done, _all: None)
    report(min(len(drafts), n), n)
    if len(drafts) < n:
        done = [draft.proposal for draft in drafts]
        for proposal in propose(
            library, model, n=n - len(drafts), seed=seed, kinds=tuple(kinds), done=done, say=say
        ):
            drafts.add(proposal)
            report(min(len(drafts), n), n)
    return drafts


def _check(proposal: Proposal) -> None:
    """Raises BadGold for what a gold set can't hold; a draft that is open or rejected may lack an answer."""
    if not proposal.question:
        raise BadGold("the question is empty: write one, or reject the draft")
    if proposal.answerable and not proposal.answers:
        raise BadGold("an answerable question needs an answer: write one, or reject the draft")
    if not proposal.answerable and proposal.answers:
        raise BadGold(
            "a question marked unanswerable can't have answers: leave them out, or reject the draft"
        )


def _edited(draft: Draft, question: str | None, answers: Iterable[str] | None) -> Draft:
    """The draft with other words, and with what was drafted if they differ from it."""
    was = draft.proposal
    text = " ".join((was.question if question is None else question).split())
    said = was.answers if answers is None else answers
    given = tuple(dict.fromkeys(" ".join(answer.split()) for answer in said if answer.strip()))
    drafted = draft.drafted or (was.question, was.answers)
    return replace(
        draft,
        proposal=replace(was, question=text, answers=given),
        drafted=None if (text, given) == drafted else drafted,
    )


def _row(draft: Draft) -> dict[str, Any]:
    row = {"id": draft.id, "state": draft.state, "seconds": round(draft.seconds, 1)}
    row |= as_row(draft.gold())
    row["near"] = [{"article": item.article, "quote": item.quote} for item in draft.proposal.near]
    row["note"] = draft.proposal.note
    if draft.drafted:
        row["drafted"] = {"question": draft.drafted[0], "answers": list(draft.drafted[1])}
    return row


def _read(path: Path) -> list[Draft]:
    drafts: dict[str, Draft] = {}
    rows = draftfile.rows(path)
    for row in rows:
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            draft = _parsed(row)
            drafts[draft.id] = draft
    if rows and not drafts:
        raise BadGold(f"{path} holds no drafts: move it away, or name another gold set")
    return list(drafts.values())


def _parsed(row: Mapping[str, Any]) -> Draft:
    if row["state"] not in get_args(State):
        raise ValueError(row["state"])
    proposal = Proposal(
        question=str(row["question"]),
        answers=tuple(map(str, row["answers"])),
        evidence=tuple(GoldEvidence(str(e["article"]), str(e["quote"])) for e in row["evidence"]),
        answerable=bool(row["answerable"]),
        kind=str(row.get("kind", "")),
        group=str(row.get("group", "")),
        note=str(row.get("note", "")),
        near=tuple(GoldEvidence(str(e["article"]), str(e["quote"])) for e in row.get("near", [])),
    )
    was = row.get("drafted")
    drafted = (str(was["question"]), tuple(map(str, was["answers"]))) if was else None
    return Draft(str(row["id"]), proposal, cast(State, row["state"]), float(row.get("seconds", 0.0)), drafted)

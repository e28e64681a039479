"""The review of drafts in a terminal, driven through standard input as a pipe would."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from eval.drafting.drafts import Draft, Drafts, Proposal
from eval.gold import GoldEvidence, load_gold
from index.library import Library
from index.read import make_article
from ui.terminal.reviewing import card, review

TEXT = (
    "Work on it began in 2007 with great pomp. The Lind bridge opened on 3 May 2011 after four years. "
    "It cost 40 million crowns, the council said."
)
OPENED = GoldEvidence("bridge.txt", "The Lind bridge opened on 3 May 2011 after four years.")
COST = GoldEvidence("bridge.txt", "It cost 40 million crowns, the council said.")

Review = Callable[[str], str]


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    drafts = Drafts.load(tmp_path / "gold.jsonl")
    drafts.add(Proposal("When did the Lind bridge open?", ("3 May 2011",), (OPENED,), True, "single"))
    drafts.add(
        Proposal("How much did the Lind bridge cost?", ("40 million crowns",), (COST,), True, "single")
    )
    note = "“Lind” was changed to “Holm”"
    drafts.add(
        Proposal("When did the Holm bridge open?", (), (), False, "unanswerable", note=note, near=(OPENED,))
    )
    return drafts


@pytest.fixture
def library(tmp_path: Path, library_of: Any) -> Iterator[Library]:
    article = make_article(TEXT, title="The bridge", published="2011-05-04", source="news/bridge.txt")
    with library_of(tmp_path / "lib", [article]) as opened:
        yield opened


@pytest.fixture
def reviewed(drafts: Drafts, library: Library, monkeypatch: pytest.MonkeyPatch) -> Review:
    """Reviews with these lines as standard input, two seconds between any two looks at the clock."""

    def run(lines: str) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        console = Console(file=io.StringIO(), width=200)
        ticks = iter(range(0, 1000, 2))
        review(drafts, library, console=console, clock=lambda: float(next(ticks)))
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    return run


def states(drafts: Drafts) -> list[str]:
    return [draft.state for draft in Drafts.load(drafts.gold)]


def test_a_draft_is_shown_with_what_it_rests_on(reviewed: Review) -> None:
    shown = reviewed("q\n")
    assert "When did the Lind bridge open?" in shown
    assert "3 May 2011" in shown
    assert "The bridge, 2011-05-04" in shown
    assert "with great pomp. The Lind bridge opened on 3 May 2011 after four years. It cost" in shown
    assert "How much" not in shown


def test_accept_reject_and_the_closing_line(reviewed: Review, drafts: Drafts) -> None:
    shown = reviewed("a\nr\na\n")
    assert states(drafts) == ["accepted", "rejected", "accepted"]
    assert [question.answerable for question in load_gold(drafts.gold)] == [True, False]
    assert "2 of 3 accepted (67%), 0 of them edited, in 0.1 minutes (2 s a question); 0 still open" in shown
    assert "The articles don't answer this." in shown
    assert "note: “Lind” was changed to “Holm”" in shown


def test_quitting_keeps_what_was_done_and_goes_on_there(reviewed: Review, drafts: Drafts) -> None:
    reviewed("a\nq\n")
    assert states(drafts) == ["accepted", "open", "open"]
    shown = reviewed("r\n")  # and then the input ends
    assert "1 of 2" in shown
    assert "When did the Lind" not in shown
    assert states(drafts) == ["accepted", "rejected", "open"]


def test_skipping_and_going_back(reviewed: Review, drafts: Drafts) -> None:
    shown = reviewed("s\nr\nb\na\nq\n")
    assert states(drafts) == ["open", "accepted", "open"]
    assert "rejected before" in shown


def test_an_edit_replaces_the_words(reviewed: Review, drafts: Drafts) -> None:
    reviewed("e\nOn what day did the Lind bridge open?\n3 May 2011 | May 3, 2011\nq\n")
    (question,) = load_gold(drafts.gold)
    assert question.question == "On what day did the Lind bridge open?"
    assert question.answers == ("3 May 2011", "May 3, 2011")
    assert states(drafts)[0] == "edited"
    assert next(iter(drafts)).drafted == ("When did the Lind bridge open?", ("3 May 2011",))


def test_empty_lines_keep_the_words(reviewed: Review, drafts: Drafts) -> None:
    reviewed("e\n\n\nq\n")
    assert states(drafts)[0] == "accepted"


def test_a_doubtful_edit_is_shown_again_before_it_counts(reviewed: Review, drafts: Drafts) -> None:
    shown = reviewed("e\n\n4 May 2011\ne\n\n3 May 2011\nq\n")
    assert "look: no answer stands in the quote: “4 May 2011” does not" in shown
    assert load_gold(drafts.gold)[0].answers == ("3 May 2011",)
    # It is the person who decides: a second "a" takes it as it is.
    reviewed("e\n\na fortune\na\n")
    assert load_gold(drafts.gold)[1].answers == ("a fortune",)


def test_a_key_that_is_none(reviewed: Review, drafts: Drafts) -> None:
    assert "not a key here" in reviewed("x\n\na\nq\n")
    assert states(drafts)[0] == "accepted"


def test_a_quote_that_is_gone_is_pointed_out(drafts: Drafts, tmp_path: Path, embedder: Any) -> None:
    console = Console(file=io.StringIO(), width=200)
    with Library.open(tmp_path / "other", embedder=embedder, create=True) as library:
        library.add_articles([make_article("All is new here.", title="New", source="bridge.txt")])
        from eval.check import doubts, named

        draft = next(iter(drafts))
        articles = named([draft.proposal], library)
        console.print(card(draft, "1 of 1", articles, doubts(draft.proposal, articles)))
    assert isinstance(console.file, io.StringIO)
    assert "does not stand in 'bridge.txt'" in console.file.getvalue()
    assert "The Lind bridge opened" in console.file.getvalue()


def test_nothing_in_a_draft_moves_the_cursor() -> None:
    hostile = Proposal(
        "\x1b[2JWho [red]?",
        ("\x1b]0;x\x07",),
        (GoldEvidence("a\x1b[1m", "\x1b[5mb"),),
        True,
        "\x1b[1m",
        note="\x1b[H",
    )
    console = Console(width=80, force_terminal=True, color_system=None)
    with console.capture() as capture:
        console.print(card(Draft("1", hostile), "1 of 1", None, ["\x1b[3J"]))
    assert "\x1b" not in capture.get()
    assert "[red]" in capture.get()

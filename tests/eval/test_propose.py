"""Drafting a gold set: what a draft must hold, what is dropped, the mix, and going on where it stopped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.drafting.drafts import Drafts, Proposal, new
from eval.drafting.facts import facts, name_spans, spellings, worth_asking
from eval.drafting.propose import propose
from eval.drafting.wording import Seen, fault
from eval.gold import GoldEvidence, load_gold
from index.errors import BadGold, BadSetting
from index.library import Library
from index.read import make_article
from qa.types import Message

TOWNS = ("Norwell", "Kessing", "Dunford", "Aldmere", "Holmby", "Vikdal", "Torsby", "Lindau")


def story(town: str, i: int) -> str:
    return (
        f"The bridge over the river at {town} was finished in {1990 + 3 * i} after long work. "
        f"The council of {town} paid {41 + 2 * i} million crowns for the stone and the steel. "
        f"Ships may pass below it, and fishing is allowed from the banks all year round. "
        f"Some {1200 + 37 * i} people live in {town} and in the farms that belong to it."
    )


@pytest.fixture
def library(tmp_path: Path, library_of: Any) -> Iterator[Library]:
    articles = [
        make_article(story(town, i), title=f"A bridge for {town}", source=f"news/{town.lower()}.txt")
        for i, town in enumerate(TOWNS)
    ]
    market = (
        "The market train stops in Pelby and in Marsk. It brings wool from Grenlo, and cheese made in Oxhyll."
    )
    articles.append(make_article(market, title="Wool and cheese", source="market.txt"))
    with library_of(tmp_path / "lib", articles) as opened:
        yield opened


def writer(messages: Sequence[Message]) -> str:
    """Writes questions about the stories, and answers them rightly."""
    told = messages[-1].content
    if "shortest phrase" in told:
        asked = told.rpartition("Question: ")[2]
        if "finished" in asked:
            return re.findall(r"finished in (\d{4})", told)[0]
        pattern = r"\d+ million crowns" if "paid" in asked else r"\d{4} people"
        return re.findall(pattern, told)[0]
    shown, _, task = told.rpartition("Ask the question that is answered by: ")
    if "Wool and cheese" in shown:
        return "What?"
    town = re.findall(r"A bridge for (\w+)", shown)[0]
    answer = task.splitlines()[0]
    if "million" in answer:
        return f"How much was paid for the stone and the steel by {town}?"
    if "people" in answer:
        return f"How many people live in {town} and in its farms?"
    return f"In what year was the bridge over the river at {town} finished?"


def test_drafts_hold_what_they_promise(library: Library, scripted: Any) -> None:
    made = list(propose(library, scripted(writer, yes=0.01), n=10))
    assert len(made) == 10
    texts = {article.source.rpartition("/")[2]: article.text for article in library.articles()}
    assert len({proposal.question for proposal in made}) == 10
    for proposal in made:
        assert proposal.answerable == bool(proposal.answers) == bool(proposal.evidence)
        for item in (*proposal.evidence, *proposal.near):
            assert item.quote in texts[item.article]
        if proposal.kind == "single":
            assert proposal.answers[0] in proposal.evidence[0].quote
            assert proposal.answers[0].lower() not in proposal.question.lower()
            assert proposal.group == proposal.evidence[0].article


def test_the_mix_and_an_even_spread(library: Library, scripted: Any) -> None:
    told: list[str] = []
    made = list(propose(library, scripted(writer, yes=0.01), n=10, say=told.append))
    kinds = [proposal.kind for proposal in made]
    # No two articles share a rare name here: the others make up for what that kind can't give, and it is said.
    assert kinds.count("single") == 7
    assert kinds.count("unanswerable") == 3
    assert any("no more two-article questions" in text for text in told)
    singles = [proposal.group for proposal in made if proposal.kind == "single"]
    assert len(set(singles)) == len(singles)


def test_the_same_seed_drafts_the_same(library: Library, scripted: Any) -> None:
    def drafted(seed: int) -> list[Proposal]:
        return list(propose(library, scripted(writer, yes=0.01), n=6, seed=seed))

    assert drafted(1) == drafted(1)
    assert drafted(1) != drafted(2)


def test_a_question_that_the_model_answers_otherwise_is_dropped(library: Library, scripted: Any) -> None:
    def wrong(messages: Sequence[Message]) -> str:
        return "the mayor" if "shortest phrase" in messages[-1].content else writer(messages)

    told: list[str] = []
    assert list(propose(library, scripted(wrong), n=3, kinds=["single"], say=told.append)) == []
    assert "answered otherwise by the model" in told[0]


def test_a_model_that_writes_nonsense_ends_the_drafting(library: Library, scripted: Any) -> None:
    told: list[str] = []
    assert list(propose(library, scripted("What is said in the article?"), n=5, say=told.append)) == []
    assert any("single" in text for text in told)


def test_near_misses_name_something_else_and_say_so(library: Library, scripted: Any) -> None:
    made = list(propose(library, scripted(writer, yes=0.01), n=3, kinds=["unanswerable"]))
    assert [proposal.kind for proposal in made] == ["unanswerable"] * 3
    for proposal in made:
        old, new_word = re.findall(r"“(.+?)”", proposal.note)[:2]
        assert new_word in proposal.question
        assert old not in proposal.question
        assert proposal.near


def test_near_misses_that_the_model_would_answer_are_dropped(library: Library, scripted: Any) -> None:
    told: list[str] = []
    made = propose(library, scripted(writer, yes=0.9), n=3, kinds=["unanswerable"], say=told.append)
    assert list(made) == []
    assert "answerable, says the model" in told[0]


BRIDGE = (
    "The Corran Light company owns the solar farm at Harrow Down, which covers 88 hectares of former grazing land. "
    "It was fined once. Sheep graze there between the rows of panels in the summer months."
)
LAMP = (
    "A spokesman for Corran Light said that its lamp factory employs 412 workers in the harbour of Eastvale. "
    "The factory makes lamps for ships and for lighthouses along the whole of the northern coast."
)
TERNS = (
    "The bird trust counted 1,480 pairs of terns on the island of Skerrin in the summer of 2016.",
    "The bird trust counted 2,215 pairs of terns on the island of Skerrin in the summer of 2023.",
)


def test_two_articles_are_bridged_by_a_name(tmp_path: Path, embedder: Any, scripted: Any) -> None:
    def reply(messages: Sequence[Message]) -> str:
        told = messages[-1].content
        if "Describe:" in told:
            return "the company that owns the solar farm at Harrow Down"
        if "shortest phrase" in told:
            return "412 workers"
        return "How many workers does the lamp factory of Corran Light employ?"

    with Library.open(tmp_path / "lib", embedder=embedder, create=True) as library:
        library.add_articles(
            [
                make_article(BRIDGE, title="Sheep below the panels", source="sheep.txt"),
                make_article(LAMP, title="Lamps for the coast", source="lamps.txt"),
            ]
        )
        made = [
            proposal
            for seed in range(4)
            for proposal in propose(library, scripted(reply), n=1, kinds=["two-article"], seed=seed)
        ]
    assert made
    asked = made[0]
    assert asked.question.startswith("How many workers does the lamp factory of the company that owns")
    assert asked.answers == ("412 workers", "412")
    assert [item.article for item in asked.evidence] == ["sheep.txt", "lamps.txt"]
    assert "Corran Light" in asked.note


def test_a_difference_is_computed(tmp_path: Path, embedder: Any, scripted: Any) -> None:
    model = scripted("By how many pairs did the terns of Skerrin increase between 2016 and 2023?")
    with Library.open(tmp_path / "lib", embedder=embedder, create=True) as library:
        library.add_articles(
            [make_article(text, title="Terns", source=f"{i}.txt") for i, text in enumerate(TERNS)]
        )
        (asked,) = propose(library, model, n=1, kinds=["two-article"])
    assert asked.answers == ("735 pairs", "735")
    assert {item.quote for item in asked.evidence} == set(TERNS)


def test_an_unknown_kind_is_said(library: Library, scripted: Any) -> None:
    with pytest.raises(BadSetting, match="three-article"):
        list(propose(library, scripted(writer), n=1, kinds=["three-article"]))


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("How much was paid for the bridge at Norwell according to the article?", "speaks of the article"),
        ("How much did it cost to build there?", "not understood without the article"),
        ("How much did they pay for the stone of Norwell?", "not understood without the article"),
        ("How much was paid at Norwell last year?", "not understood without the article"),
        ("Did the council of Norwell pay for stone?", "asks for something else"),
        ("Who paid for the stone and the steel of Norwell?", "asks for something else"),
        ("How much of the 41 million crowns did Norwell pay?", "holds its answer"),
        ("How much did Norwell pay to Per Vik for stone?", "names what the article doesn't"),
        ("How much did the council of Norwell pay in 1812?", "names what the article doesn't"),
        ("How much is a loaf of bread in Norwell?", "about another sentence"),
        ("How much, Norwell?", "not one question of a fair length"),
        ("How much did the council of Norwell pay for the stone and the steel?", ""),
    ],
)
def test_what_is_wrong_with_a_question(question: str, why: str) -> None:
    quote = "The council of Norwell paid 41 million crowns for the stone and the steel."
    assert fault(question, ["41 million crowns"], "quantity", f"A bridge. {quote}", quote) == why


def test_alike_questions_are_seen_but_other_years_are_not() -> None:
    seen = Seen()
    seen.add("How many pairs of terns bred on Skerrin in 2016?")
    assert "How many tern pairs bred on Skerrin in 2016?" in seen
    assert "How many pairs of terns bred on Skerrin in 2019?" not in seen


def test_facts_leave_out_what_is_no_answer() -> None:
    text = "PORT HOLM - Two years ago Monday's fair drew 40,000 visitors, said Ines Duarte of the BBC in May."
    assert [fact.text for fact in facts(text)] == ["40,000 visitors", "Ines Duarte", "BBC"]
    assert [text[a:b] for a, b in name_spans("The Norwell mill. Officials from Los Angeles came.")]
    assert not worth_asking("“We never saw it come and we never heard it,” he said of the 40 ships.")
    assert spellings(facts("It took seventeen men.")[0]) == ("seventeen men", "seventeen", "17 men")


# Drafts on the disk


def proposal(question: str = "When did the bridge at Norwell open?") -> Proposal:
    return Proposal(
        question, ("1990",), (GoldEvidence("norwell.txt", "in 1990"),), True, "single", "norwell.txt"
    )


def test_drafting_goes_on_where_it_stopped(library: Library, scripted: Any, tmp_path: Path) -> None:
    out = tmp_path / "gold.jsonl"

    class Killed(Exception):
        pass

    def stop(done: int, _all: int) -> None:
        if done == 3:
            raise Killed

    with pytest.raises(Killed):
        new(library, scripted(writer, yes=0.01), out, n=8, progress=stop)
    before = list(Drafts.load(out))
    assert len(before) == 3
    reports: list[tuple[int, int]] = []
    drafts = new(
        library, scripted(writer, yes=0.01), out, n=8, progress=lambda *report: reports.append(report)
    )
    assert list(drafts)[:3] == before
    assert len({draft.proposal.question for draft in drafts}) == len(drafts) == 8
    assert (reports[0], reports[-1]) == ((3, 8), (8, 8))
    assert len(list(new(library, scripted(writer), out, n=8))) == 8


def test_decisions_reach_the_gold_set_and_leave_the_rest_alone(tmp_path: Path) -> None:
    out = tmp_path / "gold.jsonl"
    own = '{"id": "mine", "question": "Who?", "answers": ["Ada"], "evidence": [], "answerable": true, "by": "me"}'
    out.write_text(own, encoding="utf-8")
    drafts = Drafts.load(out)
    first = drafts.add(proposal())
    second = drafts.add(replace(proposal("Who paid for the bridge at Norwell?"), answers=("the council",)))
    assert drafts.add(proposal()) == first
    drafts.decide(first.id, "accepted", seconds=10)
    drafts.decide(second.id, "accepted", seconds=20, question="Who paid for Norwell's bridge?")
    assert [q.question for q in load_gold(out)][1:] == [
        first.proposal.question,
        "Who paid for Norwell's bridge?",
    ]
    assert out.read_text(encoding="utf-8").splitlines()[0] == own
    again = Drafts.load(out)
    assert list(again) == list(drafts)
    assert again[second.id].drafted == ("Who paid for the bridge at Norwell?", ("the council",))
    assert [draft.state for draft in again] == ["accepted", "edited"]
    again.decide(first.id, "rejected", seconds=6)
    assert [q.id for q in load_gold(out)] == ["mine", second.id]
    tally = again.tally()
    assert (tally.acceptance_rate, tally.minutes, tally.open) == (0.5, 0.6, 0)
    assert str(tally).startswith("1 of 2 accepted (50%), 1 of them edited, in 0.6 minutes (18 s a question)")


def test_a_line_cut_short_costs_that_line_only(tmp_path: Path) -> None:
    drafts = Drafts.load(tmp_path / "gold.jsonl")
    kept = drafts.add(proposal())
    with drafts.path.open("a", encoding="utf-8") as file:
        file.write('{"id": "half", "sta')
    again = Drafts.load(drafts.gold)
    other = again.add(proposal("Who built the bridge at Norwell?"))
    assert [draft.id for draft in Drafts.load(drafts.gold)] == [kept.id, other.id]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question": "  "}, "question is empty"),
        ({"answers": [" "]}, "needs an answer"),
    ],
)
def test_an_edit_that_no_gold_set_can_hold_changes_nothing(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    drafts = Drafts.load(tmp_path / "gold.jsonl")
    id = drafts.add(proposal()).id
    with pytest.raises(BadGold, match=message):
        drafts.decide(id, "accepted", **change)
    assert drafts[id].state == "open"
    assert not drafts.gold.exists()


def test_files_that_are_no_drafts_are_refused(tmp_path: Path) -> None:
    (tmp_path / "gold.drafts.jsonl").write_text(json.dumps({"id": "x"}), encoding="utf-8")
    with pytest.raises(BadGold, match="no drafts"):
        Drafts.load(tmp_path / "gold.jsonl")
    with pytest.raises(BadGold, match="without"):
        Drafts.load(tmp_path / "gold.jsonl.gz")

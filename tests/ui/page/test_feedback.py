"""What a reader says of an answer, and the gold question that it becomes."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.drafting.drafts import Drafts, Proposal
from eval.gold import GoldEvidence, GoldQuestion, load_gold
from index.config import Config
from index.errors import BadSetting
from index.read import make_article
from index.types import Article
from qa.types import Answer, Citation, Evidence, ModelInfo, Sentence, Timings
from tests.conftest import ROOT
from ui.page import feedback
from ui.page.feedback import GOLD, Judgement, keep, quotes_of, read
from ui.page.session import Desk, Talk
from ui.page.view import Exchange, conversation

TEXT = "The bridge opened in 2014. It cost 41 million pounds. Holt led the building."
ARTICLE = Article("a1", "Bridge", TEXT, source="news/bridge.txt")
COST = GoldEvidence("news/bridge.txt", "It cost 41 million pounds.")
OPENED = GoldEvidence("news/bridge.txt", "The bridge opened in 2014.")


def cited(quote: str, number: int = 1) -> Citation:
    start = TEXT.index(quote)
    return Citation(number, ARTICLE, start, start + len(quote), quote, 0.9)


def answered(**more: Any) -> Answer:
    given: dict[str, Any] = {
        "question": "And its cost?",
        "standalone": "What did the bridge cost?",
        "short": "41 million pounds",
        "text": "It cost 41 million pounds.",
        "sentences": (Sentence("It cost 41 million pounds.", (1,), True),),
        "citations": (cited(COST.quote),),
        "abstained": False,
        "reason": "",
        "confidence": 0.9,
        "hits": (),
        "prompt_tokens": 10,
        "timings": Timings(),
        "model": ModelInfo("tiny", "test"),
        "evidence": (Evidence(ARTICLE, 0, 26, 1.0), Evidence(ARTICLE, 27, 53, 1.0)),
    }
    return Answer(**(given | more))


def refused() -> Answer:
    return answered(short="", text="", sentences=(), abstained=True, reason="Nothing says so.")


def only(folder: Path) -> GoldQuestion:
    [question] = load_gold(folder / GOLD)
    return question


def test_the_quotes_are_the_citations_and_then_what_the_model_was_given() -> None:
    assert [quote for _, quote in quotes_of(answered())] == [COST.quote, OPENED.quote]


def test_a_wrong_answer_with_the_right_one_is_a_gold_question(tmp_path: Path) -> None:
    judged = keep(
        answered(), Judgement("answer", "What was its price?", "42 million", (1, 0, 99, -1)), tmp_path
    )
    question = only(tmp_path)
    assert (judged.file, judged.draft, judged.right) == (tmp_path / GOLD, False, False)
    assert question.question == "What was its price?"
    assert question.answers == ("42 million",)
    assert question.evidence == (OPENED, COST)
    assert question.answerable


def test_without_the_right_answer_it_is_a_draft(tmp_path: Path) -> None:
    judged = keep(answered(), Judgement("answer", quotes=(0,)), tmp_path)
    assert judged.draft
    assert not (tmp_path / GOLD).exists()
    [draft] = Drafts.load(tmp_path / GOLD)
    assert draft.state == "open"
    assert draft.proposal.question == "What did the bridge cost?"
    assert draft.proposal.evidence == (COST,)
    assert "41 million pounds" in draft.proposal.note


def test_what_should_have_been_refused_has_no_answer(tmp_path: Path) -> None:
    keep(answered(), Judgement("refuse", answer="typed before", quotes=(0,)), tmp_path)
    question = only(tmp_path)
    assert not question.answerable
    assert question.answers == question.evidence == ()


def test_a_wrong_citation_keeps_the_answer_and_takes_other_words(tmp_path: Path) -> None:
    keep(answered(), Judgement("citation", quotes=(1,)), tmp_path)
    assert only(tmp_path).answers == ("41 million pounds",)
    assert only(tmp_path).evidence == (OPENED,)


def test_a_wrong_refusal_with_the_answer_is_a_gold_question(tmp_path: Path) -> None:
    keep(refused(), Judgement("refused", answer="41 million", quotes=(0,)), tmp_path)
    assert only(tmp_path).answers == ("41 million",)
    assert only(tmp_path).answerable


def test_thumbs_up_keeps_what_was_said(tmp_path: Path) -> None:
    assert keep(answered(), Judgement(""), tmp_path).right
    assert only(tmp_path).answers == ("41 million pounds",)
    assert only(tmp_path).evidence == (COST,)
    keep(replace(refused(), standalone="Who painted it?"), Judgement(""), tmp_path)
    assert [question.answerable for question in load_gold(tmp_path / GOLD)] == [True, False]


def test_the_last_judgement_of_a_question_holds(tmp_path: Path) -> None:
    keep(answered(), Judgement("answer"), tmp_path)
    keep(answered(), Judgement(""), tmp_path)
    assert only(tmp_path).answers == ("41 million pounds",)
    assert Drafts.load(tmp_path / GOLD).open() == []
    keep(answered(), Judgement("answer", answer="42 million"), tmp_path)
    assert only(tmp_path).answers == ("42 million",)
    keep(answered(), Judgement("answer"), tmp_path)
    assert (tmp_path / GOLD).read_text() == ""
    assert len(Drafts.load(tmp_path / GOLD).open()) == 1


def test_an_accepted_draft_gives_way_too(tmp_path: Path) -> None:
    keep(answered(), Judgement("answer"), tmp_path)
    drafts = Drafts.load(tmp_path / GOLD)
    [draft] = drafts
    drafts.decide(draft.id, "accepted", answers=["43 million"])
    assert only(tmp_path).answers == ("43 million",)
    keep(answered(), Judgement("refuse"), tmp_path)
    assert not only(tmp_path).answerable


def test_a_judgement_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting):
        keep(answered(), Judgement("refused"), tmp_path)
    with pytest.raises(BadSetting):
        keep(refused(), Judgement("citation"), tmp_path)
    assert not (tmp_path / GOLD).exists()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"fault": "nonsense"},
        {"fault": None},
        {"fault": "answer", "question": 1},
        {"fault": "answer", "answer": "x" * 3000},
        {"fault": "answer", "quotes": "01"},
        {"fault": "answer", "quotes": [True]},
        {"fault": "answer", "quotes": [{}]},
        {"fault": ["answer"]},
    ],
)
def test_clicks_from_elsewhere_say_nothing(data: dict[str, Any]) -> None:
    assert read(data) is None


def test_a_click_is_read() -> None:
    data = {"fault": "answer", "question": " What\n is it? ", "answer": "It.", "quotes": [0, 1]}
    assert read(data) == Judgement("answer", "What is it?", "It.", (0, 1))


@pytest.fixture
def desk(tmp_path: Path, library_of: Any) -> Any:
    with library_of(tmp_path / "lib", [make_article(TEXT, title="Bridge")]) as library:
        yield Desk(library, None, Config(library=tmp_path / "lib", cache=tmp_path / "cache"))


def test_the_conversation_says_where_it_was_kept(desk: Desk) -> None:
    talk = Talk((Exchange("a", answered()), Exchange("b", problem="Stopped.")))
    after = desk.judge(talk, 0, Judgement("answer", answer="42 million"))
    file = desk.library.folder / GOLD
    assert f"<bdi>{file}</bdi>" in conversation(after.exchanges)
    assert after.exchanges[1] == talk.exchanges[1]
    draft = desk.judge(after, 0, Judgement("answer"))
    assert 'href="/review?drafts=feedback"' in conversation(draft.exchanges)
    for turn in (None, -1, 1, 2):
        assert desk.judge(talk, turn, Judgement("")) is talk
    assert desk.judge(talk, 0, None) is talk


def test_what_cannot_be_kept_is_said_and_the_form_stays(desk: Desk) -> None:
    (desk.library.folder / GOLD).mkdir()
    after = desk.judge(Talk((Exchange("a", answered()),)), 0, Judgement("answer", answer="x"))
    html = conversation(after.exchanges)
    assert 'role="alert"' in html
    assert str(desk.library.folder / GOLD) in html
    assert "<form" in html


def test_the_buttons_can_be_told_apart_without_seeing_them() -> None:
    html = feedback.buttons(answered(), 3)
    assert 'aria-label="Right: keep as a gold question"' in html
    assert 'aria-label="Wrong: make a gold question of it"' in html
    assert 'aria-controls="fn-judge-3"' in html
    assert feedback.FAULTS["refused"] not in html
    assert feedback.FAULTS["refused"] in feedback.buttons(refused(), 3)


def judged_by(folder: Path, reader: int) -> None:
    """One reader's two judgements, of questions that nobody else judges: a right answer, and one to review."""
    said = answered(question=f"Right {reader}?", standalone=f"Right {reader}?")
    keep(said, Judgement(""), folder)
    keep(replace(said, standalone=f"Wrong {reader}?"), Judgement("answer"), folder)


def all_kept(folder: Path, readers: int) -> None:
    assert sorted(q.question for q in load_gold(folder / GOLD)) == sorted(
        f"Right {i}?" for i in range(readers)
    )
    drafts = Drafts.load(folder / GOLD)
    assert sorted(d.proposal.question for d in drafts) == sorted(f"Wrong {i}?" for i in range(readers))
    # Nothing half-written is left behind.
    assert not [file for file in folder.iterdir() if ".lock" not in file.name and file.suffix != ".jsonl"]


def test_forty_readers_who_judge_at_once_are_all_kept(tmp_path: Path) -> None:
    with ThreadPoolExecutor(40) as readers:
        list(readers.map(lambda reader: judged_by(tmp_path, reader), range(40)))
    all_kept(tmp_path, 40)


JUDGING = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_feedback import judged_by
for reader in range(int(sys.argv[3]), int(sys.argv[4])):
    judged_by(Path(sys.argv[2]), reader)
"""


def test_judgements_of_several_processes_are_all_kept(tmp_path: Path) -> None:
    here = Path(__file__)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", JUDGING, str(here.parent), str(tmp_path), str(first), str(first + 8)],
            env=environment,
        )
        for first in (0, 8, 16)
    ]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    all_kept(tmp_path, 24)


def test_decisions_of_two_reviews_are_all_kept(tmp_path: Path) -> None:
    """Two programs hold the same drafts; what one decides or drafts isn't undone by the other."""
    gold = tmp_path / "gold.jsonl"
    names = [f"Question {n}?" for n in range(20)]
    first = Drafts.load(gold)
    ids = [first.add(Proposal(name, ("41",), (COST,), True, "single")).id for name in names]
    second = Drafts.load(gold)
    with ThreadPoolExecutor(20) as readers:
        turns = [(drafts, id) for id, drafts in zip(ids, (first, second) * 10, strict=True)]
        list(readers.map(lambda turn: turn[0].decide(turn[1], "accepted", seconds=1.0), turns))
    assert [draft.state for draft in Drafts.load(gold)] == ["accepted"] * 20
    assert sorted(q.question for q in load_gold(gold)) == sorted(names)
    # The first doesn't know yet what the second decided: proposing it anew must not open it again.
    second.decide(ids[0], "rejected", seconds=1.0)
    assert first.add(Proposal(names[0], ("41",), (COST,), True, "single")).state == "rejected"
    assert first.decide(ids[0], "open", seconds=1.0).seconds == 3.0


def test_a_question_too_long_for_gold_is_said_and_not_dropped(desk: Desk) -> None:
    """The form brings the question as it was asked."""
    said = read({"fault": "answer", "question": "What did it cost? " * 200, "answer": "42"})
    after = desk.judge(Talk((Exchange("a", answered()),)), 0, said)
    html = conversation(after.exchanges)
    assert 'role="alert"' in html
    assert "2,000 characters" in html
    assert not (desk.library.folder / GOLD).exists()

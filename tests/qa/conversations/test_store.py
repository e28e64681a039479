"""Kept conversations: written by several at once, opened with their citations, and no harm by a damaged file."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.errors import BadQuestion, LibraryBusy, LibraryDamaged, LibraryIncompatible
from index.library import Library
from index.search.scope import Scope
from index.types import Article, Hit, Passage
from qa.conversations import FILE, Conversations, opened
from qa.conversations.opening import CHANGED, GONE, MOVED, UNREADABLE
from qa.types import Answer, Citation, Evidence, ModelInfo, Point, Sentence, Table, Timings, Turn

TEXT = (
    "The harbour bridge opened in 2014. It cost 41 million pounds, the council said. Holt led the building."
)
QUOTE = "It cost 41 million pounds, the council said."


def answered(article: Article, question: str = "What did the bridge cost?") -> Answer:
    """An answer in which everything that an answer may hold is there."""
    at = article.text.index(QUOTE)
    cited = Citation(1, article, at, at + len(QUOTE), QUOTE, 0.9)
    point = Point(QUOTE, (1,), "2014-05", "Cost")
    said = Sentence("It cost 41 million pounds.", (1,), True)
    return Answer(
        question=question,
        standalone=question,
        short="41 million pounds",
        text=f"{said.text} {QUOTE}",
        sentences=(said, Sentence(QUOTE, (1,), True)),
        citations=(cited,),
        abstained=False,
        reason="",
        confidence=0.87,
        hits=(Hit(Passage(1, article.id, 0, len(article.text)), article, 0.5, 1),),
        prompt_tokens=12,
        timings=Timings(total=1.5),
        model=ModelInfo("scripted", "test"),
        evidence=(Evidence(article, at, at + len(QUOTE), 0.7),),
        completion_tokens=3,
        kind="compare",
        points=(point,),
        lead=(said,),
        scope=Scope("2014", only=frozenset({article.id})),
        table=Table(("Bridge", "Tunnel"), (((point,), ()),)),
    )


@pytest.fixture
def library(tmp_path: Path, embedder: Any) -> Any:
    with Library.open(tmp_path / "lib", embedder=embedder, create=True) as made:
        (tmp_path / "bridge.txt").write_text(TEXT)
        made.add([tmp_path / "bridge.txt"])
        yield made


@pytest.fixture
def held(library: Library) -> Conversations:
    return Conversations(library.folder)


def only(library: Library) -> Article:
    [article] = library.articles()
    return article


def test_a_conversation_that_began_with_a_greeting_is_named_after_its_first_question(
    library: Library, held: Conversations
) -> None:
    answer = answered(only(library))
    greeted = held.append(None, "hello", replace(answer, kind="courtesy"))
    held.append(greeted.id, "hi there", replace(answer, kind="courtesy"))
    held.append(greeted.id, "What did the bridge cost?", answer)
    held.append(greeted.id, "And who led it?", answer)
    named = held.append(None, "hello", replace(answer, kind="courtesy"))
    held.rename(named.id, "Bridges")
    held.append(named.id, "What did the bridge cost?", answer)
    assert {c.id: c.title for c in held.listed()} == {
        greeted.id: "What did the bridge cost?",
        named.id: "Bridges",
    }


def test_an_answer_opens_as_it_was(library: Library, held: Conversations) -> None:
    answer = answered(only(library))
    first = held.append(None, answer.question, answer, {"threshold": "strict"})
    assert held.append(first.id, "And who led it?", answer).number == 2
    found = opened(held, first.id, library)
    assert found.title == "What did the bridge cost?"
    assert [each.answer for each in found.exchanges] == [answer, answer]
    assert found.exchanges[0].settings == {"threshold": "strict"}
    assert not any(each.notes for each in found.exchanges)
    assert found.turns == (Turn.of(answer), Turn.of(answer))


@pytest.mark.parametrize(
    ("text", "note", "quoted_in"),
    [
        (f"A correction: it opened in 2015. {QUOTE}", MOVED, f"A correction: it opened in 2015. {QUOTE}"),
        ("The bridge cost 52 million pounds.", CHANGED, QUOTE),
        (None, GONE, QUOTE),
    ],
)
def test_a_citation_says_what_became_of_its_article(
    library: Library, held: Conversations, tmp_path: Path, text: str | None, note: str, quoted_in: str
) -> None:
    answer = answered(only(library))
    id = held.append(None, answer.question, answer).id
    file = tmp_path / "bridge.txt"
    if text is None:
        (tmp_path / "other.txt").write_text("Something else altogether.")
        library.add([tmp_path / "other.txt"])
        file.unlink()
        library.sync([tmp_path], removing=True)
    else:
        file.write_text(text)
        library.add([file])
    [exchange] = opened(held, id, library).exchanges
    assert exchange.answer is not None
    [citation] = exchange.answer.citations
    assert exchange.notes == {1: note}
    assert citation.quote == QUOTE
    assert citation.article.text == quoted_in
    assert citation.article.text[citation.start : citation.end] == QUOTE
    if text is None:
        library.restore()
        [exchange] = opened(held, id, library).exchanges
        assert exchange.answer == answer
        assert not exchange.notes


def test_the_list_is_newest_first_and_searched_by_words(library: Library, held: Conversations) -> None:
    answer = answered(only(library))
    one = held.append(None, "What did the bridge cost?", answer).id
    two = held.append(None, "Who led the building?", answer).id
    assert [each.id for each in held.listed()] == [two, one]
    held.append(one, "Why was 100% of it opened?", answer)
    assert [(each.id, each.exchanges) for each in held.listed()] == [(one, 2), (two, 1)]
    [found] = held.listed("open")
    assert (found.id, found.found) == (one, 2)
    assert "opened" in found.around
    assert {each.id for each in held.listed("million POUND")} == {one, two}
    for nothing in ("tunnel", '"', "NEAR(", "opened tunnel", "%"):
        assert held.listed(nothing) == [], nothing
    held.rename(two, "50% of _qq_")
    for words in ("_qq_", "50%", "of 50%"):
        assert [each.id for each in held.listed(words)] == [two]


def test_rename_and_delete(library: Library, held: Conversations) -> None:
    answer = answered(only(library), "How much is the xylophone?")
    id = held.append(None, answer.question, answer).id
    assert held.rename(id, "  The   bridge \n" + "long " * 50).startswith("The bridge long")
    assert len(held.listed()[0].title) <= 80
    with pytest.raises(BadQuestion, match="empty"):
        held.rename(id, " \n")
    held.delete(id)
    assert held.listed() == held.listed("xylophone") == []
    for gone in (lambda: held.delete(id), lambda: held.rename(id, "x"), lambda: opened(held, id, library)):
        with pytest.raises(KeyError):
            gone()
    files = library.folder.glob(FILE + "*")
    assert not any(b"xylophone" in file.read_bytes() for file in files)
    again = held.append(id, answer.question, answer)
    assert again.id != id, "what was deleted doesn't come back"


def test_a_question_that_is_asked_again_takes_the_place_of_all_behind_it(
    library: Library, held: Conversations
) -> None:
    answer = answered(only(library))
    id = held.append(None, "What did the bridge cost?", answer).id
    for question in ("Who paid?", "A word of the secretkind?"):
        held.append(id, question, answer)
    assert held.append(id, "Who built it?", answer, after=1).number == 2
    assert [row.question for row in held.rows(id)[1]] == ["What did the bridge cost?", "Who built it?"]
    assert held.listed("secretkind") == []
    assert not any(b"secretkind" in file.read_bytes() for file in held.path.parent.glob(f"{FILE}*"))
    # From the first question on: a title made of it goes with it, one that a reader gave stays.
    held.append(id, "What did the pier cost?", answer, after=0)
    assert [(each.title, each.exchanges) for each in held.listed()] == [("What did the pier cost?", 1)]
    held.rename(id, "Piers")
    held.append(id, "What did the quay cost?", answer, after=0)
    assert held.listed()[0].title == "Piers"
    # One that was deleted meanwhile begins anew.
    held.delete(id)
    assert held.append(id, "Who built it?", answer, after=5).number == 1


def _write(folder: Path, who: int, answer: Answer, id: str | None) -> None:
    held = Conversations(folder)
    for i in range(10):
        held.append(id, f"Question {i} of {who}?", answer)


def test_two_processes_write_at_once(library: Library, held: Conversations) -> None:
    answer = answered(only(library))
    context = multiprocessing.get_context("fork")
    for id in (None, "shared"):
        if id:
            id = held.append(None, "Shared?", answer).id
        both = [context.Process(target=_write, args=(library.folder, who, answer, id)) for who in (1, 2)]
        for each in both:
            each.start()
        for each in both:
            each.join(60)
        assert [each.exitcode for each in both] == [0, 0]
    [shared] = [each for each in held.listed() if each.title == "Shared?"]
    assert [row.number for row in held.rows(shared.id)[1]] == list(range(1, 22))
    assert len(held.listed()) == 21


def test_a_writer_that_doesnt_end_is_waited_for_no_longer_than_said(library: Library) -> None:
    held, answer = Conversations(library.folder, wait=0.05), answered(only(library))
    id = held.append(None, answer.question, answer).id
    with closing(sqlite3.connect(held.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LibraryBusy, match=r"conversations\.db is in use"):
            held.append(id, answer.question, answer)
        assert len(held.listed()) == 1, "readers don't wait"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def noise(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 9")


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE other(x)")


@pytest.mark.parametrize(
    ("harm", "error", "says"),
    [
        (cut, LibraryDamaged, "move that file away"),
        (noise, LibraryDamaged, "move that file away"),
        (foreign, LibraryDamaged, "no conversations of Footnote"),
        (newer, LibraryIncompatible, "made by a newer Footnote"),
    ],
)
def test_a_file_that_cant_be_used_is_said_in_one_line_and_harms_nothing(
    library: Library, held: Conversations, harm: Callable[[Path], None], error: type, says: str
) -> None:
    answer = answered(only(library))
    id = held.append(None, answer.question, answer).id
    with closing(sqlite3.connect(held.path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    harm(held.path)
    before = held.path.read_bytes()
    for use in (
        held.listed,
        lambda: held.append(id, answer.question, answer),
        lambda: held.delete(id),
        lambda: opened(held, id, library),
    ):
        with pytest.raises(error, match=says) as told:
            use()
        assert "\n" not in str(told.value)
        assert str(held.path) in str(told.value)
    assert held.path.read_bytes() == before
    assert library.status().articles == 1


def test_one_damaged_exchange_leaves_the_others(library: Library, held: Conversations) -> None:
    answer = answered(only(library))
    id = held.append(None, answer.question, answer).id
    held.append(id, "And then?", answer)
    for harm in ('{"question": 1}', "[]", "{", '{"citations": [{}]}', "null"):
        with closing(sqlite3.connect(held.path)) as db, db:
            db.execute("UPDATE exchanges SET answer = ? WHERE number = 1", (harm,))
        found = opened(held, id, library)
        assert found.exchanges[0].problem == UNREADABLE
        assert found.exchanges[1].answer == answer


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    assert Conversations(tmp_path).listed() == Conversations(tmp_path).listed("x") == []
    assert not (tmp_path / FILE).exists()

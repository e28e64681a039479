"""Gold sets are read as written, and a bad one says which line is wrong and why."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.gold import Gold, GoldEvidence, GoldQuestion, load_gold, part_of, write_gold
from index.errors import BadGold, BadSetting
from index.read import make_article


def row(**change: Any) -> dict[str, Any]:
    good = {
        "id": "q1",
        "question": "When did the bridge open?",
        "answers": ["3 May 2011"],
        "evidence": [{"article": "bridge.txt", "quote": "It opened on 3 May 2011."}],
        "answerable": True,
    }
    return {name: value for name, value in {**good, **change}.items() if value != "GONE"}


def write(folder: Path, *lines: str | bytes) -> Path:
    path = folder / "gold.jsonl"
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines))
    return path


def test_questions_come_in_the_files_order_with_all_their_fields(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        json.dumps(row(kind="date", group="bridge", asked="2024-01-05", note="ignored")),
        "",
        json.dumps(row(id="q2", answers=[], evidence=[], answerable=False)),
    )
    evidence = (GoldEvidence("bridge.txt", "It opened on 3 May 2011."),)
    day = date(2024, 1, 5)
    assert load_gold(path) == [
        GoldQuestion(
            "q1", "When did the bridge open?", ("3 May 2011",), evidence, True, "date", "bridge", day
        ),
        GoldQuestion("q2", "When did the bridge open?", (), (), False),
    ]
    write_gold(path, load_gold(path))
    assert load_gold(path)[0].asked == day
    with pytest.raises(BadGold, match="line 1: asked must be a day like 2024-01-05, not 'Friday'"):
        load_gold(write(tmp_path, json.dumps(row(asked="Friday"))))


def test_a_byte_order_mark_windows_lines_and_line_separators_within_strings_are_fine(tmp_path: Path) -> None:
    line = json.dumps(row(question="One\u2028two?"), ensure_ascii=False)
    path = write(tmp_path, b"\xef\xbb\xbf" + line.encode() + b"\r", json.dumps(row(id="q2")) + "\r", "")
    assert [question.question for question in load_gold(path)] == [
        "One\u2028two?",
        "When did the bridge open?",
    ]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{'id': 1}", "not valid JSON (Expecting property name enclosed in double quotes at column 2)"),
        ('{"id": "x", ', "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[1]", "expected a JSON object, found a list"),
        ("null", "expected a JSON object, found null"),
        (b'{"id": "\xff"}', "not UTF-8 text"),
        (json.dumps(row(answers="GONE", evidence="GONE")), "missing answers, evidence"),
        (json.dumps(row(id=7)), "id must be a string, not a number"),
        (json.dumps(row(question=" ")), "question is empty"),
        (json.dumps(row(question="\ud800")), "question holds half of a surrogate pair"),
        (json.dumps(row(answerable="yes")), "answerable must be true or false, not a string"),
        (json.dumps(row(answers="3 May")), "answers must be a list, not a string"),
        (json.dumps(row(answers=[2011])), "each of answers must be a string, not a number"),
        (json.dumps(row(answers=[], evidence=[])), "answerable, but answers and evidence are both empty"),
        (json.dumps(row(answerable=False)), "not answerable, but answers holds '3 May 2011'"),
        (json.dumps(row(evidence=["words"])), "each of evidence must be an object with article and quote"),
        (json.dumps(row(evidence=[{"article": "a"}])), "each of evidence must be an object"),
        (
            json.dumps(row(evidence=[{"article": "", "quote": ""}])),
            "article and quote in evidence are both empty",
        ),
        (
            json.dumps(row(evidence=[{"article": "a", "quote": "b", "relevance": 0}])),
            "relevance in evidence must be",
        ),
        (json.dumps(row(evidence=[{"article": "a", "quote": "b", "relevance": True}])), "a whole number"),
        (json.dumps(row(kind=3)), "kind must be a string, not a number"),
        (json.dumps(row()), "id 'q1' is used on line 1 already"),
    ],
)
def test_a_bad_line_is_named_with_what_is_wrong(tmp_path: Path, line: str | bytes, what: str) -> None:
    path = write(tmp_path, json.dumps(row()), "", line, json.dumps(row(id="q9")))
    with pytest.raises(BadGold) as error:
        load_gold(path)
    assert str(error.value).startswith(f"{path}, line 3: ")
    assert what in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_missing_a_folder_or_empty_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadGold, match=r"can't read the gold set .*none\.jsonl: No such file"):
        load_gold(tmp_path / "none.jsonl")
    with pytest.raises(BadGold, match="can't read the gold set"):
        load_gold(tmp_path)
    with pytest.raises(BadGold, match="holds no questions"):
        load_gold(write(tmp_path, "", "  "))


def test_whole_articles_any_article_and_questions_for_retrieval_alone_can_be_said(tmp_path: Path) -> None:
    evidence = [
        {"article": "bridge.txt", "quote": "", "relevance": 2},
        {"article": "", "quote": "It opened on 3 May 2011."},
    ]
    (question,) = load_gold(write(tmp_path, json.dumps(row(answers=[], evidence=evidence))))
    assert question.answerable
    assert question.evidence == (
        GoldEvidence("bridge.txt", "", 2),
        GoldEvidence("", "It opened on 3 May 2011.", 1),
    )


def test_a_gzipped_set_is_read_and_a_damaged_one_named(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl.gz"
    packed = gzip.compress(json.dumps(row()).encode())
    path.write_bytes(packed)
    assert load_gold(path)[0].id == "q1"
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(BadGold, match=r"gold\.jsonl\.gz is damaged: it can't be unpacked"):
        load_gold(path)


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip)
evidences = st.builds(GoldEvidence, words, st.one_of(st.just(""), words), st.integers(1, 5)) | st.builds(
    GoldEvidence, st.just(""), words
)
questions = st.builds(
    lambda id_, question, answers, evidence, kind, group: GoldQuestion(
        id_, question, tuple(answers), tuple(evidence), bool(answers), kind, group
    ),
    words,
    words,
    st.lists(words, max_size=3),
    st.lists(evidences, max_size=3),
    st.text("abc ", max_size=3),
    st.text("abc ", max_size=3),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(questions, min_size=1, max_size=5, unique_by=lambda question: question.id), st.booleans())
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, many: list[GoldQuestion], packed: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / ("again.jsonl.gz" if packed else "again.jsonl")
    write_gold(path, many)
    assert load_gold(path) == many
    assert path.read_bytes().startswith(b"\x1f\x8b" if packed else b"{")


def test_what_could_not_be_read_again_is_not_written_and_the_old_file_stays(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps(row()))
    good = load_gold(path)
    for bad, what in [
        ([GoldQuestion("q1", "Who?", (), (), True)], "question 1 .* answerable, but answers and evidence"),
        ([*good, *good], "question 2 .* id 'q1' is used already"),
        ([], "no questions to write"),
    ]:
        with pytest.raises(BadGold, match=what):
            write_gold(path, bad)
    assert load_gold(path) == good
    assert [file.name for file in tmp_path.iterdir()] == ["gold.jsonl"]
    with pytest.raises(BadSetting, match=r"can't write .*: choose another file"):
        write_gold(tmp_path / "nowhere" / "gold.jsonl", good)


def test_a_part_of_a_set_holds_the_articles_that_are_needed_and_the_first_others(tmp_path: Path) -> None:
    articles = [make_article(f"Text {name}.", title=name, source=name) for name in "abcdef"]
    gold = Gold("letters", [], lambda: iter(articles))

    def sources(*part: Any) -> list[str]:
        part_gold = part_of(gold, *part)
        assert part_gold.articles is not None
        return [article.source for article in part_gold.articles()]

    assert sources({"e"}, 3) == ["a", "b", "e"]
    assert sources({"e"}, 3, {"a"}) == ["b", "c", "e"]
    assert sources({"d", "e"}, 1) == ["d", "e"]

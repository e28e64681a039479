"""Every format gives the questions, evidence and articles that its files hold, and a bad file says what is wrong."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from eval.formats import FORMATS, load
from eval.formats.squad import Quoter
from eval.gold import Gold, GoldEvidence, GoldQuestion, write_gold
from eval.locate import locate_all
from index.errors import BadGold
from index.types import Article


def jsonl(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def articles(gold: Gold) -> list[Article]:
    assert gold.articles is not None
    once = list(gold.articles())
    assert list(gold.articles()) == once
    return once


def unlocated(gold: Gold) -> list[GoldEvidence]:
    return [item for item, places in locate_all(gold.questions, articles(gold)).items() if not places]


# --- SQuAD

CONTEXT = (
    "The old mill stood until 1904.  Fire took it in 1904.\r\nA caf\u0065\u0301 stands there now, says Ann."
)


def answer(text: str, occurrence: int = 1) -> dict[str, Any]:
    at = -1
    for _ in range(occurrence):
        at = CONTEXT.index(text, at + 1)
    return {"text": text, "answer_start": at}


def squad(path: Path, *qas: dict[str, Any], title: str = "Old_Mill") -> Path:
    empty: dict[str, Any] = {"context": " ", "qas": []}
    data = {
        "version": "x",
        "data": [{"title": title, "paragraphs": [empty, {"context": CONTEXT, "qas": qas}]}],
    }
    path.write_text(json.dumps(data, indent=1))
    return path


def test_squad_paragraphs_are_articles_and_the_quote_is_the_sentence_that_was_marked(tmp_path: Path) -> None:
    path = squad(
        tmp_path / "squad.json",
        {"id": "a", "question": "When did it burn?", "answers": [answer("1904", 2), answer("1904", 2)]},
        {
            "id": "b",
            "question": "What is there?",
            "answers": [answer("caf\u0065\u0301"), answer("A caf\u0065\u0301")],
        },
        {"id": "b", "question": "Who lit it?", "answers": [], "is_impossible": True},
        {"question": "Who fell?", "answers": [answer("Ann")], "is_impossible": True},
    )
    gold = load(path)
    (article,) = articles(gold)
    assert (gold.name, article.title, article.source) == ("squad", "Old Mill", "Old_Mill#2")
    burn, there, lit, fell = gold.questions
    assert burn == GoldQuestion(
        "a",
        "When did it burn?",
        ("1904",),
        (GoldEvidence("Old_Mill#2", "Fire took it in 1904."),),
        True,
        "HasAns",
        burn.group,
    )
    assert there.answers == ("caf\u0065\u0301", "A caf\u0065\u0301")
    assert there.evidence[0].quote == "A café stands there now, says Ann."
    assert [(q.id, q.answerable, q.answers, q.kind) for q in (lit, fell)] == [
        ("b-2", False, (), "NoAns"),
        ("Old_Mill#2-4", False, (), "NoAns"),
    ]
    assert len({question.group for question in gold.questions}) == 1
    assert not unlocated(gold)


def test_a_squad_answer_over_two_sentences_is_quoted_whole_and_a_start_a_little_off_forgiven() -> None:
    quoted = Quoter("It fell. They left. It fell again.")
    assert quoted("fell. They", 3) == "It fell. They left."
    assert quoted("fell", 25) == "It fell again."
    assert quoted("rose", 3) == ""


def test_two_squad_articles_of_one_title_stay_apart(tmp_path: Path) -> None:
    path = squad(tmp_path / "a.json", {"id": "a", "question": "When?", "answers": [answer("1904")]})
    data = json.loads(path.read_text())
    path.write_text(json.dumps({"data": data["data"] * 2}))
    gold = load(path)
    assert [article.source for article in articles(gold)] == ["Old_Mill#2", "Old_Mill#2-2"]
    assert [q.evidence[0].article for q in gold.questions] == ["Old_Mill#2", "Old_Mill#2-2"]
    assert [q.id for q in gold.questions] == ["a", "a-2"]


# --- BEIR


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "mills"
    jsonl(
        folder / "corpus.jsonl.gz",
        {"_id": "d1", "title": "Mills", "text": "Mills grind grain.", "metadata": {}},
        {"_id": "d2", "title": "Only a title", "text": ""},
        {"_id": "d3", "title": "", "text": "--"},
        {"_id": 4, "text": "No title here."},
    )
    jsonl(folder / "queries.jsonl", *({"_id": f"q{i}", "text": f"mill {i}?"} for i in range(4)))
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq2\td1\t2\nq1\td2\t1\nq1\t4\t1\nq1\td1\t0\nq0\td1\t0\n"
    )
    (folder / "qrels.train.tsv").write_text("q3 0 d2 1\n")
    return folder


def test_beir_gives_the_queries_with_relevant_documents_and_streams_the_corpus(beir: Path) -> None:
    gold = load(beir)
    assert gold.name == "mills"
    assert gold.questions == [
        GoldQuestion("q1", "mill 1?", (), (GoldEvidence("d2", ""), GoldEvidence("4", "")), True),
        GoldQuestion("q2", "mill 2?", (), (GoldEvidence("d1", "", 2),), True),
    ]
    assert [(a.source, a.title, a.text) for a in articles(gold)] == [
        ("d1", "Mills", "Mills grind grain."),
        ("d2", "Only a title", "Only a title"),
        ("4", "No title here.", "No title here."),
    ]
    assert not unlocated(gold)


def test_another_split_is_named_behind_the_folder(beir: Path) -> None:
    gold = load(f"{beir}:train")
    assert (gold.name, [question.id for question in gold.questions]) == ("mills:train", ["q3"])
    assert load(f"{beir}/:train").questions == gold.questions
    with pytest.raises(BadGold, match=r"no judgements for dev: it has test, train: name one .*mills:test"):
        load(f"{beir}:dev")


def test_beir_judgements_that_cannot_be_used_are_named(beir: Path) -> None:
    qrels = beir / "qrels" / "test.tsv"
    for text, what in [
        ("q1\td1\t1\nq1\td2\n", r"test\.tsv, line 2: expected query-id, corpus-id and a score"),
        ("q9\td1\t1\n", "judges query 'q9', which .*queries.jsonl lacks"),
        ("q1\td1\t0\n", "calls no document relevant"),
    ]:
        qrels.write_text(text)
        with pytest.raises(BadGold, match=what):
            load(beir)
    (beir / "queries.jsonl").unlink()
    with pytest.raises(BadGold, match=r"mills lacks queries.test.jsonl or queries.jsonl"):
        load(beir)


# --- RealTimeQA


@pytest.fixture
def quiz(tmp_path: Path) -> Path:
    def question(id_: str, answer: str, held: list[str], nota: list[str], nota_answer: str) -> dict[str, Any]:
        return {
            "id": id_,
            "date": "2024/02/02",
            "question": "Which mill?",
            "choices": ["Old", "New", answer],
            "answers": [answer],
            "nota_choices": nota,
            "nota_answer": [nota_answer],
            "articles_with_answer_string": held,
        }

    folder = tmp_path / "quiz"
    jsonl(
        folder / "questions.jsonl.gz",
        question("1", "Long Mill", ["a1"], ["Old", "New", "None of the above"], "None of the above"),
        question("2", "Far Mill", [], ["Far Mill", "New", "None of the above"], "Far Mill"),
        question("3", "3", ["a1"], ["3", "4", "None of the above"], "3"),
    )
    jsonl(
        folder / "articles.jsonl",
        {
            "id": "a1",
            "url": "https://www.x.org/m",
            "title": "T",
            "publish_date": "2024/01/31",
            "text": "Long Mill.",
        },
        {"id": "a2", "url": None, "title": None, "publish_date": None, "text": ""},
    )
    return folder


def test_realtimeqa_counts_articles_with_the_answer_as_weakly_relevant(quiz: Path) -> None:
    gold = load(quiz)
    assert [(q.answers, q.evidence, q.answerable, q.kind, q.group) for q in gold.questions] == [
        (("Long Mill",), (GoldEvidence("a1", ""),), True, "found", "2024/02/02"),
        (("Far Mill",), (), True, "not found", "2024/02/02"),
        (("3",), (), True, "short", "2024/02/02"),
    ]
    assert {q.asked for q in gold.questions} == {date(2024, 2, 2)}
    (article,) = articles(gold)
    assert (article.source, article.published, article.url) == ("a1", "2024-01-31", "https://www.x.org/m")
    assert load(quiz / "questions.jsonl.gz").questions == gold.questions


def test_realtimeqa_with_the_right_choice_taken_out_is_unanswerable(quiz: Path) -> None:
    gold = load(f"{quiz}:nota")
    assert [(q.question, q.answerable, q.answers, q.kind) for q in gold.questions] == [
        ("Which mill? Choose from: Old; New.", False, (), "nota"),
        ("Which mill? Choose from: Far Mill; New.", True, ("Far Mill",), "choices"),
        ("Which mill? Choose from: 3; 4.", True, ("3",), "choices"),
    ]
    with pytest.raises(
        BadGold, match="unknown option :train: the format realtimeqa takes :nota, :snippets, :distractors"
    ):
        load(f"{quiz}:train")


# --- QED

PARAGRAPH = "The mill \u200b ( built 1790 ) burned .  Ann and Bob  fled . It was rebuilt ."


def qed_row(id_: int, spans: list[str], selected: str | None) -> dict[str, Any]:
    found = [{"start": PARAGRAPH.index(each), "end": 0, "string": each} for each in spans]
    notes: dict[str, Any] = {"explanation_type": "single_sentence" if selected else "none"}
    if selected:
        notes["selected_sentence"] = {"start": 0, "end": 1, "string": selected}
        notes["answer"] = [{"paragraph_reference": span, "sentence_reference": span} for span in found]
    return {
        "example_id": id_,
        "title_text": "Mill",
        "url": "https://x.org/?a=1&amp;b=2",
        "question_text": "who",
        "paragraph_text": PARAGRAPH,
        "original_nq_answers": [found, found[:1]],
        "annotation": notes,
    }


def test_qed_quotes_the_selected_sentence_or_those_that_hold_the_answer(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "qed.jsonl.gz",
        qed_row(7, ["1790"], PARAGRAPH[:36]),
        qed_row(8, ["Ann", "Bob", "burned"], None),
        qed_row(7, ["rebuilt"], "It was rebuilt . "),
    )
    gold = load(path)
    assert [(q.id, q.answers, [e.quote for e in q.evidence], q.kind) for q in gold.questions] == [
        ("7", ("1790",), ["The mill ( built 1790 ) burned ."], "single_sentence"),
        (
            "8",
            ("Ann, Bob, burned", "Ann"),
            ["Ann and Bob fled .", "The mill ( built 1790 ) burned ."],
            "none",
        ),
        ("7-2", ("rebuilt",), ["It was rebuilt ."], "single_sentence"),
    ]
    (article,) = articles(gold)
    assert (article.source, article.url) == ("Mill#1", "https://x.org/?a=1&b=2")
    assert not unlocated(gold)


# --- NQ-open


def test_nq_open_has_no_articles_and_can_be_taken_as_unanswerable(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "nq.jsonl", {"question": "who built it", "answer": ["Ann", "Ann", "Ann Lee"]})
    gold = load(path)
    assert gold.articles is None
    assert gold.questions == [GoldQuestion("nq-1", "who built it", ("Ann", "Ann Lee"), (), True)]
    assert load(f"{path}:unanswerable").questions == [GoldQuestion("nq-1", "who built it", (), (), False)]


# --- telling formats apart, and files that are none


def test_the_format_is_told_from_the_content_whatever_the_file_is_called(
    tmp_path: Path, beir: Path, quiz: Path
) -> None:
    question = GoldQuestion("q", "Who?", ("Ann",), (), True)
    write_gold(tmp_path / "footnote", [question])
    squad(tmp_path / "squad", {"id": "q", "question": "Who?", "answers": [answer("Ann")]})
    jsonl(tmp_path / "qed", qed_row(1, ["Ann"], None))
    jsonl(tmp_path / "nq-open", {"question": "Who?", "answer": ["Ann"]})
    (tmp_path / "csv").write_text("\ufeffquote;answer;question\n;Ann;Who?\n", encoding="utf-8")
    found = {"beir": load(beir), "realtimeqa": load(quiz)}
    for name in FORMATS:
        found.setdefault(name, load(tmp_path / name)) if name not in found else None
        if (tmp_path / name).exists():
            packed = tmp_path / f"{name}.gz"
            packed.write_bytes(gzip.compress((tmp_path / name).read_bytes()))
            assert load(packed).questions == load(tmp_path / name, name).questions == found[name].questions
    assert found.keys() == set(FORMATS)
    assert found["footnote"].questions == [question]
    assert [found[name].articles is None for name in FORMATS] == [
        True,
        False,
        False,
        False,
        False,
        True,
        True,
    ]


def test_what_is_no_gold_set_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Some notes.\n")
    with pytest.raises(
        BadGold, match="can't tell the format of the gold set .*notes.txt: .*" + ", ".join(FORMATS)
    ):
        load(tmp_path / "notes.txt")
    with pytest.raises(BadGold, match="unknown format 'xml' for a gold set: known are footnote"):
        load(tmp_path / "notes.txt", "xml")
    with pytest.raises(BadGold, match=r"the folder .* holds no gold set"):
        load(tmp_path)
    with pytest.raises(BadGold, match=r"can't read the gold set .*none\.jsonl: No such file"):
        load(tmp_path / "none.jsonl")
    (tmp_path / "own.jsonl").write_text('{"id": "1"}\n')
    with pytest.raises(BadGold, match=r"own\.jsonl, line 1: missing question"):
        load(tmp_path / "own.jsonl")
    with pytest.raises(BadGold, match="unknown option :train: the format footnote takes none"):
        load(f"{tmp_path / 'own.jsonl'}:train")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"data": [1]}',
        b'{"data": [{"paragraphs": [{"context": "A b.", "qas": [{"answers": [{"text": "c", "answer_start": 0}]}]}]}]}',
        b'{"data": [{"paragraphs": [{"context": "A b.", "qas": [{"answers": [{"text": "c"}]}]}]}]}',
        b'{"question": 1, "answer": [2]}',
        b'{"question_text": "a", "paragraph_text": "--", "title_text": "t"}',
        b'{"id": "1", "nota_choices": "x", "answers": []}',
        b'"question","answer"\x00',
    ],
)
def test_files_of_another_kind_are_refused_in_one_line_that_names_them(
    tmp_path: Path, format: str, text: bytes
) -> None:
    path = tmp_path / "odd"
    path.write_bytes(text)
    with pytest.raises(BadGold) as error:
        load(path, format)
    assert str(tmp_path) in str(error.value)
    assert "\n" not in str(error.value)

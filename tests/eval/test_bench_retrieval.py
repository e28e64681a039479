"""The measurement of retrieval: how sets become passages, what counts as found, and what is printed."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.bench import retrieval_sets
from eval.bench.peers import Passages, System
from eval.bench.retrieval import Once, ask, library_of, main, systems_of
from eval.bench.retrieval_sets import RetrievalSet, cut, realtimeqa, scifact, squad2
from eval.bench.retrieval_table import BASE, Found, rendered, rows, table
from index.config import Config
from index.errors import BadSetting
from index.types import Article, Embedder

NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def write(path: Path, lines: Sequence[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of the three sets, each with a few passages."""
    folder = tmp_path / "data"
    topics = ("copper wires", "blue whales", "sour bread", "paper kites")
    write(
        folder / "scifact" / "corpus.jsonl.gz",
        [{"_id": str(i), "title": topic, "text": f"All about {topic}."} for i, topic in enumerate(topics)],
    )
    write(
        folder / "scifact" / "queries.test.jsonl.gz",
        [
            {"_id": "q1", "text": "How do blue whales sing?"},
            {"_id": "q2", "text": "Who invented sour bread?"},
        ],
    )
    (folder / "scifact" / "qrels.test.tsv").write_text("query\tcorpus\tscore\nq1\t1\t1\nq2\t2\t1\nq2\t3\t1\n")

    def paragraph(text: str, question: str, answer: str) -> dict[str, Any]:
        answers = [{"text": answer, "answer_start": text.index(answer)}] if answer else []
        qa = {
            "id": f"{question}-{text[:5]}",
            "question": question,
            "answers": answers,
            "is_impossible": not answer,
        }
        return {"context": text, "qas": [qa]}

    rain, wind = "Rain fell in May on the old town.", "Wind tore the roofs off the new mill."
    squad = {
        "version": "v2.0",
        "data": [
            {"title": "Old_Town", "paragraphs": [paragraph(rain, "When did rain fall?", "May")] * 2},
            {
                "title": "The_Mill",
                "paragraphs": [
                    paragraph(wind, "What did wind tear?", "roofs"),
                    paragraph(wind + " All of it.", "Why?", ""),
                ],
            },
        ],
    }
    (folder / "squad2").mkdir()
    (folder / "squad2" / "dev.json").write_text(json.dumps(squad))

    def question(id: str, *answers: str) -> dict[str, Any]:
        return {"id": id, "date": "2024/01/05", "question": f"Who won quiz {id}?", "answers": list(answers)}

    text = (
        "filler " * 198 + "The Utah\nJazz won quiz q1. " + "filler " * 30 + "Roomy, " + "more " * 180 + "end."
    )
    write(
        folder / "realtimeqa" / "articles.jsonl.gz",
        [{"id": "a1", "url": "", "title": "Sport", "publish_date": "2024-01-05", "text": text}],
    )
    write(
        folder / "realtimeqa" / "questions.jsonl.gz",
        [
            question("q1", "Utah Jazz"),
            question("q2", "Roo"),
            question("q3", "room"),
            question("q4", "Roomy!", "x"),
        ],
    )
    return folder


def test_an_article_is_cut_into_pieces_of_words_that_lose_nothing() -> None:
    text = "  ".join(f"w{i}" for i in range(450))
    parts = cut(Article("x", "Floods", text, source="a1", published="2024-01-05"))
    assert [len(part.text.split()) for part in parts] == [200, 200, 50]
    assert [part.id for part in parts] == ["a1#1", "a1#2", "a1#3"]
    assert " ".join(part.text for part in parts).split() == text.split()
    assert all(
        part.text in text and part.title == "Floods" and part.published == "2024-01-05" for part in parts
    )


def test_an_answer_counts_when_an_article_says_it_as_whole_words(data: Path) -> None:
    bench = realtimeqa(data / "realtimeqa")
    # "Roo" is too short, "room" only the beginning of a word.
    assert [question.id for question in bench.questions] == ["q1", "q4"]
    assert [passage.id for passage in bench.passages] == ["a1#1", "a1#2", "a1#3"]
    assert "2 of 4 questions" in bench.about
    # The cut between two passages goes through the first answer, so that no passage says it.
    assert "(1 in a passage)" in bench.about
    utah, roomy = bench.questions
    assert bench.measure(utah, ["a1#1", "a1#2"]) == dict.fromkeys(
        ("answer@10", "answer@1", "answer@5", "answer@20"), 0.0
    )
    assert bench.measure(roomy, ["a1#3", "a1#2"]) == {
        "answer@10": 1.0, "answer@1": 0.0, "answer@5": 1.0, "answer@20": 1.0
    }  # fmt: skip


def test_a_question_of_squad_is_about_its_own_paragraph_which_is_one_passage(data: Path) -> None:
    bench = squad2(data / "squad2" / "dev.json")
    assert [passage.id for passage in bench.passages] == ["Old_Town#1", "The_Mill#1", "The_Mill#2"]
    assert bench.passages[0].title == "Old Town"
    assert [question.group for question in bench.questions] == ["Old_Town", "Old_Town", "The_Mill"]
    # The question of the repeated paragraph is about the one that was kept.
    assert bench.measure(bench.questions[1], ["The_Mill#1", "Old_Town#1"]) == {
        "recall@5": 1.0, "recall@1": 0.0, "recall@10": 1.0, "MRR": 0.5
    }  # fmt: skip


def test_a_claim_of_scifact_has_its_graded_abstracts(data: Path) -> None:
    bench = scifact(data / "scifact")
    assert [passage.id for passage in bench.passages] == ["0", "1", "2", "3"]
    found = bench.measure(bench.questions[1], ["2", "0"])
    # One of two relevant abstracts, at the top: 1 / (1 + 1 / log2(3)).
    assert found["nDCG@10"] == pytest.approx(0.6131, abs=1e-4)
    assert found["recall@10"] == 0.5


def test_every_system_answers_from_one_library_which_is_made_once(
    data: Path, tmp_path: Path, embedder: Any
) -> None:
    bench, once = scifact(data / "scifact"), Once(embedder)
    embedded = []
    for _ in range(2):
        before = embedder.documents
        with library_of(bench, tmp_path / "lib", Config(), once) as library:
            embedded.append(embedder.documents - before)
            assert library.status().passages == 4
            found = ask(bench, systems_of(library, ["footnote", "bm25", "dense", "rrf"]), once)
    assert embedded == [4, 0]
    figures = rows(found)
    assert list(figures) == ["footnote", "bm25", "dense", "rrf"]
    assert {row.n for row in figures.values()} == {2}
    whales = [each for each in found if each.id == "q1"]
    assert [each.ids[0] for each in whales] == ["1", "1", "1", "1"]
    assert [each.metrics["nDCG@10"] for each in whales] == [1.0, 1.0, 1.0, 1.0]
    assert all(each.ms > 0 for each in found)
    assert len(once.ms) == 2  # each question was embedded once for all


def test_a_folder_with_other_articles_is_refused(data: Path, tmp_path: Path, embedder: Embedder) -> None:
    with (
        library_of(squad2(data / "squad2" / "dev.json"), tmp_path / "lib", Config(), embedder),
        pytest.raises(BadSetting, match=r"holds 3 articles that aren't of scifact: choose another --folder"),
        library_of(scifact(data / "scifact"), tmp_path / "lib", Config(), embedder),
    ):
        pass


def test_what_peers_are_given_is_what_the_library_embedded(
    data: Path, tmp_path: Path, embedder: Embedder
) -> None:
    with library_of(scifact(data / "scifact"), tmp_path / "lib", Config(), embedder) as library:
        passages = Passages.of(library)
    assert passages.ids == ["0", "1", "2", "3"]
    assert passages.texts[1] == "blue whales\nAll about blue whales."
    assert (passages.vectors == embedder.encode_documents(passages.texts)).all()


def test_a_peer_that_is_not_installed_is_left_out_with_a_line(
    data: Path,
    tmp_path: Path,
    embedder: Embedder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "txtai", None)
    with library_of(scifact(data / "scifact"), tmp_path / "lib", Config(), embedder) as library:
        assert list(systems_of(library, ["txtai", "bm25"])) == ["bm25"]
    said = [line for line in capsys.readouterr().err.splitlines() if "txtai" in line]
    assert len(said) == 1
    assert "left out" in said[0]
    assert "pip install 'footnote-qa[peers]'" in said[0]


@pytest.mark.filterwarnings("ignore")  # theirs
@pytest.mark.parametrize(
    ("name", "module"), [("txtai", "txtai"), ("llamaindex", "llama_index.retrievers.bm25")]
)
def test_an_installed_peer_finds_passages(
    data: Path, tmp_path: Path, embedder: Embedder, name: str, module: str
) -> None:
    pytest.importorskip(module)
    with library_of(scifact(data / "scifact"), tmp_path / "lib", Config(), embedder) as library:
        systems: dict[str, System] = systems_of(library, [name])
        assert systems[name]("How do blue whales sing?")[0] == "1"


def test_the_table_gives_n_interval_and_paired_difference() -> None:
    def found(system: str, values: Sequence[float]) -> list[Found]:
        return [
            Found("tiny", str(i), system, [], {"recall@5": value, "MRR": value / 2}, 4.0 + i, "")
            for i, value in enumerate(values)
        ]

    figures = rows([*found(BASE, [1.0] * 40 + [0.0] * 10), *found("bm25", [1.0] * 20 + [0.0] * 30)])
    heading, base, bm25 = table({"tiny": figures})
    assert heading == ["system", "tiny recall@5 [95 %], n 50", "less footnote", "ms"]
    assert base[0] == "footnote"
    assert base[1].startswith("0.800 [0.")
    assert base[2] == ""
    assert bm25[1].startswith("0.400 [0.")
    assert bm25[2].startswith("-0.400 [-0.")  # paired: always below 0
    assert bm25[2].split(", ")[1].startswith("-0.")
    assert bm25[3] == "28.5"
    assert rendered([heading, base], markdown=True).count("\n") == 2


def test_the_command_prints_all_sets_and_leaves_what_was_found(
    data: Path,
    tmp_path: Path,
    embedder: Embedder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("eval.bench.retrieval.load_embedder", lambda *_: embedder)
    out = tmp_path / "found.jsonl"
    given = [str(data), "--folder", str(tmp_path / "bench"), "--systems", "footnote,bm25", "--out", str(out)]
    assert main([*given, "--markdown"]) == 0
    shown = capsys.readouterr().out
    assert "| scifact nDCG@10 [95 %], n 2 |" in shown
    assert "| squad2 recall@5 [95 %], n 3 |" in shown
    assert "| realtimeqa answer@10 [95 %], n 2 |" in shown
    assert "embedding a question with bag-of-words: " in shown
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(lines) == 2 * (2 + 3 + 2)
    assert lines[0]["system"] == "footnote"
    assert lines[0]["ids"][0] == "1"
    assert lines[0]["metrics"]["nDCG@10"] == 1.0


def test_what_cannot_be_measured_is_said_before_anything_is_embedded(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(data), "--sets", "trec"]) == 2
    assert "unknown set 'trec': choose among scifact, squad2, realtimeqa" in capsys.readouterr().err
    assert main([str(data), "--systems", "lucene"]) == 2
    assert "unknown system 'lucene': choose among footnote, hybrid, bm25" in capsys.readouterr().err


def test_every_set_has_a_name_that_loads(data: Path) -> None:
    loaded: list[RetrievalSet] = [retrieval_sets.load(name, data) for name in retrieval_sets.SETS]
    assert [bench.name for bench in loaded] == ["scifact", "squad2", "realtimeqa"]

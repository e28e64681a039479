"""Open questions: the facts that an answer holds, from the gold set to the report, arithmetic by hand."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from eval import formats
from eval.check import check
from eval.compare import compare, markdown
from eval.gold import GoldEvidence, GoldQuestion, load_gold, write_gold
from eval.judge import judge
from eval.metrics.nugget_recall import held, nugget_recall, nuggets_held
from eval.report import markdown as report_markdown
from eval.report import write_report
from eval.run import rescore, run
from eval.score import attempt
from eval.summary import Summary, quality_of
from eval.table import render
from index.config import Config
from index.errors import BadGold, BadSetting, ModelFailed
from index.library import Library
from index.read import make_article
from index.types import Article
from qa.types import Answer, Citation, Kind, ModelInfo, Point, Sentence, Timings

TEXT = "Rats ate the eggs. Poison was laid in 2016. Dogs searched the island. It cost 1,480 crowns. On Sunday it ended."
TERNS = Article("t1", "The terns", TEXT, published="2019-03-13", source="news/terns.txt")
CONFIG = Config(k=3, threshold=0.5)


@pytest.mark.parametrize(
    ("wordings", "text", "there"),
    [
        (["four years"], "It took  Four\nYears.", True),
        (["four-year"], "a four‑year ban", True),
        (["men's"], "the men’s final", True),
        (["nine", "9"], "Of 9 chicks", True),
        (["9"], "Of 19 chicks", False),
        (["9"], "Of 1.9 chicks", False),
        (["1"], "1,480 pairs", False),
        (["480"], "1,480 pairs", False),
        (["1,480"], "1,480, they say", True),
        (["15 kilometers"], "115 kilometers away", False),
        (["77%"], "They asked for 77%.", True),
        (["$20"], "a loss of $20.5 million", False),
        (["seiz"], "GM's plant was seized", True),
        (["rats"], "The Democrats won", False),
        (["šimonytė"], "Šimonytė leads", True),
        (["(a"], "item (a) holds", True),
        (["\u00ad"], "anything", False),
        ([], "anything", False),
    ],
)
def test_a_wording_stands_in_a_text(wordings: list[str], text: str, there: bool) -> None:
    assert held(wordings, text) is there


def test_headings_count_and_what_a_refusal_shows_does_not() -> None:
    nuggets = [["eggs"], ["norway"], ["poison"]]
    points = [{"text": "Rats ate the eggs.", "about": "Norway"}, {"text": "More.", "about": ""}]
    answer = {"text": "Rats ate the eggs. More.", "abstained": False, "points": points}
    assert nuggets_held(answer, nuggets) == [True, True, False]
    assert nugget_recall(answer, nuggets) == 2 / 3
    assert (
        nugget_recall({**answer, "abstained": True, "citations": [{"quote": "Rats ate the eggs."}]}, nuggets)
        == 0
    )
    assert nugget_recall(None, nuggets) == 0
    assert nuggets_held({"text": "eggs", "abstained": False}, nuggets) == [True, False, False], (
        "of older versions"
    )
    with pytest.raises(ValueError, match="at least one nugget"):
        nugget_recall(answer, [])


def line(**change: Any) -> dict[str, Any]:
    return {"id": "q1", "question": "Why?", "answerable": True, "nuggets": [["rats"]], **change}


def gold_file(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_gold_set_with_nuggets_reads_as_it_was_written(tmp_path: Path) -> None:
    rows = [
        line(nuggets=[["rats"], ["2019", "four years"]], kind="explain"),
        line(id="q2", answers=["Rats"], evidence=[{"article": "a.txt", "quote": ""}]),
        {"id": "q3", "question": "Who?", "answerable": False, "answers": [], "evidence": [], "nuggets": []},
    ]
    questions = load_gold(gold_file(tmp_path / "gold.jsonl", *rows))
    assert [q.nuggets for q in questions] == [(("rats",), ("2019", "four years")), (("rats",),), ()]
    assert (questions[0].answers, questions[0].evidence, questions[0].kind) == ((), (), "explain")
    write_gold(tmp_path / "again.jsonl", questions)
    assert (
        load_gold(tmp_path / "again.jsonl") == questions == formats.load(tmp_path / "again.jsonl").questions
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nuggets": "rats"}, "nuggets must be a list, not a string"),
        (
            {"nuggets": ["rats"]},
            "each of nuggets must be a list of wordings, not a string: "
            'write each as a list of its wordings, like ["2019", "four years"]',
        ),
        (
            {"nuggets": [[]]},
            "each of nuggets must be a list of wordings, not an empty list: "
            'write each as a list of its wordings, like ["2019", "four years"]',
        ),
        ({"nuggets": [["rats", 3]]}, "each wording of nuggets must be a string, not a number"),
        ({"nuggets": [["rats", " "]]}, "each wording of nuggets is empty"),
        ({"nuggets": [["rats"], ["rats"]]}, "nuggets holds ['rats'] twice: drop one of them"),
        (
            {"answerable": False},
            "not answerable, but nuggets holds 'rats': take the nuggets out, or mark it answerable",
        ),
        ({"nuggets": []}, "missing answers, evidence"),
    ],
)
def test_bad_nuggets_are_refused_with_their_line(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = gold_file(tmp_path / "gold.jsonl", line(id="q0"), line(**change))
    with pytest.raises(BadGold) as raised:
        load_gold(path)
    assert str(raised.value) == f"{path}, line 2: {message}"


def test_a_table_has_a_column_of_nuggets(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(
        "question,answer,nuggets,article,kind\nWhy?,,rats = rodents|2016||rats=rodents,terns.txt,explain\nWho?,,,,\n"
    )
    first, second = formats.load(path).questions
    assert first == GoldQuestion(
        "1",
        "Why?",
        (),
        (GoldEvidence("terns.txt", ""),),
        True,
        "explain",
        nuggets=(("rats", "rodents"), ("2016",)),
    )
    assert (second.answerable, second.nuggets) == (False, ())


@pytest.fixture
def library(tmp_path: Path, library_of: Any) -> Iterator[Library]:
    article = make_article(TEXT, title="Of terns", source="news/terns.txt")
    with library_of(tmp_path / "lib", [article]) as opened:
        yield opened


def test_a_nugget_that_its_articles_lack_is_a_warning(library: Library) -> None:
    nuggets = (("rats",), ("terns",), ("cats", "felines"), ("480",))
    named = GoldQuestion("q1", "Why?", (), (GoldEvidence("terns.txt", ""),), True, nuggets=nuggets)
    free = GoldQuestion("q2", "How was it done?", (), (), True, nuggets=nuggets)
    gone = GoldQuestion("q3", "And then?", (), (GoldEvidence("lost.txt", ""),), True, nuggets=nuggets)
    found = [p for p in check([named, free, gone], library) if p.kind != "duplicate"]
    assert [(p.id, p.kind, p.severity) for p in found] == [
        ("q3", "article", "error"),
        ("q1", "nugget", "warning"),
        ("q1", "nugget", "warning"),
    ]
    assert found[1].message == (
        "“cats” (or another wording) does not stand in the articles of its evidence: word it as they do, or name "
        "the article that says so"
    )
    assert found[2].message.startswith("“480” does not stand")


# id, question, kind in the gold set, nuggets; what the systems do is in `answering`.
QUESTIONS: list[tuple[str, str, str, list[list[str]]]] = [
    ("full", "Why did they fail?", "explain", [["rats"], ["eggs", "clutches"]]),
    ("part", "What was done?", "", [["poison"], ["dogs"], ["cats"], ["1,480"]]),
    ("refused", "What did it cost?", "explain", [["1,480"], ["crowns"]]),
    ("broken", "When did it end?", "", [["sunday"]]),
    ("silent-1", "Who paid?", "explain", []),
    ("silent-2", "Why not in Norway?", "explain", []),
]


def make(question: str, texts: Sequence[str], kind: Kind, refuses: bool = False, about: str = "") -> Answer:
    """An answer of these sentences, cited where the article says them; a refusal shows the first as closest."""
    spans = [(TEXT.index(text), TEXT.index(text) + len(text)) for text in texts]
    citations = tuple(Citation(i, TERNS, *span, TEXT[slice(*span)], 1.0) for i, span in enumerate(spans, 1))
    said = ["The articles don't answer this."] if refuses else list(texts)
    return Answer(
        question=question,
        standalone=question,
        short="",
        text=" ".join(said),
        sentences=tuple(Sentence(text, () if refuses else (i,), True) for i, text in enumerate(said, 1)),
        citations=citations,
        abstained=refuses,
        reason="Nothing says so." if refuses else "",
        confidence=0.1 if refuses else 0.9,
        hits=(),
        prompt_tokens=0,
        timings=Timings(total=2.0 if kind == "explain" else 1.0),
        model=ModelInfo("made up", "test"),
        kind=kind,
        points=() if refuses else tuple(Point(text, (i,), about=about) for i, text in enumerate(texts, 1)),
    )


def answering(question: str) -> Answer:
    match question:
        case "Why did they fail?":
            return make(question, ["Rats ate the eggs."], "explain")
        case "What was done?":
            return make(question, ["Poison was laid in 2016."], "listing")
        case "When did it end?":
            raise ModelFailed("the model stopped: try again")
        case "Who paid?":
            return make(question, ["Rats ate the eggs."], "explain")
        case _:  # the closest passage holds both nuggets of one of these
            return make(question, ["It cost 1,480 crowns."], "explain", refuses=True)


def answering_more(question: str) -> Answer:
    if question == "What was done?":
        return make(
            question, ["Poison was laid in 2016.", "Dogs searched the island."], "listing", about="Cats"
        )
    if question == "What did it cost?":
        return make(question, ["It cost 1,480 crowns."], "explain")
    return answering(question)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    rows = [
        {"id": id, "question": question, "kind": kind, "answerable": bool(nuggets), "nuggets": nuggets}
        | ({} if nuggets else {"answers": [], "evidence": []})
        for id, question, kind, nuggets in QUESTIONS
    ]
    return gold_file(tmp_path / "open.jsonl", *rows)


def test_the_figures_are_those_counted_by_hand(gold: Path, tmp_path: Path) -> None:
    summary = run(gold, out=tmp_path / "run", system=answering, config=CONFIG)
    values = {name: (round(metric.value, 4), metric.n) for name, metric in summary.all.items()}
    assert values == {
        "right": (round(2 / 6, 4), 6),  # full, and silent-2 refused
        "nugget_recall": (round((1 + 1 / 4 + 0 + 0) / 4, 4), 4),  # 2 of 2, 1 of 4, refused, failed
        "words": (4.5, 2),  # "Rats ate the eggs." and "Poison was laid in 2016."
        "alce_recall": (1.0, 3),
        "alce_precision": (1.0, 3),
        "alce_f1": (1.0, 3),
        "faithfulness": (1.0, 3),
        "abstention_precision": (0.5, 2),
        "abstention_recall": (0.5, 2),
        "abstention_f1": (0.5, 6),  # 2 * 1 right refusal / (2 refusals + 2 silent)
        "false_abstention": (0.25, 4),
    }, "and neither EM nor F1, which only the silent ones have"
    assert summary.all["nugget_recall"].low < 0.3125 < summary.all["nugget_recall"].high
    assert "token_f1" in summary.no_ans
    assert "token_f1" not in summary.has_ans
    # "part" has no kind in the gold set but its answer has, "broken" has neither.
    assert {kind: section["right"].n for kind, section in summary.by_kind.items()} == {
        "": 1,
        "explain": 4,
        "listing": 1,
    }
    assert summary.by_kind["explain"]["nugget_recall"].value == 1 / 2
    assert summary.by_kind["listing"]["words"].value == 5
    assert summary.seconds_by_kind == {
        "explain": {"p50": 2.0, "p95": 2.0, "n": 4},
        "listing": {"p50": 1.0, "p95": 1.0, "n": 1},
    }
    assert summary.stages == {
        "right": ["full", "silent-2"],
        "wrong answer": ["part"],
        "wrongly refused": ["refused"],
        "not refused": ["silent-1"],
        "error": ["broken"],
    }
    assert summary.to_dict()["nuggets"][1:3] == [
        {"id": "part", "held": ["poison"], "missed": ["dogs", "cats", "1,480"]},
        {"id": "refused", "held": [], "missed": ["1,480", "crowns"]},
    ]
    assert Summary.from_dict(json.loads(json.dumps(summary.to_dict()))) == summary
    quality = quality_of(summary)
    assert quality is not None
    assert quality.value == 0.3125


def test_half_of_the_nuggets_counts_as_right(tmp_path: Path) -> None:
    rows = [line(id="half", question="What was done?", nuggets=[["poison"], ["cats"]])]
    path = gold_file(tmp_path / "gold.jsonl", *rows)
    summary = run(path, out=tmp_path / "run", system=answering, config=CONFIG)
    assert summary.stages == {"right": ["half"]}
    assert summary.risk_coverage is not None
    assert summary.risk_coverage["area"] == 0


def test_an_answer_kept_back_is_right_if_it_holds_half_of_the_nuggets() -> None:
    record = {
        "answer": {"abstained": True, "short": "", "text": "No.", "confidence": 0.3, "points": []},
        "withheld": "Rats did.",
        "gold": {"answers": [], "nuggets": [["rats"], ["eggs"]]},
    }
    assert attempt(record) == (0.3, 1.0)
    assert attempt({**record, "withheld": "Cats did."}) == (0.3, 0.0)


def test_a_run_keeps_what_it_takes_to_score_it_again(gold: Path, tmp_path: Path) -> None:
    made = run(gold, out=tmp_path / "run", system=answering_more, config=CONFIG)
    file = tmp_path / "run" / "questions.jsonl"
    records = [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines()]
    answer = records[1]["answer"]
    assert (answer["kind"], answer["text"]) == (
        "listing",
        "Poison was laid in 2016. Dogs searched the island.",
    )
    assert [point["about"] for point in answer["points"]] == ["Cats", "Cats"]
    assert records[1]["metrics"]["nugget_recall"] == 3 / 4
    file.write_text("".join(json.dumps({**r, "metrics": {}, "stage": ""}) + "\n" for r in records))
    assert rescore(tmp_path / "run").to_dict() == made.to_dict()


def test_the_gold_set_may_gain_nuggets_without_asking_again(gold: Path, tmp_path: Path) -> None:
    run(gold, out=tmp_path / "run", system=answering, config=CONFIG)
    rows = [json.loads(text) for text in gold.read_text().splitlines()]
    rows[0]["nuggets"].append(["cats"])
    gold_file(gold, *rows)
    summary = run(gold, out=tmp_path / "run", system=answering, config=CONFIG, progress=None)
    assert summary.nuggets[0] == {"id": "full", "held": ["rats", "eggs"], "missed": ["cats"]}
    assert summary.by_kind["explain"]["nugget_recall"].value == (2 / 3 + 0) / 2


def test_facts_and_open_questions_in_one_set_are_each_scored_their_way(tmp_path: Path) -> None:
    rows = [
        line(id="open", question="Why did they fail?"),
        {
            "id": "fact",
            "question": "What was done?",
            "answers": ["Poison"],
            "evidence": [],
            "answerable": True,
        },
        {"id": "none", "question": "Who paid?", "answers": [], "evidence": [], "answerable": False},
    ]
    path = gold_file(tmp_path / "gold.jsonl", *rows)
    summary = run(path, out=tmp_path / "run", system=answering, config=CONFIG)
    assert {name: summary.all[name].n for name in ("nugget_recall", "token_f1", "right")} == {
        "nugget_recall": 1,
        "token_f1": 2,
        "right": 3,
    }


def test_the_table_shows_words_as_words(gold: Path, tmp_path: Path) -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(render(run(gold, out=tmp_path / "run", system=answering, config=CONFIG)))
    text = " ".join(console.export_text().split())
    assert "6 questions, 4 with an answer" in text
    assert "nugget recall 31.2" in text
    assert "words 4.5 4.0 to 5.0 2" in text
    assert "kind n right nuggets supported wrongly refused rightly refused words p50 s" in text
    assert "explain 4 50.0 50.0 100.0 50.0 50.0 4.0 2.00" in text


def test_runs_are_compared_by_the_facts_they_hold(gold: Path, tmp_path: Path) -> None:
    for name, system in (("a", answering), ("b", answering_more)):
        run(gold, out=tmp_path / name, system=system, config=CONFIG)
    found = compare(tmp_path / "a", tmp_path / "b")
    rows = {row.metric: row for row in found.rows}
    recall = rows["nugget_recall"]
    # full 1 and 1, part 1/4 and 3/4, refused 0 and 1, broken 0 and 0
    assert (recall.n, recall.a, recall.b, recall.difference) == (4, 0.3125, 0.6875, 0.375)
    assert recall.low <= 0.375 <= recall.high
    assert (recall.wins, recall.losses, recall.ties, recall.verdict) == (2, 0, 2, "no difference")
    assert "token_f1" not in rows
    assert "exact_match" not in rows
    # full and silent-1 aside, whose answers are the same: part was 5 words and is 9
    assert (rows["words"].n, rows["words"].difference, rows["words"].verdict) == (2, 2.0, "not tested")
    assert [(flip.id, flip.expected) for flip in found.mended] == [
        ("part", "poison | dogs | cats | 1,480"),
        ("refused", "1,480 | crowns"),
    ]
    shown = markdown(found)
    assert "| words | 2 | 4.5 | 6.5 | +2.0 |" in shown
    assert "words as they are" in shown
    assert "words" not in {
        row.metric for row in compare(tmp_path / "a", tmp_path / "b", metrics=["all"]).rows if row.test
    }
    with pytest.raises(BadSetting, match="words can't be tested, more is neither better nor worse"):
        compare(tmp_path / "a", tmp_path / "b", metrics=["words"])


def test_questions_whose_nuggets_differ_are_not_compared(gold: Path, tmp_path: Path) -> None:
    run(gold, out=tmp_path / "a", system=answering, config=CONFIG)
    rows = [json.loads(text) for text in gold.read_text().splitlines()]
    rows[0]["nuggets"].append(["cats"])
    gold_file(gold, *rows)
    run(gold, out=tmp_path / "b", system=answering, config=CONFIG)
    found = compare(tmp_path / "a", tmp_path / "b")
    assert found.n == 5
    assert "1 question in both runs, but with another text or gold, left out: full" in found.warnings


def test_the_report_lists_the_facts_that_are_held_and_missed(gold: Path, tmp_path: Path) -> None:
    run(gold, out=tmp_path / "run", system=answering, config=CONFIG)
    page = " ".join(write_report(tmp_path / "run").read_text(encoding="utf-8").split())
    part = page[page.index('<span class="ask" dir="auto">What was done?') :]
    assert "1 of 4 facts held" in part
    facts = part[: part.index("</ul>")]
    assert [
        ("✓" in item, item.split("</span></span> ")[1].split("<")[0]) for item in facts.split("<li")[1:]
    ] == [
        (True, "poison"),
        (False, "dogs"),
        (False, "cats"),
        (False, "1,480"),
    ]
    assert 'eggs <span class="soft">or clutches</span>' in page
    assert "nugget recall" in page
    assert "31.2" in page
    kinds = page[page.index('<table class="kinds">') :]
    assert '<th scope="col">words</th><th scope="col">seconds</th>' in kinds
    assert '<span class="value">2.00</span> <span class="soft">2.00</span>' in kinds
    records = [json.loads(text) for text in (tmp_path / "run" / "questions.jsonl").read_text().splitlines()]
    assert "poison / dogs / cats / 1,480" in report_markdown(rescore(tmp_path / "run"), records)


def test_a_wording_is_only_text_in_the_report(tmp_path: Path) -> None:
    path = gold_file(
        tmp_path / "gold.jsonl", line(question="Why did they fail?", nuggets=[["<img src=x>", "<b>"]])
    )
    run(path, out=tmp_path / "run", system=answering, config=CONFIG)
    page = write_report(tmp_path / "run").read_text(encoding="utf-8")
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page
    assert "&lt;b&gt;" in page


def test_a_date_that_footnote_added_is_no_claim_to_be_judged() -> None:
    plain = make("When?", ["On Sunday it ended."], "timeline")
    for added, supported in ((" (10 March 2019)", True), (" (11 March 2019)", False), ("", True)):
        text = f"On Sunday{added} it ended."
        judged = judge(replace(plain, sentences=(Sentence(text, (1,), True),), text=text))
        assert [each["supported"] for each in judged or ()] == [supported], added

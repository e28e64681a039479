"""Two runs compared: a worse one is caught, an unchanged one isn't, and every text is only text."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from eval.bench.false_alarms import main, measure
from eval.compare import Comparison, Row, compare, findings, markdown, render
from eval.compare.pairs import Pair, Side
from index.errors import BadSetting

Record = dict[str, Any]


def answered(i: int, *, right: bool = True, f1: float | None = None, group: str = "", **more: Any) -> Record:
    """A question with an answer, that was answered."""
    good = float(right)
    return {
        "index": i,
        "id": f"q{i}",
        "question": f"What is {i}?",
        "answerable": True,
        "kind": "",
        "group": group,
        "cold": i == 0,
        "gold": {
            "answers": [f"it is {i}"],
            "evidence": [{"article": f"{i}.txt", "quote": "q", "places": []}],
        },
        "answer": {
            "short": f"it is {i}" if right else "wrong",
            "text": "",
            "abstained": False,
            "timings": {"total": 2.0},
        },
        "withheld": "",
        "error": None,
        "hits": [],
        "used": 0,
        "evidence": [],
        "metrics": {"abstained": 0.0, "exact_match": good, "token_f1": good if f1 is None else f1}
        | {"citation_f1": good, "recall@10": 1.0},
        "stage": "right" if right else "wrong answer",
        **more,
    }


def refused(i: int, *, answerable: bool, refused: bool = True) -> Record:
    """A question that was refused, or is without an answer, or both."""
    record = answered(i, right=refused != answerable)
    record["answerable"] = answerable
    record["answer"]["abstained"] = refused
    record["metrics"] = {"abstained": float(refused), "token_f1": float(refused != answerable)}
    if refused == answerable:
        record["stage"] = "wrongly refused" if refused else "not refused"
    if not answerable:
        record["gold"] = {"answers": [], "evidence": []}
    return record


def write_run(folder: Path, records: list[Record], **about: Any) -> Path:
    folder.mkdir()
    about = {"system": "footnote", "model": "m", "config": {"k": 10, "port": 1}, "finished": "now"} | about
    (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (folder / "questions.jsonl").write_text(lines, encoding="utf-8")
    return folder


def two_hundred(spoil: Callable[[int], bool] = lambda i: False) -> list[Record]:
    """Three in four are answered rightly, less those that are spoilt."""
    return [answered(i, right=i % 4 != 0 and not spoil(i)) for i in range(200)]


def row(comparison: Comparison, metric: str) -> Row:
    return next(row for row in comparison.rows if row.metric == metric)


def shown(comparison: Comparison, width: int = 100) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False).print(render(comparison))
    return out.getvalue()


def test_a_worsened_run_is_caught(tmp_path: Path) -> None:
    a = write_run(tmp_path / "a", two_hundred())
    b = write_run(tmp_path / "b", two_hundred(lambda i: i % 10 == 1), model="smaller")
    found = compare(a, b)
    right = row(found, "right")
    assert found.worse
    assert (right.n, right.a, right.b) == (200, 0.75, 0.65)
    assert right.difference == pytest.approx(-0.1)
    assert right.low < -0.1 < right.high < 0
    assert (right.wins, right.losses, right.ties) == (0, 20, 180)
    assert (right.test, right.verdict) == ("McNemar", "worse")
    assert right.p == pytest.approx(2 * 0.5**20)
    # Four metrics of the family are there; on recall@10 nothing differs, so that three count for Holm.
    assert right.p_adjusted == pytest.approx(3 * 2 * 0.5**20)
    assert row(found, "recall@10").verdict == row(found, "false_abstention").verdict == "no difference"
    assert row(found, "exact_match").verdict == "not tested"
    assert len(found.broken) == 20
    assert not found.mended
    assert "worse on right, token f1, citation f1" in shown(found)
    assert not compare(b, a).worse, "the other way round it is better"
    assert row(compare(b, a), "right").verdict == "better"


def test_an_identical_run_is_not(tmp_path: Path) -> None:
    a, b = (write_run(tmp_path / name, two_hundred()) for name in "ab")
    found = compare(a, b)
    assert not found.worse
    assert {r.p for r in found.rows if r.verdict == "no difference"} == {1.0}
    assert all(r.low == r.difference == r.high == 0 for r in found.rows)
    assert (found.broken, found.mended, found.settings, found.warnings) == ((), (), (), ())
    assert "No significant difference" in shown(found)


def test_a_few_flips_either_way_are_no_difference(tmp_path: Path) -> None:
    a = write_run(tmp_path / "a", two_hundred(lambda i: i in (1, 2, 3)))
    b = write_run(tmp_path / "b", two_hundred(lambda i: i in (5, 6, 7, 9)))
    found = compare(a, b)
    assert not found.worse
    assert [flip.id for flip in found.broken] == ["q5", "q6", "q7", "q9"]
    assert [flip.id for flip in found.mended] == ["q1", "q2", "q3"]


def test_refusing_more_is_worse_with_an_answer_and_better_without(tmp_path: Path) -> None:
    a = [refused(i, answerable=True, refused=False) for i in range(40)]
    a += [refused(i, answerable=False, refused=False) for i in range(40, 80)]
    b = [refused(i, answerable=True, refused=i < 20) for i in range(40)]
    b += [refused(i, answerable=False, refused=i < 60) for i in range(40, 80)]
    found = compare(write_run(tmp_path / "a", a), write_run(tmp_path / "b", b))
    false, true = row(found, "false_abstention"), row(found, "abstention_recall")
    assert (false.n, false.difference, false.losses, false.verdict) == (40, 0.5, 20, "worse")
    assert (true.n, true.difference, true.wins, true.verdict) == (40, 0.5, 20, "better")
    assert false.lower_is_better
    assert row(found, "right").verdict == "no difference", "the one hides the other there"
    assert found.worse
    assert "abstained" not in {r.metric for r in found.rows}
    assert not compare(tmp_path / "b", tmp_path / "a", metrics=["false_abstention"]).worse


def test_groups_widen_the_interval_and_raise_p(tmp_path: Path) -> None:
    def run(name: str, groups: int, spoilt: int) -> Path:
        records = [
            answered(i, right=i // 10 >= spoilt, group=f"g{i % 10 if groups == 1 else i // 10}")
            for i in range(100)
        ]
        return write_run(tmp_path / name, records)

    # The same twenty questions are lost, two of each of ten groups or all of two groups.
    spread = compare(run("a1", 1, 0), run("b1", 1, 2), metrics=["right"])
    whole = compare(run("a2", 10, 0), run("b2", 10, 2), metrics=["right"])
    wide, narrow = row(whole, "right"), row(spread, "right")
    assert wide.difference == narrow.difference == -0.2
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert (narrow.verdict, wide.verdict) == ("worse", "no difference")
    assert wide.p == 2 / 4, "two groups can only flip two ways each"


def test_questions_of_one_article_are_a_group(tmp_path: Path) -> None:
    def run(name: str, right: bool) -> Path:
        records = [answered(i, right=right) for i in range(20)]
        for record in records:
            record["gold"]["evidence"][0]["article"] = "one.txt"
        return write_run(tmp_path / name, records)

    found = compare(run("a", True), run("b", False))
    assert found.groups == 1
    assert not found.worse
    assert any("only 1 independent group" in warning for warning in found.warnings)


def test_holm_guards_the_family_and_the_caller_chooses_it(tmp_path: Path) -> None:
    a, b = two_hundred(), two_hundred(lambda i: i in (1, 2, 3, 5, 6, 7))
    for record in b[9:12]:
        record["metrics"]["token_f1"] = 0.9
    for i, record in enumerate(b):
        record["metrics"]["recall@10"] = float(i != 9)
    write_run(tmp_path / "a", a)
    write_run(tmp_path / "b", b)
    one = row(compare(tmp_path / "a", tmp_path / "b", metrics=["right"]), "right")
    four = row(compare(tmp_path / "a", tmp_path / "b"), "right")
    assert one.p == four.p == one.p_adjusted == 2 / 2**6
    assert one.verdict == "worse"
    assert four.p_adjusted is not None
    assert four.p_adjusted > 0.05
    assert four.verdict == "no difference"
    wide = compare(tmp_path / "a", tmp_path / "b", metrics=["default", "exact_match"])
    assert row(wide, "exact_match").p is not None
    assert compare(tmp_path / "a", tmp_path / "b", metrics=[]) == compare(tmp_path / "a", tmp_path / "b")
    with pytest.raises(BadSetting, match=r"no metric 'bleu' in both runs: choose from right, .*exact_match"):
        compare(tmp_path / "a", tmp_path / "b", metrics=["bleu"])


def test_a_metric_counts_where_both_runs_have_it(tmp_path: Path) -> None:
    a, b = two_hundred(), two_hundred()
    for record in a[:50]:
        del record["metrics"]["citation_f1"]
    for record in b[:60]:
        del record["metrics"]["citation_f1"]
        record["metrics"]["faithfulness"] = 1.0
    found = compare(write_run(tmp_path / "a", a), write_run(tmp_path / "b", b))
    assert row(found, "citation_f1").n == 140
    assert "faithfulness" not in {r.metric for r in found.rows}


def test_only_questions_that_both_were_asked_count(tmp_path: Path) -> None:
    a, b = two_hundred()[:-2], two_hundred()[3:]
    b[0]["question"] = "What else?"
    b[1]["gold"]["answers"].append("another")
    b[2]["gold"]["evidence"][0]["places"] = [["another library", 0, 1]]
    found = compare(write_run(tmp_path / "a", a), write_run(tmp_path / "b", b, finished=None))
    assert found.n == 200 - 2 - 3 - 2
    warnings = "\n".join(found.warnings)
    assert "3 questions only in A: q0, q1, q2" in warnings
    assert "2 questions only in B: q198, q199" in warnings
    assert "another text or gold, left out: q3, q4" in warnings
    assert "B is not finished" in warnings


def test_settings_that_differ_are_listed(tmp_path: Path) -> None:
    a = write_run(tmp_path / "a", two_hundred(), library={"contents": "x", "folder": "f"}, version="1")
    b = write_run(
        tmp_path / "b",
        two_hundred(),
        model="other",
        config={"k": 5, "port": 2, "threshold": 0.4},
        library={"contents": "y", "folder": "g"},
        version="2",
    )
    found = compare(a, b)
    assert {(s.name, s.a, s.b) for s in found.settings} == {
        ("model", "m", "other"),
        ("config.k", "10", "5"),
        ("config.threshold", "", "0.4"),
        ("library.contents", "x", "y"),
        ("version", "1", "2"),
    }
    assert any("score both runs again" in warning for warning in found.warnings)
    assert "config.threshold" in shown(found)


def test_seconds_are_shown_and_never_worse(tmp_path: Path) -> None:
    a, b = two_hundred(), two_hundred()
    for record in b:
        record["answer"]["timings"]["total"] = 6.0
    b[0]["answer"]["timings"]["total"] = 900.0
    found = compare(write_run(tmp_path / "a", a), write_run(tmp_path / "b", b))
    assert found.latency is not None
    assert (found.latency.n, found.latency.ratio) == (199, 3.0), "the cold question is left out"
    assert not found.worse
    assert "3.00 times as long" in " ".join(shown(found).split())


def test_runs_that_only_retrieve_are_compared_on_retrieval(tmp_path: Path) -> None:
    def run(name: str, k: int) -> Path:
        records = [answered(i) for i in range(40)]
        for i, record in enumerate(records):
            record |= {"answer": None, "hits": [{"title": "T", "article_id": "x"}]}
            record["metrics"] = {"recall@10": float(i < k), "ndcg@10": 0.5 * (i < k), "mrr@10": 0.5}
            record["stage"] = "right" if i < k else "not retrieved"
        return write_run(tmp_path / name, records)

    found = compare(run("a", 40), run("b", 20))
    assert [r.metric for r in found.rows if r.verdict == "worse"] == ["recall@10", "ndcg@10"]
    assert found.broken[0].b == "first hit: T"
    answering = write_run(tmp_path / "c", two_hundred()[:40])
    mixed = compare(tmp_path / "a", answering)
    assert {r.metric for r in mixed.rows} == {"recall@10"}
    assert not mixed.broken
    assert any("only retrieves" in warning for warning in mixed.warnings)


def test_a_record_without_a_stage_gets_one(tmp_path: Path) -> None:
    records = two_hundred()
    for record in records:
        del record["stage"], record["evidence"]
        record["metrics"]["answer_substring"] = record["metrics"]["token_f1"]
    found = compare(write_run(tmp_path / "a", records), write_run(tmp_path / "b", two_hundred()))
    assert row(found, "right").a == row(found, "right").b == 0.75


def test_what_each_said_is_in_the_flips(tmp_path: Path) -> None:
    b = two_hundred()
    b[1] = refused(1, answerable=True) | {"withheld": "it is 1?"}
    b[2] |= {"answer": None, "error": {"type": "ModelFailed", "message": "out of memory"}, "stage": "error"}
    found = compare(write_run(tmp_path / "a", two_hundred()), write_run(tmp_path / "b", b))
    first, second = found.broken
    assert (first.expected, first.a, first.b) == ("it is 1", "it is 1", "(refused; withheld: it is 1?)")
    assert (first.a_stage, first.b_stage) == ("right", "wrongly refused")
    assert second.b == "(error) ModelFailed: out of memory"
    assert second.b in " ".join(markdown(found).split())


def hostile(tmp_path: Path) -> Comparison:
    text = "<img src=x onerror=alert(1)> @octocat | a\n# head `x` ![i](http://e.org/x) www.e.org #99 \x1b[31m[bold]"
    a, b = two_hundred(), two_hundred(lambda i: i == 1)
    a[1]["question"] = b[1]["question"] = text
    b[1]["answer"]["short"] = text
    write_run(tmp_path / "a", a)
    write_run(tmp_path / "b", b, model=text)
    return compare(tmp_path / "a", tmp_path / "b")


def test_markdown_holds_texts_as_text(tmp_path: Path) -> None:
    from markdown_it import MarkdownIt

    text = markdown(hostile(tmp_path))
    assert "\x1b" not in text
    for sign in ("<img", "@o", "http://", "www.", "#99", "](", "`"):
        assert sign not in text, sign
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert "&lt;img src=x" in html
    assert "| a # head `x` ![i]" in html
    assert not any(tag in html for tag in ("<img", "<a ", "<code"))
    assert html.count("<h") == html.count("<h3>") + html.count("<hr"), "one heading only"
    tables = html.split("<table>")[1:]
    widths = [{line.count("<td") for line in table.split("<tr>")[2:]} for table in tables]
    assert widths == [{3}, {9}, {9}], "no text opens a cell of its own"


def test_the_terminal_obeys_no_text(tmp_path: Path) -> None:
    text = shown(hostile(tmp_path), width=240)
    assert "\x1b" not in text
    assert "[bold]" in text


def test_eighty_columns_are_enough(tmp_path: Path) -> None:
    a = write_run(tmp_path / "a", two_hundred())
    b = write_run(tmp_path / "b", two_hundred(lambda i: i % 10 == 1))
    lines = shown(compare(a, b), width=80).splitlines()
    assert any("false abstention ↓" in line and "0/0/200" in line and "no diff." in line for line in lines)


def test_to_dict_is_plain_json(tmp_path: Path) -> None:
    a = write_run(tmp_path / "a", two_hundred())
    b = write_run(tmp_path / "b", two_hundred(lambda i: i % 10 == 1), model="n")
    found = compare(a, b).to_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["worse"] is True
    assert found["rows"][0]["metric"] == "right"
    assert found["broken"][0]["b_stage"] == "wrong answer"


def test_runs_that_cannot_be_compared_are_refused_in_a_line(tmp_path: Path) -> None:
    a = write_run(tmp_path / "a", two_hundred())
    other = write_run(tmp_path / "other", [answered(i) | {"id": f"x{i}"} for i in range(3)])
    changed = write_run(tmp_path / "changed", [answered(i) | {"question": "Else?"} for i in range(3)])
    empty = write_run(tmp_path / "empty", [])
    torn = write_run(tmp_path / "torn", two_hundred())
    (torn / "run.json").write_text("{")
    broken = write_run(tmp_path / "broken", [answered(0) | {"metrics": None}])
    lines = write_run(tmp_path / "lines", two_hundred())
    (lines / "questions.jsonl").write_text("{}\n" + (lines / "questions.jsonl").read_text())
    for folder, said in (
        (tmp_path / "none", "no run in .*none: make one with footnote eval run"),
        (other, "no question in common: run both on the same gold set"),
        (changed, "no question in common with the same text and gold"),
        (empty, "no finished question"),
        (torn, "torn.*damaged"),
        (broken, "record 1 is damaged .*: score the run again"),
        (lines, "line 1 is damaged: remove the line"),
    ):
        with pytest.raises(BadSetting, match=said) as caught:
            compare(a, folder)
        assert "\n" not in str(caught.value)
    with pytest.raises(BadSetting, match="alpha must be between 0 and 1"):
        compare(a, a, alpha=5)


def noise(draw: random.Random, group: str, name: int) -> Pair:
    """A question on which A and B differ, if at all, by chance; a group's questions differ alike."""

    def side() -> Side:
        f1 = draw.random()
        return Side(
            {"right": float(f1 > 0.5), "token_f1": f1, "recall@10": float(draw.random() > 0.5)}, "", "", None
        )

    return Pair(f"{group}-{name}", group, "", "", side(), side())


def test_noise_is_called_a_difference_about_as_often_as_alpha_says() -> None:
    draw = random.Random(7)
    family, alpha, runs = ("right", "token_f1", "recall@10"), 0.2, 150
    alarms = 0
    for _ in range(runs):
        pairs = [noise(draw, str(i), 0) for i in range(40)]
        said = findings(pairs, family, alpha=alpha)
        alarms += any(finding.verdict != "no difference" for finding in said.values())
    # Expected at most 30 of 150, and not far fewer: standard deviation 4.9.
    assert 10 <= alarms <= 45


def test_noise_in_groups_is_not_taken_for_more_than_it_is() -> None:
    draw = random.Random(8)
    alone = grouped = 0
    for _ in range(60):
        pairs = []
        for g in range(15):
            one = noise(draw, f"g{g}", 0)
            pairs += [Pair(f"g{g}-{i}", f"g{g}", "", "", one.a, one.b) for i in range(8)]
        apart = [Pair(p.id, p.id, "", "", p.a, p.b) for p in pairs]
        grouped += findings(pairs, ["right"], alpha=0.05)["right"].verdict != "no difference"
        alone += findings(apart, ["right"], alpha=0.05)["right"].verdict != "no difference"
    assert grouped <= 8
    assert alone >= 20, "as if eight copies were eight questions"


def test_the_benchmark_finds_the_loss_and_no_false_alarm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a = write_run(tmp_path / "a", two_hundred())
    b = write_run(tmp_path / "b", two_hundred(lambda i: i % 5 == 1))
    halves, swapped = measure(a, b)
    assert (halves.n, halves.repeats, halves.better) == (100, 20, 0)
    assert halves.worse >= 18
    assert (swapped.n, swapped.repeats) == (200, 20)
    assert swapped.either <= 4
    assert measure(a, a)[0].either == measure(a, a)[1].either == 0
    assert main([str(a), str(b), "--repeats", "2"]) == 0
    assert "swapped: 2 comparisons of 200 questions" in capsys.readouterr().out
    assert main([str(a), str(tmp_path / "none")]) == 2
    assert "error: no run in" in capsys.readouterr().err

"""Made-up runs for the report: folders as `footnote eval run` leaves them, with our own texts.

    python tests/eval/report/conftest.py FOLDER [N]

writes one, with its report, to look at.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from eval.summary import summarise

PLACES = ("Skerrin", "Oldhaven", "Tarn Bridge", "Marl", "Eastby", "Quay Street")
PEOPLE = ("Ada Lorne", "Tomas Ekeland", "Ruth Abara", "Iain Moss", "Petra Vane", "Jon Okafor")
THINGS = (
    ("ferry", "the ferry to {place}", "sailings a week"),
    ("library", "the library at {place}", "books"),
    ("bridge", "the footbridge in {place}", "tonnes of steel"),
    ("tern", "the tern colony off {place}", "breeding pairs"),
)


def article(i: int) -> dict[str, Any]:
    """An article of four sentences, with the sentences' spans."""
    rng = random.Random(i)
    place, person = PLACES[i % len(PLACES)], PEOPLE[(i * 5 + 1) % len(PEOPLE)]
    slug, thing, unit = THINGS[i % len(THINGS)]
    thing = thing.format(place=place)
    year, n, cost = 1950 + rng.randrange(70), rng.randrange(20, 900), rng.randrange(2, 60)
    says = [
        f"{thing[0].upper()}{thing[1:]} was first mentioned in {year}, in the minutes of the parish council.",
        f"Last spring there were {n} {unit}, according to {person}, who has kept count for a decade.",
        f"The council set aside {cost} million pounds for {thing}, most of it for repairs after the winter storms.",
        "Not everyone is content: a petition against the plans gathered names at the market on Saturday.",
    ]
    spans, at = [], 0
    for sentence in says:
        spans.append((at, at + len(sentence)))
        at += len(sentence) + 1
    return {
        "id": f"{i:016x}",
        "title": f"{thing[0].upper()}{thing[1:]}: what is known",
        "publisher": ("Harbour Wire", "Ridgeway Dispatch", "The Marl Echo")[i % 3],
        "published": f"20{10 + i % 15}-0{1 + i % 9}-1{i % 10}",
        "url": f"https://news.example.org/{slug}/{i}",
        "source": f"articles/{slug}-{i}.md",
        "sentences": says,
        "spans": spans,
        "facts": [
            (f"When was {thing} first mentioned?", str(year), 0),
            (f"How many {unit} did {person} count for {thing}?", f"{n}", 1),
            (f"How much did the council set aside for {thing}?", f"{cost} million pounds", 2),
        ],
        "unknown": f"Who paints the railings of {thing}?",
    }


OUTCOMES = (
    "right right right right right wrong-answer right wrongly-refused right not-retrieved right right "
    "not-selected right wrongly-refused right wrong-citation right right wrongly-refused"
).split()


def record(index: int, articles: list[dict[str, Any]]) -> dict[str, Any]:
    """A finished question: two of three have an answer, and outcomes go round."""
    rng = random.Random(index)
    a, other = articles[index % len(articles)], articles[(index + 1) % len(articles)]
    answerable = index % 3 != 2
    question, gold, place = a["facts"][index // 3 % 3] if answerable else (a["unknown"], "", 1)
    outcome = OUTCOMES[rng.randrange(len(OUTCOMES))].replace("-", " ") if answerable else "right"
    if not answerable and rng.random() < 0.2:
        outcome = "not refused"
    elif answerable and index % 29 == 28:
        outcome = "error"
    elif answerable and index % 23 == 6:
        outcome = "not retrieved"
    refused = outcome == "wrongly refused" or (not answerable and outcome == "right")
    answer = None
    if outcome != "error":
        answer = made_answer(rng, question, gold, a, other, place, outcome, refused)
    ranked = [other, *articles[:8]] if outcome == "not retrieved" else [a, other, *articles[:8]]
    ranked = [
        x for i, x in enumerate(ranked) if x not in ranked[:i] and (x is not a or outcome != "not retrieved")
    ]
    return {
        "index": index,
        "id": f"{'q' if answerable else 'u'}{index + 1:03d}",
        "question": question,
        "answerable": answerable,
        "kind": ("date", "number", "money")[place] if answerable else "unanswerable",
        "group": a["id"],
        "cold": index == 0,
        "seconds": 9.0,
        "gold": {
            "answers": [gold] if answerable else [],
            "evidence": [
                {
                    "article": Path(a["source"]).name,
                    "quote": a["sentences"][place],
                    "relevance": 1,
                    "places": [[a["id"], *a["spans"][place]]],
                }
            ]
            if answerable
            else [],
        },
        "answer": answer,
        "withheld": (gold or "nobody in particular") if refused and rng.random() < 0.7 else "",
        "error": {"type": "ModelFailed", "message": "the model stopped answering"}
        if outcome == "error"
        else None,
        "hits": [
            {key: x[key] for key in ("source", "title", "publisher", "published")}
            | {
                "article_id": x["id"],
                "start": 0,
                "end": x["spans"][-1][1],
                "score": 1 / (60 + i),
                "rank": i + 1,
            }
            for i, x in enumerate(ranked)
        ],
        "used": 6,
        "evidence": made_evidence(a, other, place, outcome) if answer else [],
        "judged": made_judgement(answer, outcome),
        "completion_tokens": rng.randrange(12, 60) if answer else 0,
        "metrics": made_metrics(rng, answerable, outcome, refused),
        "stage": outcome,
    }


def made_answer(
    rng: random.Random,
    question: str,
    gold: str,
    a: dict[str, Any],
    other: dict[str, Any],
    place: int,
    outcome: str,
    refused: bool,
) -> dict[str, Any]:
    wrong = outcome in ("wrong answer", "not retrieved", "not selected", "not refused")
    source = other if wrong or outcome == "wrong citation" else a
    short = source["facts"][place][1] if wrong else gold
    start, end = source["spans"][place]
    about = {key: source[key] for key in ("id", "title", "url", "publisher", "published", "source")}
    cited = {"number": 1, "article": about, "start": start, "end": end, "quote": source["sentences"][place]}
    warm = rng.uniform(8, 22)
    text = "" if refused else source["sentences"][place].split(",")[0] + "."
    said = [{"text": text, "citations": [1], "supported": outcome != "not selected"}]
    return {
        "question": question,
        "standalone": question,
        "short": "" if refused else short,
        "text": text,
        "sentences": [] if refused else said,
        "citations": [cited | {"support": round(rng.uniform(0.6, 1), 3)}],
        "abstained": refused,
        "reason": "The evidence speaks of the same matter without giving the answer." if refused else "",
        "confidence": round(
            min(0.97, max(0.03, rng.gauss(0.1 if refused else 0.4 if wrong else 0.7, 0.12))), 3
        ),
        "prompt_tokens": rng.randrange(240, 420),
        "timings": {
            "retrieve": 0.03,
            "evidence": round(rng.uniform(0.8, 1.9), 3),
            "first_token": round(warm * 0.7, 3),
            "generate": round(warm * 0.85, 3),
            "verify": 0.01,
            "total": round(warm, 3),
        },
        "model": {"name": "small-1.5b", "engine": "llama.cpp"},
    }


def made_evidence(a: dict[str, Any], other: dict[str, Any], place: int, outcome: str) -> list[dict[str, Any]]:
    given = [(other, i) for i in range(3)]
    if outcome not in ("not retrieved", "not selected"):
        given = [(a, i) for i in range(4)] + given
    return [
        {"article_id": x["id"], "start": x["spans"][i][0], "end": x["spans"][i][1], "text": x["sentences"][i]}
        for x, i in given
    ]


def made_judgement(answer: dict[str, Any] | None, outcome: str) -> list[dict[str, Any]] | None:
    if not answer or answer["abstained"]:
        return None
    holds = outcome != "not selected"
    one = {"supported": holds, "score": 0.97 if holds else 0.08, "faithful": holds}
    return [one | {"alone": [holds], "without": [False]} for _ in answer["sentences"]]


def made_metrics(rng: random.Random, answerable: bool, outcome: str, refused: bool) -> dict[str, float]:
    right = float(outcome == "right")
    found = {"abstained": float(refused), "exact_match": right, "token_f1": right}
    if not answerable:
        return found
    found["token_f1"] = 1.0 if right else 0.4 if outcome == "wrong answer" else 0.0
    found["answer_substring"] = right
    lost = outcome in ("not retrieved", "error")
    rank = rng.choice((1, 1, 1, 2, 4, 8)) if not lost else 99
    for k in (1, 5, 10, 20):
        found[f"recall@{k}"] = found[f"hit@{k}"] = float(rank <= k)
    found |= {"ndcg@10": 1 / (1 + 0.4 * rank) if rank < 11 else 0.0, "mrr@10": 1 / rank if rank < 11 else 0.0}
    for k in (1, 5, 10, 20):
        found[f"article_recall@{k}"] = found[f"article_hit@{k}"] = float(rank // 2 <= k)
    if not refused and outcome != "error":
        cited = float(outcome in ("right", "wrong answer"))
        found |= {"citation_recall": cited, "citation_precision": cited, "citation_f1": cited}
        found |= {"alce_recall": right, "alce_precision": right, "alce_f1": right, "faithfulness": 1.0}
    return found


def summary(records: list[dict[str, Any]]) -> dict[str, Any]:
    verifier = {
        "accuracy": 0.782,
        "low": 0.753,
        "high": 0.81,
        "n": 1000,
        "data": "held-out pairs",
        "command": "python -m eval.bench.verifier",
    }
    return {**summarise(records, RUN).to_dict(), "verifier": verifier}


RUN: dict[str, Any] = {
    "gold": "gold/harbour-news.jsonl",
    "system": "footnote",
    "model": "small-1.5b",
    "model_hash": "9f2c" * 16,
    "config": {
        "k": 6,
        "evidence_tokens": 250,
        "threshold": 0.2,
        "model": "small-1.5b",
        "passage_tokens": 160,
    },
    "library": {
        "contents": "5b84" * 16,
        "articles": 24,
        "passages": 96,
        "embedder": "small-embedder",
        "bytes_on_disk": 413634,
    },
    "version": "0.1.0",
    "machine": {
        "cores": 4,
        "platform": "Linux-6.1-x86_64",
        "processor": "x86_64",
        "python": "3.11.7",
        "memory_bytes": 16 * 10**9,
    },
    "command": "footnote eval run gold/harbour-news.jsonl --library harbour --out runs/harbour --threshold 0.2",
    "started": "2026-11-20T09:00:00+00:00",
    "finished": "2026-11-20T09:19:40+00:00",
    "peak_memory_bytes": 2_310_000_000,
}


def write(folder: Path, records: Iterable[dict[str, Any]], whole: dict[str, Any] | None = None) -> Path:
    """The run's folder with its three files."""
    records = list(records)
    folder.mkdir(parents=True, exist_ok=True)
    found = whole or summary(records)
    (folder / "questions.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    (folder / "summary.json").write_text(json.dumps(found), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps({**found["run"], "fingerprint": {}}), encoding="utf-8")
    return folder


def make_records(n: int) -> list[dict[str, Any]]:
    articles = [article(i) for i in range(24)]
    return [record(i, articles) for i in range(n)]


@pytest.fixture
def records() -> list[dict[str, Any]]:
    """Sixty questions with every outcome among them."""
    return make_records(60)


@pytest.fixture
def many() -> Callable[[int], list[dict[str, Any]]]:
    return make_records


@pytest.fixture
def summarised() -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
    return summary


@pytest.fixture
def run_folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes records, and a summary if not that of the records, as a run's folder."""
    return lambda records, whole=None: write(tmp_path / "run", records, whole)


if __name__ == "__main__":
    from eval.report import markdown, write_report

    out = write(Path(sys.argv[1]), made := make_records(int((sys.argv[2:] or ["60"])[0])))
    (out / "report.md").write_text(markdown(summary(made), made), encoding="utf-8")
    print(write_report(out))

"""The files of a run: questions.jsonl, one record a question, and run.json, what the run was made with.

A record:

    index, id, question, answerable, kind, group    from the gold set; index is the place in it
    cold       whether it was the first question that its process answered
    seconds    how long the system took
    gold       {answers, evidence: [{article, quote, relevance, places: [[article_id, start, end], ...]}],
                nuggets: [[wording, ...], ...]}; runs of older versions have no nuggets
    answer     what `footnote ask --json` prints, or null after an error and for a system that only retrieves
    withheld   the answer that only too low a confidence kept back, or ""
    error      null, or {type, message}
    hits       [{article_id, source, title, publisher, published, start, end, score, rank}], best first
    used       how many of the hits the system itself used
    evidence   [{article_id, start, end, text}], what the model was given, in reading order
    judged     the verifier's judgement of each sentence (see `eval.judge`), or null
    completion_tokens   how many tokens the model wrote, 0 if unknown
    metrics    {name: value}
    stage      where it went wrong (see `eval.stages`)

Knows how to write, read and cut off records; nothing of how answers are made or summed up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.gold import GoldEvidence, GoldQuestion
from eval.judge import judge
from eval.locate import locate
from eval.metrics.spans import Span
from eval.writing import cant_write, replace
from index.errors import BadGold, BadSetting, FootnoteError
from index.types import Article, Hit
from qa.serialise import answer_to_dict
from qa.types import Answer

QUESTIONS = "questions.jsonl"
RUN = "run.json"
SUMMARY = "summary.json"

RETRIEVED = 10
"""So many hits of a system that only retrieves must hold the evidence."""

Places = Mapping[GoldEvidence, tuple[Span, ...]]
"""Where gold quotes stand."""


def make_record(
    index: int,
    gold: GoldQuestion,
    result: Answer | Sequence[Hit] | FootnoteError,
    known: Places | None,
    *,
    hits: Sequence[Hit] | None = None,
    cold: bool = False,
    seconds: float = 0.0,
) -> dict[str, Any]:
    """A record without metrics; `known` has the places of quotes, None looks in the result's own articles.

    `hits` are recorded in place of those that the system used, when more than those were retrieved.
    """
    answer = result if isinstance(result, Answer) else None
    failure = result if isinstance(result, FootnoteError) else None
    own = () if failure else answer.hits if answer else tuple(h for h in result if isinstance(h, Hit))  # type: ignore[union-attr]
    hits = sorted(own if hits is None else hits, key=lambda hit: hit.rank)
    articles = {hit.article.id: hit.article for hit in hits}
    articles |= {c.article.id: c.article for c in answer.citations} if answer else {}
    return {
        **gold_fields(index, gold, known, articles),
        "cold": cold,
        "seconds": round(seconds, 6),
        "answer": answer_to_dict(answer) if answer else None,
        "withheld": answer.withheld if answer else "",
        "error": {"type": type(failure).__name__, "message": str(failure)} if failure else None,
        "hits": [_hit(hit) for hit in hits],
        "used": len(own) if answer else min(len(own), RETRIEVED),
        "evidence": [
            {"article_id": item.article.id, "start": item.start, "end": item.end, "text": item.text}
            for item in (answer.evidence if answer else ())
        ],
        "judged": judge(answer) if answer else None,
        "completion_tokens": answer.completion_tokens if answer else 0,
    }


def gold_fields(
    index: int, gold: GoldQuestion, known: Places | None, articles: Mapping[str, Article] | None = None
) -> dict[str, Any]:
    """The part of a record that comes from the gold set. Without `known`, quotes are looked up in `articles`."""
    places = known if known is not None else {e: locate(e, (articles or {}).values()) for e in gold.evidence}
    return {
        "index": index,
        "id": gold.id,
        "question": gold.question,
        "answerable": gold.answerable,
        "kind": gold.kind,
        "group": gold.group,
        "asked": gold.asked.isoformat() if gold.asked else "",
        "gold": {
            "answers": list(gold.answers),
            "evidence": [
                {
                    "article": evidence.article,
                    "quote": evidence.quote,
                    "relevance": evidence.relevance,
                    "places": [list(span) for span in places.get(evidence, ())],
                }
                for evidence in gold.evidence
            ],
            "nuggets": [list(wordings) for wordings in gold.nuggets],
        },
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "article_id": hit.article.id,
        "source": hit.article.source,
        "title": hit.article.title,
        "publisher": hit.article.publisher,
        "published": hit.article.published,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "score": float(hit.score),
        "rank": hit.rank,
    }


def append(path: Path, record: dict[str, Any]) -> None:
    """Adds a record to the end of the file, flushed. Raises DiskFull or BadSetting if that fails."""
    line = json.dumps(record, ensure_ascii=False) + "\n"
    try:
        # backslashreplace: half a surrogate pair from a model becomes the JSON escape that it needs anyway.
        with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(line)
    except OSError as e:
        raise cant_write(path, e) from None


def read_records(path: Path) -> list[dict[str, Any]]:
    """The finished records, in the file's order; none if there is no file.

    A last line that was cut off while being written is left out. Raises BadGold for damage elsewhere.
    """
    try:
        *lines, rest = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as e:
        raise BadSetting(f"can't read {path}: {e.strerror or e}") from None
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
            record["id"], record["index"], record["answer"], record["gold"], record["used"]
        except (ValueError, KeyError, TypeError):
            if number == len(lines) and not rest:
                break
            raise BadGold(
                f"{path}, line {number} is damaged: remove the line or choose another --out"
            ) from None
        records.append(record)
    return records


def write_records(path: Path, records: list[dict[str, Any]]) -> None:
    """Replaces the file with these records, atomically."""
    replace(path, "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file, or None if there is no file. Raises BadSetting if it is damaged."""
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as e:
        raise BadSetting(f"can't read {path}: {e.strerror or e}") from None
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise BadSetting(f"{path} is damaged: choose another --out")
    return value


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Replaces the file with this JSON object, atomically."""
    replace(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")

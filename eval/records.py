"""The files of a run: questions.jsonl, one record a question, and run.json, what the run was made with.

A record:

    index, id, question, answerable, kind, group    from the gold set; index is the place in it
    gold     {answers, evidence: [{article, quote, places: [[article_id, start, end], ...]}]}
    answer   what `footnote ask --json` prints, or null after an error
    error    null, or {type, message}
    hits     [{article_id, source, start, end, score, rank}], best first
    metrics  {name: value}

Knows how to write, read and cut off records; nothing of how answers are made or summed up.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.gold import GoldEvidence, GoldQuestion
from eval.locate import locate
from eval.metrics.spans import Span
from index.errors import BadGold, BadSetting, DiskFull, FootnoteError
from qa.types import Answer

QUESTIONS = "questions.jsonl"
RUN = "run.json"
SUMMARY = "summary.json"


def make_record(
    index: int,
    gold: GoldQuestion,
    result: Answer | FootnoteError,
    known: Mapping[GoldEvidence, tuple[Span, ...]] | None,
) -> dict[str, Any]:
    """A record without metrics; `known` has the places of quotes, None looks in the answer's own articles."""
    answer = result if isinstance(result, Answer) else None
    hits = sorted(answer.hits, key=lambda hit: hit.rank) if answer else []
    articles = {hit.article.id: hit.article for hit in hits}
    articles |= {c.article.id: c.article for c in answer.citations} if answer else {}
    return {
        "index": index,
        "id": gold.id,
        "question": gold.question,
        "answerable": gold.answerable,
        "kind": gold.kind,
        "group": gold.group,
        "gold": {
            "answers": list(gold.answers),
            "evidence": [
                {
                    "article": quote.article,
                    "quote": quote.quote,
                    "places": [
                        list(span)
                        for span in (locate(quote, articles.values()) if known is None else known[quote])
                    ],
                }
                for quote in gold.evidence
            ],
        },
        "answer": _answer_dict(answer) if answer else None,
        "error": None if answer else {"type": type(result).__name__, "message": str(result)},
        "hits": [
            {
                "article_id": hit.article.id,
                "source": hit.article.source,
                "start": hit.passage.start,
                "end": hit.passage.end,
                "score": float(hit.score),
                "rank": hit.rank,
            }
            for hit in hits
        ],
    }


def _answer_dict(answer: Answer) -> dict[str, Any]:
    from qa.serialise import answer_to_dict

    return answer_to_dict(answer)


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
            record["id"], record["index"], record["answer"], record["gold"], record["hits"]
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


def replace(path: Path, text: str) -> None:
    """Replaces a file's text so that a crash leaves the old text or the new, never half of it."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as e:
        raise cant_write(path, e) from None


def cant_write(path: Path, e: OSError) -> FootnoteError:
    """The error to raise when writing `path` failed."""
    if e.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return DiskFull(f"no room left to write {path}: free some, then run the same command again to go on")
    return BadSetting(f"can't write {path} ({e.strerror or e}): choose another --out")

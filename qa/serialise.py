"""Answers and hits as plain dictionaries: the JSON contract that other programs and the evaluation read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from index.pages import page, place
from index.types import Article, Hit
from qa.types import Answer, Citation, Table

if TYPE_CHECKING:
    from qa.conversations.types import Conversation
    from qa.notes.types import Note


def article_to_dict(article: Article) -> dict[str, Any]:
    """An article without its text."""
    return {
        "id": article.id,
        "title": article.title,
        "url": article.url,
        "publisher": article.publisher,
        "published": article.published,
        "source": article.source,
        "ocr": article.ocr,
    }


def citation_to_dict(citation: Citation) -> dict[str, Any]:
    """What a marker stands for. `page` is where the quote begins, None where the article has no pages; `place` says the
    same to a reader: "p. 3", "pp. 3–4", "slide 3" or "".
    """
    c = citation
    return {
        "number": c.number,
        "article": article_to_dict(c.article),
        "start": c.start,
        "end": c.end,
        "quote": c.quote,
        "support": c.support,
        "page": page(c.article, c.start),
        "place": place(c.article, c.start, c.end),
    }


def answer_to_dict(answer: Answer) -> dict[str, Any]:
    """The object that `footnote ask --json` prints; times in seconds."""
    return {
        "question": answer.question,
        "standalone": answer.standalone,
        "short": answer.short,
        "text": answer.text,
        "sentences": [
            {"text": s.text, "citations": list(s.citations), "supported": s.supported}
            for s in answer.sentences
        ],
        "citations": [citation_to_dict(citation) for citation in answer.citations],
        "outcome": answer.outcome,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "confidence": round(answer.confidence, 4),
        "prompt_tokens": answer.prompt_tokens,
        "timings": {name: round(value, 4) for name, value in asdict(answer.timings).items()},
        "model": asdict(answer.model),
        "kind": answer.kind,
        "points": [
            {"text": p.text, "citations": list(p.citations), "when": p.when, "about": p.about}
            for p in answer.points
        ],
        "table": table_to_dict(answer.table) if answer.table else None,
        "lead": [{"text": s.text, "citations": list(s.citations)} for s in answer.lead],
    }


def kept(answer: Answer) -> dict[str, Any]:
    """The object that a kept conversation holds: that of `answer_to_dict`, and what else it takes to open it again.

    Hits are lists of passage, article, start, end, score and rank, evidence of article, start, end and score.
    """
    scope = answer.scope
    return {
        **answer_to_dict(answer),
        "completion_tokens": answer.completion_tokens,
        "withheld": answer.withheld,
        "hits": [
            [h.passage.id, h.article.id, h.passage.start, h.passage.end, h.score, h.rank] for h in answer.hits
        ],
        "evidence": [[e.article.id, e.start, e.end, e.score] for e in answer.evidence],
        "scope": scope
        and {
            "since": scope.since,
            "until": scope.until,
            "publisher": scope.publisher,
            "only": None if scope.only is None else sorted(scope.only),
            "without": sorted(scope.without),
        },
    }


def conversation_to_dict(conversation: Conversation) -> dict[str, Any]:
    """The object that `footnote conversations show --json` prints; `notes` are by number of citation."""
    return {
        "id": conversation.id,
        "title": conversation.title,
        "started": conversation.started,
        "changed": conversation.changed,
        "exchanges": [
            {
                "number": each.number,
                "asked": each.asked,
                "question": each.question,
                "answer": answer_to_dict(each.answer) if each.answer else None,
                "problem": each.problem,
                "settings": dict(each.settings),
                "notes": {str(number): note for number, note in each.notes.items()},
            }
            for each in conversation.exchanges
        ],
    }


def note_to_dict(note: Note) -> dict[str, Any]:
    """The object that `footnote notes --json` prints; `start` and `end` are the quote's place in the article."""
    return {
        "id": note.id,
        "added": note.added,
        "changed": note.changed,
        "quote": note.quote,
        "remark": note.remark,
        "question": note.question,
        "article": article_to_dict(note.article),
        "start": note.start,
        "end": note.end,
    }


def table_to_dict(table: Table) -> dict[str, Any]:
    """The columns, and of each row the cells, which are lists of points; [] is an empty one."""
    rows = [
        [[{"text": p.text, "citations": list(p.citations)} for p in cell] for cell in row]
        for row in table.rows
    ]
    silent = [name for i, name in enumerate(table.columns) if table.silent(i)]
    return {"columns": list(table.columns), "rows": rows, "silent": silent}


def hits_to_list(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """What `footnote search --json` prints: article, start, end, text, page, score and rank of each hit."""
    return [
        {
            "rank": hit.rank,
            "score": round(hit.score, 6),
            "article": article_to_dict(hit.article),
            "start": hit.passage.start,
            "end": hit.passage.end,
            "text": hit.text,
            "page": page(hit.article, hit.passage.start),
            "place": place(hit.article, hit.passage.start, hit.passage.end),
        }
        for hit in hits
    ]

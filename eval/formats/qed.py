"""QED: questions of Natural Questions, each with a Wikipedia paragraph and the sentence that answers it.

One JSON object a line: example_id, title_text, url, question_text, paragraph_text, original_nq_answers (a
list of spans an annotator) and annotation (explanation_type, selected_sentence, answer). Every paragraph
becomes an article. Knows nothing of other formats.

Lamm et al. 2021 (arXiv:2009.06354).
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eval.formats.squad import Quoter
from eval.gold import Gold, GoldEvidence, GoldQuestion
from eval.reading import as_list, as_text, field, identifier, kind, rows, unique
from index.errors import BadDocument, BadGold
from index.read import make_article
from index.read.clean import clean
from index.types import Article


def read(path: Path, option: str, name: str) -> Gold:
    """The questions in `path` with their paragraphs; `kind` is the explanation's type, `group` the title.

    The quote is the selected sentence. Where none was selected, since it takes several or the paragraph
    implies the answer only, it is the sentences that the first annotator's answer stands in. An answer of
    several spans becomes one with commas between.
    """
    questions: list[GoldQuestion] = []
    articles: dict[str, Article] = {}
    seen: Counter[str] = Counter()
    new_id = unique()
    for where, row in rows(path):
        paragraph, title = field(row, "paragraph_text", where), field(row, "title_text", where)
        if paragraph not in articles:
            seen[title] += 1
            url = html.unescape(field(row, "url", where, empty=True))
            source = f"{title}#{seen[title]}"
            try:
                articles[paragraph] = make_article(paragraph, title=title, url=url, source=source)
            except BadDocument:
                raise BadGold(f"{where}: paragraph_text holds no words: mend or drop the line") from None
        source = articles[paragraph].source
        notes = _object(row.get("annotation"), "annotation", where)
        answers, quotes = _answers(row, notes, where), _quotes(row, notes, paragraph, where)
        if not answers or not quotes:
            raise BadGold(f"{where}: its paragraph doesn't say any of its answers: mend or drop the line")
        questions.append(
            GoldQuestion(
                id=new_id(identifier(row, "example_id", where)),
                question=field(row, "question_text", where),
                answers=answers,
                evidence=tuple(GoldEvidence(source, quote) for quote in quotes),
                answerable=True,
                kind=field(notes, "explanation_type", where, empty=True),
                group=title,
            )
        )
    if not questions:
        raise BadGold(f"{path} holds no questions: write one JSON object a line")
    return Gold(name, questions, lambda: iter(articles.values()))


def _answers(row: dict[str, Any], notes: dict[str, Any], where: str) -> tuple[str, ...]:
    noted = (_object(item, "each of answer", where) for item in notes.get("answer") or [])
    own = [_object(item.get("paragraph_reference"), "paragraph_reference", where) for item in noted]
    answers = (
        ", ".join(text for text, _ in _spans(spans, where)) for spans in (own, *_annotators(row, where))
    )
    return tuple(dict.fromkeys(answer for answer in answers if answer))


def _quotes(row: dict[str, Any], notes: dict[str, Any], paragraph: str, where: str) -> list[str]:
    quoted = Quoter(paragraph)
    if notes.get("selected_sentence") is not None:
        sentence = _object(notes["selected_sentence"], "selected_sentence", where)
        text = clean(field(sentence, "string", where))
        if text not in quoted.text:
            raise BadGold(f"{where}: its paragraph doesn't hold its selected_sentence: mend or drop the line")
        return [text]
    first = next(iter(_annotators(row, where)), [])
    quotes = [quoted(text, start) for text, start in _spans(first, where)]
    return list(dict.fromkeys(quote for quote in quotes if quote))


def _annotators(row: dict[str, Any], where: str) -> Iterator[list[Any]]:
    for spans in as_list(row, "original_nq_answers", where):
        if not isinstance(spans, list):
            raise BadGold(f"{where}: each of original_nq_answers must be a list, not {kind(spans)}")
        yield spans


def _spans(spans: list[Any], where: str) -> list[tuple[str, int]]:
    """The words of each span and where they start."""
    found = []
    for span in spans:
        span = _object(span, "each span of an answer", where)
        start = span.get("start")
        if type(start) is not int or start < 0:
            raise BadGold(f"{where}: start of an answer must be a number of characters from 0")
        found.append((as_text(span.get("string"), "string of an answer", where), start))
    return found


def _object(value: Any, name: str, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadGold(f"{where}: {name} must be an object, not {kind(value)}")
    return value

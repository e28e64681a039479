"""BEIR: a folder with a corpus, queries and judgements of which documents are relevant to which query.

    corpus.jsonl                              {"_id": "d1", "title": "...", "text": "..."} a line
    queries.jsonl or queries.SPLIT.jsonl      {"_id": "q1", "text": "..."} a line
    qrels/SPLIT.tsv or qrels.SPLIT.tsv        query-id, corpus-id, score; TREC's four columns are read too

Relevance is of whole documents and there are no answers, so only retrieval can be scored. The corpus is never
held in memory. Knows nothing of other formats.

Thakur et al. 2021 (arXiv:2104.08663).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from eval.gold import Gold, GoldEvidence, GoldQuestion
from eval.reading import field, held, identifier, lines, rows, unique
from index.errors import BadDocument, BadGold
from index.read import make_article
from index.types import Article


def read(path: Path, option: str, name: str) -> Gold:
    """The queries of one split ("test" unless `option` names another) that have a relevant document.

    Their evidence is one whole article a relevant document, called by the document's id, which is the
    article's source. Documents without words are left out.
    """
    split = option or "test"
    corpus = held(path, "corpus.jsonl")
    queries = held(path, f"queries.{split}.jsonl", "queries.jsonl")
    judged_in = _judgements_file(path, split)
    judged = _judgements(judged_in)
    questions = _questions(queries, judged)
    if lost := judged.keys() - {id_ for id_, _ in questions}:
        raise BadGold(
            f"{judged_in}: judges query {min(lost)!r}, which {queries} lacks: add it or drop the line"
        )
    if not questions:
        raise BadGold(f"{judged_in} calls no document relevant: a score above 0 does")
    new_id = unique()
    return Gold(
        name,
        [
            GoldQuestion(
                id=new_id(id_),
                question=text,
                answers=(),
                evidence=tuple(GoldEvidence(document, "", score) for document, score in judged[id_].items()),
                answerable=True,
            )
            for id_, text in questions
        ],
        lambda: _articles(corpus),
    )


def _judgements_file(path: Path, split: str) -> Path:
    try:
        return held(path, f"qrels/{split}.tsv", f"qrels.{split}.tsv")
    except BadGold:
        files = [*path.glob("qrels/*.tsv*"), *path.glob("qrels.*.tsv*")]
        splits = sorted({file.name.removeprefix("qrels.").split(".")[0] for file in files})
        known = (
            f"it has {', '.join(splits)}: name one behind the folder, {path}:{splits[0]}" if splits else ""
        )
        raise BadGold(
            f"{path} has no judgements for {split}: {known or f'put them into qrels/{split}.tsv'}"
        ) from None


def _judgements(path: Path) -> dict[str, dict[str, int]]:
    """For each query its relevant documents and how relevant each is."""
    judged: dict[str, dict[str, int]] = {}
    header = True
    for where, line in lines(path):
        cells = line.split("\t") if "\t" in line else line.split()
        if len(cells) == 4:  # TREC: query, iteration, document, relevance
            del cells[1]
        try:
            query, document, score = (cell.strip() for cell in cells)
            relevance = int(float(score))
        except (ValueError, OverflowError):
            if header:
                header = False
                continue
            raise BadGold(f"{where}: expected query-id, corpus-id and a score with tabs between") from None
        header = False
        if relevance > 0:
            judged.setdefault(query, {})[document] = relevance
    return judged


def _questions(path: Path, judged: dict[str, dict[str, int]]) -> list[tuple[str, str]]:
    found = []
    for where, row in rows(path):
        id_ = identifier(row, "_id", where)
        if id_ in judged:
            found.append((id_, field(row, "text", where)))
    return found


def _articles(path: Path) -> Iterator[Article]:
    for where, row in rows(path):
        id_, title = identifier(row, "_id", where), field(row, "title", where, empty=True)
        for text in (field(row, "text", where, empty=True), title):
            # Not looked at first: cleaning text is what takes the time.
            with suppress(BadDocument):
                yield make_article(text, title=title, source=id_)
                break

"""A conversation as one HTML file that refers to nothing outside itself, but for links that a reader has to click."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from qa.conversations.document import Block, Document, Entry, Grid, Run, Source
from qa.presentation.markup import Html, el, escape, join, safe_link

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser may fetch for the file: nothing."""


def written(document: Document) -> str:
    """The document as an HTML page."""
    body = [el("h1", document.title, dir="auto"), el("p", document.day, class_="day")]
    body += [_entry(entry) for entry in document.entries]
    if document.sources:
        listed = [_source(source) for source in document.sources]
        body.append(
            el("section", el("h2", "Sources", id="sources"), el("ol", *listed), aria_labelledby="sources")
        )
    style = Path(__file__).with_name("webpage.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{escape(document.title)}</title><style>{style}</style></head>"
        f"<body>{el('main', *body)}</body></html>\n"
    )


def _entry(entry: Entry) -> Html:
    parts = [el("h2", entry.question, dir="auto")]
    if entry.understood:
        parts.append(el("p", "Searched for: ", el("q", entry.understood), class_="remark", dir="auto"))
    for listed, group in groupby(entry.blocks, key=lambda b: isinstance(b, Block) and b.kind == "item"):
        made = [_block(block) for block in group]
        parts += [el("ul", *made)] if listed else made
    return el("article", *parts)


def _block(block: Block | Grid) -> Html:
    if isinstance(block, Grid):
        head = el("tr", *(el("th", column, scope="col", dir="auto") for column in block.columns))
        rows = [
            el("tr", *(el("td", *(el("p", *_run(run)) for run in cell), dir="auto") for cell in row))
            for row in block.rows
        ]
        return el("table", el("thead", head), el("tbody", *rows))
    said = [part for run in block.runs for part in (*_run(run), " ")]
    tag = {"heading": "h3", "item": "li"}.get(block.kind, "p")
    return el(tag, *said, class_="remark" if block.kind == "remark" else None, dir="auto")


def _run(run: Run) -> Sequence[object]:
    marks = [
        el("a", f"[{n}]", href=f"#source-{n}", class_="mark", aria_label=f"Source {n}") for n in run.numbers
    ]
    return [el("strong", run.text) if run.strong else run.text, *marks]


def _source(source: Source) -> Html:
    article = source.citation.article
    parts: list[object] = [el("cite", source.title), f", {source.about}" if source.about else ""]
    if link := safe_link(article.url):
        parts += [" ", el("a", link, href=link, rel="noopener noreferrer nofollow")]
    note = el("p", source.note, class_="remark") if source.note else ""
    quote = el("blockquote", source.citation.quote, dir="auto")
    return el("li", join(parts), note, quote, id=f"source-{source.number}", dir="auto")

"""Reads .md: Markdown as readable plain text, links and images as their words. No web pages (html.py)."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.read.article import make_article, source_of, title_of
from index.read.frontmatter import split
from index.read.load import read_text
from index.read.masthead import masthead
from index.types import Article

if TYPE_CHECKING:
    from markdown_it.token import Token

_UNSEEN = "script|style|template|noscript|iframe|svg"
_UNSEEN_HTML = re.compile(rf"<!--.*?(?:-->|\Z)|<({_UNSEEN})\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<[!?][^<>]*>")


def read_file(path: Path) -> list[Article]:
    """The article in the Markdown file `path`; its title is the front matter's or the first heading.

    Raises BadDocument.
    """
    facts, source = split(read_text(path), path)
    title, text = plain(source.replace("\0", ""))
    facts = facts.or_else(masthead(text))
    return [
        make_article(
            text,
            title=facts.title or title or title_of(text, path),
            url=facts.url,
            publisher=facts.publisher,
            published=facts.published,
            source=source_of(path),
        )
    ]


def plain(source: str) -> tuple[str, str]:
    """The first heading ("" if none) and the text of the Markdown `source`, without its markup.

    Lists keep their markers, code its indentation, tables their cells between bars. Comments, scripts and
    the targets of links are left out; an image becomes its description.

    >>> plain("# Rain\\n\\nIt *rained* in [Oslo](https://oslo.no).\\n\\n- a\\n- b")
    ('Rain', 'Rain\\n\\nIt rained in Oslo.\\n\\n- a\\n- b')
    """
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"]).parse(source)
    writer = _Writer()
    for token in tokens:
        writer.take(token)
    return writer.title, "".join(writer.out).strip()


class _Writer:
    """Collects the text of a stream of tokens."""

    def __init__(self) -> None:
        self.title = ""
        self.out: list[str] = []
        self._lists: list[int | None] = []  # the next number of each open list, None for bullets
        self._marker = ""
        self._tight = False
        self._row: list[str] | None = None
        self._heading = False
        self._in_table = False

    def take(self, token: Token) -> None:
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            self._lists.append(int(token.attrGet("start") or 1) if kind[0] == "o" else None)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif kind == "list_item_open":
            self._open_item()
        elif kind in ("heading_open", "heading_close"):
            self._heading = kind == "heading_open"
        elif kind == "paragraph_open":
            self._tight = token.hidden
        elif kind == "tr_open":
            self._row = []
        elif kind == "tr_close":
            self._emit(" | ".join(self._row or []), tight=self._in_table)
            self._row, self._in_table = None, True
        elif kind == "table_close":
            self._in_table = False
        else:
            self._take_text(token)

    def _take_text(self, token: Token) -> None:
        if token.type == "inline":
            text = inline(token.children or [])
            if self._row is not None:
                self._row.append(text.replace("\n", " "))
                return
            if self._heading and not self.title:
                self.title = text
            self._emit(text, tight=self._tight and bool(self._lists))
        elif token.type in ("fence", "code_block"):
            self._emit(token.content.rstrip())
        elif token.type == "html_block":
            text = html.unescape(_TAG.sub(" ", _UNSEEN_HTML.sub(" ", token.content)))
            self._emit("\n".join(" ".join(line.split()) for line in text.split("\n") if line.strip()))

    def _open_item(self) -> None:
        number = self._lists[-1]
        self._marker = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1

    def _emit(self, text: str, tight: bool = False) -> None:
        if not text.strip():
            return
        # The first item of a list stands apart from what came before unless that was an item too.
        was_item = bool(self.out) and self.out[-1].lstrip().startswith(("- ", *"0123456789"))
        gap = "\n" if tight and (was_item or self._in_table or len(self._lists) > 1) else "\n\n"
        margin = "  " * len(self._lists)
        first = margin[2:] + self._marker if self._marker else margin
        self._marker = ""
        self.out += [gap, first + text.replace("\n", "\n" + margin)]


def inline(tokens: Sequence[Token]) -> str:
    """The words of inline `tokens`: no emphasis, no targets, no tags, nothing inside a script."""
    out: list[str] = []
    hidden = ""
    for token in tokens:
        if token.type == "html_inline":
            tag = re.match(r"<(/?)([a-zA-Z]+)", token.content)
            name = tag[2].lower() if tag else ""
            if hidden:
                hidden = "" if tag and tag[1] and name == hidden else hidden
            elif tag and not tag[1] and re.fullmatch(_UNSEEN, name) and not token.content.endswith("/>"):
                hidden = name
            elif name == "br":
                out.append("\n")
        elif hidden:
            continue
        elif token.type == "softbreak":
            out.append(" ")
        elif token.type == "hardbreak":
            out.append("\n")
        elif token.type == "image":
            out.append(inline(token.children or []))
        else:
            out.append(token.content)
    return "".join(out).strip()

"""Reads .md: Markdown as readable plain text, links and images as their words. No web pages (html.py)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline, image, link
from markdown_it.token import Token
from markdown_it.utils import EnvType

from index.language import rows
from index.read.article import make_article, source_of, title_of
from index.read.frontmatter import split
from index.read.hidden import is_hidden
from index.read.load import read_text
from index.read.masthead import masthead
from index.read.obsidian import without_marks
from index.types import Article

_UNSEEN = "script|style|template|noscript|iframe|svg"
_UNSEEN_HTML = re.compile(rf"<!--.*?(?:-->|\Z)|<({_UNSEEN})\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_MOST_STEPS = 20
"""For each character, how often the parser may look at what follows a bracket: beyond, brackets are text."""
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<[!?][^<>]*>")


def read_file(path: Path) -> list[Article]:
    """The article in the Markdown file `path`; its title is the front matter's or the first heading.

    Raises BadDocument.
    """
    facts, source = split(read_text(path), path)
    title, text = plain(without_marks(source.replace("\0", "")))
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

    Lists keep their markers, code its indentation, tables a line a row. Comments, scripts and
    the targets of links are left out; an image becomes its description.

    >>> plain("# Rain\\n\\nIt *rained* in [Oslo](https://oslo.no).\\n\\n- a\\n- b")
    ('Rain', 'Rain\\n\\nIt rained in Oslo.\\n\\n- a\\n- b')
    """
    parser = MarkdownIt()
    parser.inline = _Inline()
    parser.configure("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
    tokens = parser.parse(source)
    writer = _Writer()
    for token in tokens:
        writer.take(token)
    return writer.title, "".join(writer.out).strip()


class _Inline(ParserInline):
    """Parses links and images in linear time, however many brackets are opened and never closed."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 0
        for rule in (link, image):
            self.ruler.at(rule.__name__, self._bounded(rule))

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        """Adds the tokens of `src` to `tokens`."""
        self._left += _MOST_STEPS * len(src)
        return super().parse(src, md, env, tokens)

    def skipToken(self, state: StateInline) -> None:
        """Passes over the next token."""
        self._left -= 1
        super().skipToken(state)

    def _bounded(self, rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
        return lambda state, silent: self._left > 0 and rule(state, silent)


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
        self._table: list[list[str]] = []
        self._hiding = Hiding()  # HTML opened in one block may be closed in another

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
            self._table.append(self._row or [])
            self._row = None
        elif kind == "table_close":
            self._emit("\n".join(rows.lines(self._table, 1)))
            self._table = []
        else:
            self._take_text(token)

    def _take_text(self, token: Token) -> None:
        if self._hiding.active and token.type != "html_block":
            self._marker = ""
            for child in token.children or []:
                self._hiding.take(child.content if child.type == "html_inline" else "")
        elif token.type == "inline":
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
            shown = without_hidden(_UNSEEN_HTML.sub(" ", token.content), self._hiding)
            self._hiding.end_paragraph()
            text = html.unescape(_TAG.sub(" ", shown))
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
        gap = "\n" if tight and (was_item or len(self._lists) > 1) else "\n\n"
        margin = "  " * len(self._lists)
        first = margin[2:] + self._marker if self._marker else margin
        self._marker = ""
        self.out += [gap, first + text.replace("\n", "\n" + margin)]


def without_hidden(markup: str, hiding: Hiding | None = None) -> str:
    """The HTML `markup` without the elements that a reader would not see; a tag left open hides what follows it.

    `hiding` carries what is open from one piece of markup to the next.

    >>> without_hidden('It <i style="display: none">never <b>ever</b></i> rained.')
    'It  rained.'
    """
    kept: list[str] = []
    hiding = hiding or Hiding()
    for part in re.split(f"({_TAG.pattern})", markup):
        inside = hiding.active
        if part.startswith("<") and _TAG.fullmatch(part):
            hiding.take(part)
            inside = inside or hiding.active
        kept.append("" if inside else part)
    return "".join(kept)


class Hiding:
    """Follows tags one by one and knows whether what comes now is inside an element that isn't seen."""

    def __init__(self) -> None:
        self._name = ""
        self._depth = 0

    @property
    def active(self) -> bool:
        """Whether the text that follows is unseen."""
        return self._depth > 0

    def take(self, tag: str) -> None:
        """Takes the next tag."""
        named = re.match(r"<(/?)([a-zA-Z][\w-]*)", tag)
        if not named:
            return
        name = named[2].lower()
        if self._depth:
            if name == self._name and not tag.endswith("/>"):
                self._depth += -1 if named[1] else 1
        elif not named[1] and name not in _VOID and _is_unseen(name, tag):
            self._name, self._depth = name, 1

    def end_paragraph(self) -> None:
        """Closes an open <p>, as the end of a block does."""
        if self._name == "p":
            self._depth = 0


def _is_unseen(name: str, tag: str) -> bool:
    if re.fullmatch(_UNSEEN, name):
        return not tag.endswith("/>")
    if not re.search(r"\s(?:style|hidden|class|aria-hidden|color)\b", tag, re.IGNORECASE):
        return False
    from lxml import html as parser  # type: ignore[import-untyped]

    return is_hidden(parser.fragment_fromstring(tag, create_parent="div")[0], {})


def inline(tokens: Sequence[Token]) -> str:
    """The words of inline `tokens`: no emphasis, no targets, no tags, nothing inside a script or unseen."""
    out: list[str] = []
    hiding = Hiding()
    for token in tokens:
        if token.type == "html_inline":
            hiding.take(token.content)
            if not hiding.active and re.match(r"<br\b", token.content, re.IGNORECASE):
                out.append("\n")
        elif hiding.active:
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

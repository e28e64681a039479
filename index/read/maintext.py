"""The main text of a parsed web page, paragraphs apart. Knows nothing of files, of facts, nor of what is hidden."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from itertools import islice
from typing import Any

from index.read.clean import has_words
from index.read.htmltables import write_rows

BLOCKS = tuple(
    "p div section article main li h1 h2 h3 h4 h5 h6 blockquote pre tr td th dt dd figcaption ul ol table br hr".split()
)
_PAGE_PARTS = frozenset("nav header footer aside form menu".split())
_HEADINGS = ("h1", "h2", "h3", "h4", "time")
_BESIDE = re.compile(
    r"(?:^|[\s_-])(?:related|recommend\w*|sidebar|teasers?|promos?|newsletters?|trending|most-?(?:read|popular)"
    r"|share|social|advert\w*|ads?|breadcrumbs?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LIVE = re.compile(
    r"(?:^|[\s_-])live(?:[_-]?(?:blog|updates?|ticker|feed|stream))(?:$|[\s_-])", re.IGNORECASE
)
_COMMENTS = re.compile(r"(?:^|[\s_-])comment\w*(?:$|[\s_-])", re.IGNORECASE)
_GONE = "footnote-gone"
_LONGEST_ARTICLE = 4_000_000
"""Characters: trafilatura takes minutes over what is longer, and finds no article in it."""
_SHORT, _MOST_SHORT_BLOCKS = 70, 10_000
"""Characters of a short block; trafilatura may compare each of them with all others."""
PROSE, _LEAST_SHARE = 80, 0.9
"""Characters of what is surely a paragraph; the share of a declared text from which on all of it is shown."""
_MOST_LOST = 0.15
"""The share of an article's paragraphs that its text may lack."""
_PIECE, _MOST_PIECES = 40, 200
"""Letters by which texts are compared, and how often."""
_LAYOUT = 200
"""Characters of a table's cell that holds a part of a page, and no entry of a table."""
_LEAST_UPDATES = 3


def main_text(tree: Any) -> str:
    """The main text of the page, paragraphs apart; all its text where no main part can be told or it is a book."""
    import trafilatura

    tree = deepcopy(tree)
    _open_layout_tables(tree)
    write_rows(tree)
    if len(tree.text_content()) > _LONGEST_ARTICLE or _short_blocks(tree) > _MOST_SHORT_BLOCKS:
        return all_text(tree)
    article = _article(tree)
    if article is not None and _is_live(article):
        return _text_of(article, partial(_beside, live=True))
    # It warns of pages it can't use; the caller says so better.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        document = trafilatura.bare_extraction(deepcopy(tree), include_comments=False, include_tables=True)
    except MemoryError:
        raise
    except Exception:  # whatever broke it, the page's plain text is still there
        document = None
    text = (document.text if document is not None else "") or ""
    if not has_words(text):
        return all_text(tree)
    return _text_of(article, _beside) if article is not None and _lacks(text, article) else _spaced(text)


def fuller(text: str, declared: str) -> str:
    """`declared`, the article's text as the page's data holds it, where the `text` that it shows is only a part of it.

    >>> fuller("It rained in Oslo.\\n\\nSubscribe!", "It rained in Oslo. Then, for a day and a night, it snowed.")
    'It rained in Oslo. Then, for a day and a night, it snowed.'
    """
    whole, flat = _letters(declared), _letters(text)
    lines = [_letters(line) for line in declared.split("\n")]
    pieces = [line[at : at + _PIECE] for line in lines for at in range(0, len(line), _PIECE)]
    pieces = pieces[:2] + pieces[2 :: 1 + len(pieces) // _MOST_PIECES]
    there = sum(piece in flat for piece in pieces)
    if there >= _LEAST_SHARE * len(pieces):  # all is shown, if not run together
        return text if 2 * len(text.split("\n")) > len(lines) else declared
    if max(map(len, text.split("\n"))) < PROSE:
        return declared if len(whole) > len(flat) else text
    return declared if there else text


def _article(tree: Any) -> Any:
    """The element that surely holds the page's article and no other, or None."""
    top = next((h for h in tree.iter("h1") if next(h.iterancestors("aside", "nav"), None) is None), None)
    around = list(top.iterancestors("article", "main")) if top is not None else []
    articles = [a for a in tree.iter("article") if next(a.iterancestors("article"), None) is None]
    mains = list(tree.iter("main"))
    if around:
        return around[0] if around[0].tag == "article" or len(articles) != 1 else articles[0]
    return next((found[0] for found in (articles, mains) if len(found) == 1), None)


def _is_live(article: Any) -> bool:
    """Whether it is a live blog: is called so, and has times, or consists of articles or items with times."""
    parts = islice(article.iter("article", "div", "section", "ul", "ol"), 50)
    if _LIVE.search(
        " ".join(f"{part.get('id') or ''} {part.get('class') or ''}" for part in (article, *parts))
    ):
        times = (t for t in article.iter("time", "span", "div") if _is_time(t))
        return len(list(islice(times, _LEAST_UPDATES))) == _LEAST_UPDATES
    own = (
        e
        for e in article.iterdescendants("article", "li")
        if next(e.iterancestors("article", "main", "li"), article) is article
    )
    told = [len(_paragraphs(update)) for update in own if next(update.iter("time"), None) is not None]
    return sum(map(bool, told)) >= _LEAST_UPDATES and 2 * sum(told) > len(_paragraphs(article, live=True))


def _is_time(element: Any) -> bool:
    """Whether an element of its own line says when an update was written."""
    if next(element.iterancestors("p", "figure"), None) is not None:
        return False
    return element.tag == "time" or re.fullmatch(r"\s*\d\d?[:.]\d\d.{0,12}", element.text or "") is not None


def _lacks(text: str, article: Any) -> bool:
    """Whether `text` leaves out or misplaces a good part of the `article`: of a body in several parts, say."""
    flat, there = _letters(text), _letters(article.text_content())
    lines = [_letters(line)[:PROSE] for line in text.split("\n")]
    if 2 * sum(line in there for line in lines) < len(lines):
        return False  # the text is from elsewhere: the element is another's
    paragraphs = [_letters(paragraph) for paragraph in _paragraphs(article)]
    most = _MOST_LOST * sum(map(len, paragraphs))
    missing = at = 0
    for words in paragraphs:
        found = flat.find(words[:PROSE], at)
        missing += len(words) if found < 0 else 0
        at = max(at, found)
        if missing > most:
            return True
    return False


def _paragraphs(element: Any, *, live: bool = False) -> list[str]:
    """The paragraphs in an element that belong to its article, not to what lies beside it."""
    out = []
    beside = within(element, set(_beside(element, live=live)))
    for paragraph in element.iter("p"):
        text = " ".join(paragraph.text_content().split())
        if len(text) >= PROSE and paragraph not in beside:
            links = sum(len(link.text_content()) for link in paragraph.iter("a"))
            if 2 * links < len(text):
                out.append(text)
    return out


def within(root: Any, parts: set[Any]) -> set[Any]:
    """The elements below `root` that are among `parts` or in one of them."""
    inside: set[Any] = set()
    for element in root.iterdescendants():
        if element in parts or element.getparent() in inside:
            inside.add(element)
    return inside


def _beside(root: Any, *, live: bool = False) -> list[Any]:
    """The parts of `root` that are none of its article: comments, teasers of others, buttons.

    Articles within it are others, but in a `live` blog.
    """
    most = len(root.text_content()) / 2
    parts = []
    for part in root.iterdescendants():
        label = f"{part.get('id') or ''} {part.get('class') or ''}"
        if part.tag == "header" and next(part.iter(*_HEADINGS), None) is not None:
            continue
        # What holds most of it is the article, whatever it is called: "content has-ads".
        other = (part.tag == "article" and not live) or (
            part.tag == "a" and next(part.iter("p", "h2", "h3"), None) is not None
        )
        beside = (
            other or _COMMENTS.search(label) or (_BESIDE.search(label) and len(part.text_content()) < most)
        )
        if part.tag in _PAGE_PARTS or beside:
            parts.append(part)
    return parts


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def _short_blocks(tree: Any) -> int:
    """How many lines and paragraphs, but for cells of tables, have too little text to be told from a menu's."""
    blocks = tree.iter(*(tag for tag in BLOCKS if tag not in ("table", "tr", "td", "th")))
    return sum(len((block.text or "").strip()) < _SHORT for block in blocks)


def _open_layout_tables(tree: Any) -> None:
    """Makes blocks of tables that only put parts of a page side by side, and takes menus out of them."""
    for table in [t for t in tree.iter("table") if _is_layout(t)]:
        own = [p for p in table.iter("tbody", "tr", "td") if next(p.iterancestors("table"), None) is table]
        for part in (table, *own):
            if part.tag == "td":
                _break_paragraphs(part)
            part.tag = "div"


def _is_layout(table: Any) -> bool:
    own = [
        e for e in table.iter("th", "caption", "thead", "td") if next(e.iterancestors("table"), None) is table
    ]
    if table.get("role") == "presentation":
        return True
    if any(e.tag != "td" for e in own) or len(own) > 60:
        return False
    return any(
        len(cell.text_content()) > _LAYOUT
        and len(list(islice(cell.iter("br", "p", "table", "h1", "h2"), 2))) == 2
        for cell in own
    )


def _break_paragraphs(cell: Any) -> None:
    """Puts the lines of a cell into paragraphs; empties one of hardly anything but links."""
    text = " ".join(cell.text_content().split())
    if 2 * sum(len(link.text_content()) for link in cell.iter("a")) > len(text) and len(text) < _LAYOUT:
        cell.clear()
    if next(cell.iterdescendants(*(tag for tag in BLOCKS if tag != "br")), None) is not None:
        return
    paragraph = cell.makeelement("p")
    paragraph.text, cell.text = cell.text, None
    paragraphs = [paragraph]
    for child in list(cell):
        if child.tag == "br":
            paragraph = cell.makeelement("p")
            paragraph.text = child.tail
            paragraphs.append(paragraph)
        else:
            paragraph.append(child)
    cell[:] = [paragraph for paragraph in paragraphs if paragraph.text_content().strip()]


def all_text(tree: Any) -> str:
    """All visible text outside menus, headers and footers; of <main> or <article> alone if there is one."""
    roots = (
        tree.xpath("//main[not(ancestor::main)]") or tree.xpath("//article[not(ancestor::article)]") or [tree]
    )
    texts = (_text_of(root, lambda copy: list(copy.iter(*_PAGE_PARTS))) for root in roots)
    return "\n\n".join(filter(None, texts))


def _text_of(root: Any, unwanted: Callable[[Any], list[Any]]) -> str:
    """The text of a copy of `root`, a line a block, without the parts that `unwanted(copy)` names."""
    copy = deepcopy(root)
    copy.tail = None
    parts = {*unwanted(copy), *copy.iter("script", "head")} - {copy}
    take_out(copy, [element for element in copy.iter() if element in parts])
    for element in copy.iter(*BLOCKS, "time", "span"):
        if element.tag not in ("time", "span") or _is_time(element):
            element.text = "\n" + (element.text or "")
            element.tail = "\n" + (element.tail or "")
    lines = (" ".join(line.split()) for line in copy.text_content().split("\n"))
    return "\n\n".join(line for line in lines if line)


def take_out(tree: Any, elements: list[Any]) -> None:
    """Takes `elements` and what is in them out of the tree, but leaves the text behind each.

    All at once, since taking out one by one copies the text around each time.
    """
    from lxml import etree  # type: ignore[import-untyped]

    runs: dict[Any, list[str]] = {}
    kept = []
    for element in elements:
        previous = element.getprevious()
        if previous is not None and previous.tag == _GONE:
            texts = runs[previous]
        else:
            place = (element.getparent(), "text") if previous is None else (previous, "tail")
            texts = [getattr(*place) or ""]
            kept.append((*place, texts))
        texts.append(element.tail or "")
        runs[element] = texts
        element.tag, element.tail = _GONE, None
    for neighbour, part, texts in kept:
        setattr(neighbour, part, "".join(texts) or None)
    etree.strip_elements(tree, _GONE)


def _spaced(text: str) -> str:
    """`text` of one line a paragraph, with blank lines between all but items of a list and rows of a table."""
    out: list[str] = []
    before = ""
    for line in filter(None, map(str.strip, text.split("\n"))):
        if re.fullmatch(r"[|\s:-]+", line):
            continue  # the rule under a table's head
        kind = "- " if line.startswith("- ") else "|" if line.startswith("|") else ""
        shown = line.strip("| ").replace(r"\|", "|") if kind == "|" else line
        out += ["\n" if kind and kind == before else "\n\n", shown]
        before = kind
    return "".join(out[1:])

"""The main text of a parsed web page, paragraphs apart. Knows nothing of files, of facts, nor of what is hidden."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from copy import deepcopy
from itertools import islice
from typing import Any

from index.read.clean import has_words

BLOCKS = tuple(
    "p div section article main li h1 h2 h3 h4 h5 h6 blockquote pre tr td th dt dd figcaption ul ol table br hr".split()
)
_PAGE_PARTS = frozenset("nav header footer aside form menu".split())
_NO_TEXT = frozenset(("script", "head"))
_HEADINGS = ("h1", "h2", "h3", "h4", "time")
_BESIDE = re.compile(
    r"(?:^|[\s_-])(?:comments?|related|recommend\w*|sidebar|teasers?|promos?|newsletters?|trending|most-?(?:read|popular)"
    r"|share|social|advert\w*|ads?|paywall|breadcrumbs?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LIVE = re.compile(
    r"(?:^|[\s_-])live(?:[_-]?(?:blog|updates?|ticker|feed|stream))(?:$|[\s_-])", re.IGNORECASE
)
_GONE = "footnote-gone"
_LONGEST_ARTICLE = 4_000_000
"""Characters: trafilatura takes minutes over what is longer, and finds no article in it."""
_SHORT, _MOST_SHORT_BLOCKS = 70, 10_000
"""Characters of a short block; trafilatura may compare each of them with all others."""
_PROSE, _LEAST_SHARE = 80, 0.9
"""Characters of what is surely a paragraph; the share of an article's paragraphs that its text has to hold."""
_LAYOUT = 200
"""Characters of a table's cell that holds a part of a page, and no entry of a table."""
_LEAST_UPDATES = 3


def main_text(tree: Any) -> str:
    """The main text of the page, paragraphs apart; all its text where no main part can be told or it is a book."""
    import trafilatura

    tree = deepcopy(tree)
    _open_layout_tables(tree)
    if len(tree.text_content()) > _LONGEST_ARTICLE or _short_blocks(tree) > _MOST_SHORT_BLOCKS:
        return all_text(tree)
    article = _article(tree)
    if article is not None and _is_live(article):
        return _whole(article)
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
    return _whole(article) if article is not None and _lacks(text, article) else _spaced(text)


def fuller(text: str, declared: str) -> str:
    """`declared`, the article's text as the page's data holds it, where the `text` that it shows is only a part of it.

    >>> fuller("It rained in Oslo.\\n\\nSubscribe!", "It rained in Oslo. Then, for a day and a night, it snowed.")
    'It rained in Oslo. Then, for a day and a night, it snowed.'
    """
    whole, flat = _letters(declared), _letters(text)
    lines = [_letters(line) for line in declared.split("\n") if line.strip()]
    if sum(len(line) for line in lines if line in flat) >= _LEAST_SHARE * len(whole):
        return text
    shown = [words for line in text.split("\n") if (words := _letters(line))]
    prose = [words for words in shown if len(words) >= _PROSE]
    if not prose:
        return declared if len(whole) > 2 * len(flat) or any(words in whole for words in shown) else text
    there = sum(len(words) for words in prose if words[:_PROSE] in whole)
    return declared if 0 < there < _LEAST_SHARE * len(whole) else text


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
    """Whether it consists of updates, each an article with its time."""
    updates = (
        e for e in article.iter("article") if e is not article and not _BESIDE.search(e.get("class") or "")
    )
    live = _LIVE.search(
        " ".join(e.get("class") or "" for e in (article, *islice(article.iter("div", "section"), 50)))
    )
    times = (t for t in article.iter("time") if live and next(t.iterancestors("p", "figure"), None) is None)
    if len(list(islice(times, _LEAST_UPDATES))) == _LEAST_UPDATES:
        return True
    timed = (e for e in updates if next(e.iter("time"), None) is not None and _paragraphs(e))
    return len(list(islice(timed, _LEAST_UPDATES))) == _LEAST_UPDATES


def _lacks(text: str, article: Any) -> bool:
    """Whether `text` leaves out or misplaces a good part of the `article`: of a body in several parts, say."""
    flat = _letters(text)
    paragraphs = [_letters(paragraph) for paragraph in _paragraphs(article)]
    most = (1 - _LEAST_SHARE) * sum(map(len, paragraphs))
    missing = at = 0
    for words in paragraphs:
        found = flat.find(words, at)
        missing += len(words) if found < 0 else 0
        at = max(at, found)
        if missing > most:
            return True
    return False


def _paragraphs(element: Any) -> list[str]:
    """The paragraphs in an element that belong to its article, not to what lies beside it."""
    out = []
    for paragraph in element.iter("p"):
        text = " ".join(paragraph.text_content().split())
        links = sum(len(link.text_content()) for link in paragraph.iter("a"))
        if len(text) >= _PROSE and 2 * links < len(text) and not _is_beside(paragraph, element):
            out.append(text)
    return out


def _is_beside(element: Any, root: Any) -> bool:
    for part in (element, *element.iterancestors()):
        if part is root:
            return False
        if part.tag == "header" and next(part.iter(*_HEADINGS), None) is not None:
            continue
        if part.tag in _PAGE_PARTS or _BESIDE.search(f"{part.get('id') or ''} {part.get('class') or ''}"):
            return True
    return False


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
    if any(child.tag in BLOCKS and child.tag != "br" for child in cell):
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
    return "\n\n".join(filter(None, (_text_of(root, _is_page_part) for root in roots)))


def _whole(article: Any) -> str:
    """All text of an `article`, without what lies beside it."""
    return _text_of(article, lambda part: _is_beside(part, part.getparent()))


def _text_of(root: Any, unwanted: Callable[[Any], bool]) -> str:
    copy = deepcopy(root)
    copy.tail = None
    take_out(
        copy, [e for e in copy.iter() if e.getparent() is not None and (e.tag in _NO_TEXT or unwanted(e))]
    )
    for element in copy.iter(*BLOCKS, "time"):
        if element.tag != "time" or next(element.iterancestors("p", "li"), None) is None:
            element.text = "\n" + (element.text or "")
            element.tail = "\n" + (element.tail or "")
    lines = (" ".join(line.split()) for line in copy.text_content().split("\n"))
    return "\n\n".join(line for line in lines if line)


def _is_page_part(element: Any) -> bool:
    return element.tag in _PAGE_PARTS


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
        out += ["\n" if kind and kind == before else "\n\n", line.strip("| ") if kind == "|" else line]
        before = kind
    return "".join(out[1:])

"""Reads .html and .htm: the main text of a page, without its menus, banners and hidden parts.

Never touches the network, and knows nothing of how a page is fetched. What a page says about itself (date,
publisher) is in pagefacts.py.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from index.errors import BadDocument
from index.read import pagedata
from index.read.article import article_from, source_of
from index.read.clean import has_words
from index.read.hidden import Looks, Styles, is_hidden, is_off, mark_unfolded, page_styles
from index.read.linked import declared_text
from index.read.load import MOST_TEXT, decode, read_bytes, refuse_binary
from index.read.maintext import PROSE, all_text, fuller, main_text, take_out, within
from index.read.masthead import masthead
from index.read.pagefacts import page_facts
from index.read.readinglists import addresses_in, refuse_addresses
from index.types import Article

_CHARSET = re.compile(
    rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)|^\s*<\?xml[^>]+encoding=[\"']([\w.:-]+)", re.IGNORECASE
)
# Browsers read these labels as the larger set (WHATWG Encoding Standard).
_LABELS = {
    **dict.fromkeys(("iso-8859-1", "latin1", "ascii", "us-ascii", "iso8859-1"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "x-sjis", "sjis"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987"), "cp949"),
    **dict.fromkeys(("utf-16", "utf-16le", "utf-16be"), "utf-8"),
}
_DROPPED = frozenset(
    "style noscript template iframe object embed svg canvas button select textarea input option".split()
)
_MENU_ROLES = frozenset(("navigation", "contentinfo", "search", "dialog", "alertdialog"))
_CONSENT = re.compile(
    r"(?:cookie|consent|gdpr)s?[-_ ]?(?:banner|bar|box|notice|popup|modal|overlay|dialog|wall|message|policy|layer|law)"
    r"|onetrust|cookieconsent",
    re.IGNORECASE,
)
_ADVERT = frozenset("ad ads advert advertisement ad-slot ad-container".split())
_REFERENCE = re.compile(r"[\W_]*(?:\d{1,3}|[a-z]{1,2}|[ivx]{1,5})?[\W_]*", re.IGNORECASE)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_LONGEST_ATTRIBUTE, _MOST_TAGS = 2_000, 200
_LONGEST_BROKEN_DATA = 20_000
_DEEPEST_TABLE, _WIDEST_ROW, _LONGEST_SPAN = 30, 500, 20
_SAVED_FROM = re.compile(
    r"<!-- saved from url=\(\d+\)(https?://\S+) -->|<!--\s+Page saved with SingleFile\s+url: (https?://\S+)"
)


def read_file(path: Path) -> list[Article]:
    """The article on the saved web page `path`. Raises BadDocument."""
    data = read_bytes(path, MOST_TEXT)
    refuse_binary(data[: 64 * 2**10], path)
    from index.read import mhtml

    if mhtml.is_mhtml(data):
        return mhtml.read_file(path)
    return [page_article(decode(data, path, declared_charset(data)), path, source_of(path))]


def page_article(page: str, path: Path, source: str, address: str | None = None) -> Article:
    """The article on a page from the file `path`, which was saved at `address` where that is known.

    Raises BadDocument.
    """
    if listed := addresses_in(page):
        refuse_addresses(listed, path, None)
    saved = _SAVED_FROM.search(page[:4000])
    address = address or (saved and (saved[1] or saved[2])) or None
    try:
        tree = visible_tree(page)
        facts, entities = page_facts(tree, address)
        text = main_text(tree) or main_text(visible_tree(page, looks=False))
        text = fuller(text, declared_text(entities))
    except BadDocument as e:
        raise BadDocument(f"{path}: {e}") from None
    except MemoryError:
        raise
    except Exception as e:  # parsers of hostile markup fail in ways of their own
        raise BadDocument(f"{path}: can't be read as a web page ({type(e).__name__})") from None
    if max(map(len, text.split("\n"))) < PROSE:  # no paragraph: scripts would show them
        told, held = pagedata.held(page, facts.title, has_words(text))
        if held:
            facts, text = facts.or_else(told), held
    if not has_words(text):
        raise BadDocument(f"{path}: no text was found on the page (is it made by scripts? save it as text)")
    return article_from(text, facts.or_else(masthead(text)), path, source)


def declared_charset(data: bytes) -> str | None:
    """The Python name of the encoding that a page declares in its first 4096 bytes.

    >>> declared_charset(b'<meta charset="ISO-8859-1">')
    'cp1252'
    """
    match = _CHARSET.search(data[:4096])
    if not match:
        return None
    label = (match[1] or match[2]).decode("ascii", "ignore").lower()
    return _LABELS.get(label, label)


def visible_tree(page: str, *, looks: bool = True) -> Any:
    """The parsed `page` (an lxml element) without scripts, styles, consent banners and hidden elements.

    Scripts that hold the page's description as data (JSON-LD) stay. Without `looks` only what is marked as hidden
    or not displayed goes: a page may be see-through until a script shows it.
    """
    from lxml import html  # type: ignore[import-untyped]

    page = re.sub(r"\A\s*<\?xml[^>]*>", "", page.replace("\0", ""))
    # Else what stands in 255 elements, or after 10 MB without a tag, would be lost.
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    tree = html.document_fromstring(page, parser=parser)
    if any("depth" in error.message for error in parser.error_log):
        raise BadDocument("its elements are nested more than 2,000 deep: save it as text")
    # lxml reads control characters (also from "&#1;") but refuses to write them back.
    for element in tree.iter():
        for part in ("text", "tail"):
            if _CONTROLS.search(getattr(element, part) or ""):
                setattr(element, part, _CONTROLS.sub("", getattr(element, part)))
    take_out(tree, _unseen(tree, page_styles(tree)) if looks else _unseen(tree, None))
    _clip(tree)
    return tree


def _unseen(tree: Any, styles: Styles | None) -> list[Any]:
    """The elements that a reader of the page doesn't see; without `styles` only those that are marked as hidden.

    Where the better part of its paragraphs would go, it is a script that shows them.
    """
    mark_unfolded(tree)
    known: Looks = {}
    gone, hidden = [], set()
    for element in list(tree.iter()):
        if element.getparent() is None or element.tag in ("body", "head", "meta", "title", "link"):
            continue
        if _is_unseen(element):
            gone.append(element)
        elif is_off(element) or (styles is not None and is_hidden(element, styles, known)):
            gone.append(element)
            hidden.add(element)
    if not hidden:
        return gone
    lost, others = within(tree, hidden), within(tree, set(gone) - hidden)
    paragraphs = [p for p in tree.iter("p") if p not in others and len(p.text_content().strip()) >= PROSE]
    if 2 * sum(p in lost for p in paragraphs) <= len(paragraphs):
        return gone
    holders: set[Any] = set()
    for part in paragraphs:
        while part is not None and part not in holders:
            holders.add(part)
            part = part.getparent()
    shown = {part for part in holders & hidden if not is_hidden(part, styles or {}, known, unfolded=True)}
    return [element for element in gone if element not in shown]


def _clip(tree: Any) -> None:
    """Cuts what no reader would read to its end: libxml2 and trafilatura take their time over long ones."""
    for element in tree.iter():
        for name, value in element.attrib.items():
            if name in ("colspan", "rowspan") and value.isdecimal() and int(value[:9]) > _LONGEST_SPAN:
                del element.attrib[name]  # each cell would become so many
            elif len(value) > _LONGEST_ATTRIBUTE:
                # Half an address is none.
                element.set(
                    name, "" if name in ("href", "src") or "://" in value[:9] else value[:_LONGEST_ATTRIBUTE]
                )
        if element.tag == "title" and len(element.text or "") > _LONGEST_ATTRIBUTE:
            element.text = element.text[:_LONGEST_ATTRIBUTE]
        elif element.tag == "script":
            _clip_data(element)
    _flatten_tables(tree)


def _clip_data(script: Any) -> None:
    """Cuts of a page's description as data what trafilatura's patterns would take their time over."""
    data = script.text or ""
    if data.count("<") > _MOST_TAGS:
        data = script.text = data.replace("<", " ")
    if len(data) > _LONGEST_BROKEN_DATA:
        try:
            json.loads(data, strict=False)
        except (ValueError, RecursionError):
            script.text = ""


def _flatten_tables(tree: Any) -> None:
    """Makes blocks of tables that no reader would read as such: trafilatura compares each cell with all others."""
    depths: dict[Any, int] = {}
    for table in list(tree.iter("table")):
        depth = depths[table] = 1 + depths.get(next(table.iterancestors("table"), None), 0)
        if depth > _DEEPEST_TABLE or (depth == 1 and any(len(row) > _WIDEST_ROW for row in table.iter("tr"))):
            for part in list(table.iter("table", "tbody", "thead", "tfoot", "tr", "td", "th", "caption")):
                part.tag = "div"


def _is_unseen(element: Any) -> bool:
    if element.tag == "script":
        return "ld+json" not in (element.get("type") or "")
    if element.tag == "sup" and _is_reference(element):
        return True
    if element.tag in _DROPPED or (element.tag == "dialog" and element.get("open") is None):
        return True
    if element.tag == "nav" or (element.get("role") or "").strip().lower() in _MENU_ROLES:
        return True
    if element.tag == "footer" and next(element.iterancestors("article", "main", "blockquote"), None) is None:
        return True
    if element.tag in ("article", "main", "head"):
        return False
    if _ADVERT & set((element.get("class") or "").lower().split()) and len(element.text_content()) < PROSE:
        return True
    return _CONSENT.search(f"{element.get('id') or ''} {element.get('class') or ''}") is not None


def _is_reference(sup: Any) -> bool:
    """Whether raised letters or figures are a link to a note: they would run together with the word before."""
    text = sup.text_content().strip()
    links = [*sup.iter("a"), *sup.iterancestors("a")]
    return (
        len(text) < 8
        and any("#" in (a.get("href") or "") for a in links)
        and bool(_REFERENCE.fullmatch(text))
    )


def words_of(markup: str) -> str:
    """The words of a piece of HTML, paragraphs apart. Raises BadDocument.

    >>> words_of("<p>It <b>rained</b>.</p><p>They fled.")
    'It rained.\\n\\nThey fled.'
    """
    try:
        return all_text(visible_tree(markup))
    except (BadDocument, MemoryError):
        raise
    except Exception as e:  # parsers of hostile markup fail in ways of their own
        raise BadDocument(f"its text can't be read as HTML ({type(e).__name__})") from None

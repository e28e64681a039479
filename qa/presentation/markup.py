"""Text as HTML or SVG: the one place where text is escaped. Knows nothing of what a page or a drawing shows."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from index.language.times import MONTHS

# Control characters, what XML can't hold, and those that reorder the text around them: each is replaced by one visible
# character, so that nothing reads differently from what it is and offsets into the text still hold.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_NOT_IN_LINKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\\]")
_VOID = frozenset({"input", "img"})


class Html(str):
    """A string that is already HTML. Only `el` and `join` make one."""

    __slots__ = ()


def escape(text: object) -> str:
    """`text` as HTML that shows exactly its characters, inside an element or a quoted attribute.

    >>> escape('<b onclick="x">')
    '&lt;b onclick=&quot;x&quot;&gt;'
    """
    return html.escape(visible(str(text)), quote=True).replace("`", "&#96;")


def visible(text: str) -> str:
    """`text` with each character that hides or reorders others replaced by one that is seen.

    >>> visible("a\\u202eb")
    'a\ufffdb'
    """
    return _UNSEEN.sub("\ufffd", text)


def el(tag: str, *children: object, **attributes: object) -> Html:
    """One element. Children that aren't `Html` are escaped; attributes are escaped and quoted.

    An attribute that is None or False is left out and one that is True has no value; `class_` is written
    `class` and `aria_label` is written `aria-label`. A float is rounded to a hundredth.

    >>> el("line", x1=0.5, stroke_width=2)
    '<line x1="0.5" stroke-width="2"></line>'
    >>> el("p", "a < b", el("b", "c"), class_="x")
    '<p class="x">a &lt; b<b>c</b></p>'
    """
    written = ""
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        name = name.rstrip("_").replace("_", "-")
        shown = number(value) if isinstance(value, float) else escape(value)
        written += f" {name}" if value is True else f' {name}="{shown}"'
    return Html(f"<{tag}{written}>" + ("" if tag in _VOID else f"{join(children)}</{tag}>"))


def number(value: float) -> str:
    """A number, as short as it can be at a hundredth.

    >>> number(12.0), number(1 / 3), number(-0.0)
    ('12', '0.33', '0')
    """
    short = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def join(parts: Iterable[object]) -> Html:
    """The parts one after another, those escaped that aren't `Html`."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in parts))


def safe_link(url: str | None) -> str | None:
    """`url` if a reader may be sent there: http or https, with a host and nothing unprintable. Else None.

    >>> safe_link("https://example.org/a"), safe_link("javascript:alert(1)")
    ('https://example.org/a', None)
    """
    if not url or _NOT_IN_LINKS.search(url):
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def date(published: str | None) -> str:
    """An ISO date as people write it, as precise as it was given; anything else as it stands.

    >>> date("2017-05-19"), date("2017-05"), date("2017"), date(None)
    ('19 May 2017', 'May 2017', '2017', '')
    """
    match = re.fullmatch(r"(\d{4})-(\d{2})(?:-(\d{2})(?:T.*)?)?", published or "", re.ASCII)
    if not match or not 1 <= int(match[2]) <= 12:
        return published or ""
    day = f"{int(match[3])} " if match[3] else ""
    return f"{day}{MONTHS[int(match[2]) - 1].title()} {match[1]}"

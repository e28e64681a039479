"""Which elements of a web page a reader can't see, told from what the page itself says of their looks.

Text that only a machine reads is where instructions to machines are hidden. What a reader can bring up by scrolling,
by unfolding it or by choosing its tab is not hidden. Reads style attributes, the simple rules of `<style>` elements and
the old attributes of colour; knows nothing of stylesheets elsewhere, of scripts, nor of what the text says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_BRACE = re.compile(r"([{}])")
_NESTED = re.compile(r"@(?P<when>[^{};@]*)\{(?P<rules>(?:[^{}]*\{[^{}]*\})*[^{}]*)\}")
_SCREEN = re.compile(r"\s*media\s+(?:only\s+)?(?:screen|all)\s*", re.IGNORECASE)
_SIMPLE = re.compile(r"[a-z][a-z0-9]*|(?:[a-z][a-z0-9]*)?[.#][\w-]+", re.IGNORECASE)
_COMBINED = re.compile(r"[\s>+~]+")
_MARK = re.compile(r"[.#][\w-]+")
_LENGTH = re.compile(r"(-?(?:\d+(?:\.\d+)?|\.\d+))\s*(px|pt|em|rem|ex|ch|in|cm|mm|vw|vh|%)?", re.IGNORECASE)
_PIXELS = {"": 1.0, "px": 1.0, "pt": 1.33, "em": 16.0, "rem": 16.0, "in": 96.0, "cm": 38.0, "mm": 3.8}
_PIXELS |= {"ex": 8.0, "ch": 8.0, "vw": 12.0, "vh": 8.0, "%": 10.0}
_CLIPPED = re.compile(
    r"rect\(\s*[01](?:px)?\s*[, ]\s*[01](?:px)?\s*[, ]\s*[01](?:px)?\s*[, ]\s*[01](?:px)?\s*\)"
)
_INSET = re.compile(r"inset\(\s*(?:50|100)%|circle\(\s*0|polygon\(\s*0\D+0\D+0\D+0\D*\)")
_SHRUNK = re.compile(r"scale(?:x|y|3d)?\(\s*0(?:\.0*)?\s*[,)]")
_NOT_READ = frozenset("visually-hidden visuallyhidden sr-only screen-reader-text screen-reader-only".split())
"""Class names for text that is moved out of sight."""
_NAMED = {"white": (255, 255, 255), "snow": (255, 250, 250), "ivory": (255, 255, 240), "black": (0, 0, 0)}
_NAMED |= {"whitesmoke": (245, 245, 245), "ghostwhite": (248, 248, 255), "floralwhite": (255, 250, 240)}
_WHITE = (255, 255, 255)
_READ = frozenset(
    "display visibility content-visibility transform opacity font-size font text-indent margin-left margin-top position"
    " left top right bottom clip clip-path overflow height max-height width max-width color background"
    " background-color background-clip -webkit-background-clip transition animation animation-name".split()
)
"""The properties that tell whether a reader sees an element: no others are kept."""
_TINY, _FAR, _NEAR = 3.0, 900.0, 24
"""The largest type that can't be read and the least way out of sight, in pixels; how far apart colours are that
look the same, summed over red, green and blue."""

_FOLDING = frozenset("display visibility opacity height max-height overflow".split())
_UNFOLDED = re.compile(
    r"(?:^|[\s_-])(?:accordion|collaps\w*|tab-?(?:pane|panel|content)s?|panel-?(?:body|content)|faq-?answer|spoiler|expand\w*"
    r"|read-?more|more-?(?:text|content)|toggle-?content)(?:$|[\s_-])",
    re.IGNORECASE,
)
_SCROLLED = re.compile(
    r"(?:^|[\s_-])(?:wow|aos(?:-\w+)?|reveal\w*|fade-?in\w*|animate\w*|scroll-?in|slide-?in\w*)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Class names of what is unfolded, and of what comes into sight when it is scrolled to."""
_LEAST_UNFOLDED = 60
"""Characters of text from which such an element holds a part of the article."""

Styles = Mapping[str, Mapping[str, str]]
Looks = dict[Any, Mapping[str, str]]
_NOTHING: Mapping[str, str] = {}


def page_styles(tree: Any) -> Styles:
    """For each simple selector (`p`, `.note`, `p.note`, `#note`) what the page's own `<style>` elements declare.

    >>> from lxml import html
    >>> page_styles(html.fromstring("<div><style>.a, #b { display: none }</style><p>It rained.</p></div>"))
    {'.a': {'display': 'none'}, '#b': {'display': 'none'}}
    """
    found: dict[str, dict[str, str]] = {}
    shown: dict[str, set[str]] = {}
    for element in tree.iter("style"):
        # Of rules for some media only it isn't known whether they hold, but those for every screen do.
        css = _NESTED.sub(
            lambda rule: rule["rules"] if _SCREEN.fullmatch(rule["when"]) else " ",
            _COMMENT.sub(" ", (element.text or "")[:500_000]),
        )
        for selectors, body in _rules(css):
            style = {name: value for name, value in declarations(body).items() if name in _READ}
            for selector in map(str.strip, selectors.split(",") if style else ()):
                if _SIMPLE.fullmatch(selector):
                    found.setdefault(selector, {}).update(style)
                elif not (_not_displayed(style) or _is_faint(style) or _is_outside(style)):
                    for mark in _MARK.findall(_COMBINED.split(selector[-300:])[-1]):
                        shown.setdefault(mark, set()).update(style)
    # ".tab.active { display: block }" shows that a reader can have what ".tab { display: none }" hides.
    for selector, style in found.items():
        for name in shown.get(selector[max(selector.find("."), selector.find("#"), 0) :], ()):
            style.pop(name, None)
    return found


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """The selectors and the body of each rule that holds no other."""
    parts = _BRACE.split(css)
    for i in range(1, len(parts) - 2, 2):
        if parts[i] == "{" and parts[i + 2] == "}":
            yield parts[i - 1], parts[i + 1]


def declarations(css: str) -> dict[str, str]:
    """The properties that a style declares, in lower case and without "!important".

    >>> declarations("Color: RED !important; margin: 0")
    {'color': 'red', 'margin': '0'}
    """
    pairs = (part.split(":", 1) for part in _COMMENT.sub(" ", css).lower().split(";") if ":" in part)
    return {name.strip(): " ".join(value.replace("!important", "").split()) for name, value in pairs}


def is_off(element: Any) -> bool:
    """Whether `element` (of lxml) is marked as hidden, or by its own style as not displayed."""
    if (element.get("aria-hidden") or "").strip().lower() == "true" and not _holds_article(element):
        return True  # a dialog that lies above the page marks all behind it so
    off = (element.get("hidden") or "").strip().lower() != "until-found" and element.get("hidden") is not None
    return (off or _not_displayed(declarations(element.get("style") or ""))) and not _unfolds(element)


def _holds_article(element: Any) -> bool:
    return next(element.iter("main", "article", "h1"), None) is not None


def mark_unfolded(tree: Any) -> None:
    """Gives the elements that buttons and tabs of the page `tree` name, and so bring up, the role of a tab's panel."""
    named = set()
    for element in tree.iter("a", "button", "summary", "li", "div", "span"):
        for name in ("aria-controls", "data-target", "data-bs-target", "href"):
            value = element.get(name) or ""
            if value.startswith("#") or (value and name == "aria-controls"):
                named.add(value.lstrip("#"))
    for element in tree.iter("div", "section", "p", "ul") if named else ():
        if element.get("id") in named and element.get("role") is None:
            element.set("role", "tabpanel")


def _unfolds(element: Any) -> bool:
    """Whether a reader unfolds it, or chooses its tab, to read a part of the article."""
    if element.get("role") != "tabpanel" and not _UNFOLDED.search(element.get("class") or ""):
        return False
    return len("".join(islice(element.itertext(), 50)).strip()) >= _LEAST_UNFOLDED


def _comes_into_sight(element: Any, style: Mapping[str, str]) -> bool:
    """Whether it is only see-through until it is scrolled to, or until the page has been loaded."""
    moves = [style.get(name, "none") for name in ("transition", "animation", "animation-name")]
    named = element.get("data-aos") is not None or _SCROLLED.search(element.get("class") or "")
    return any(move != "none" for move in moves) or bool(named) or element.tag == "main"


def is_hidden(element: Any, styles: Styles, known: Looks | None = None, *, unfolded: bool = False) -> bool:
    """Whether a reader of the page would not see `element` (of lxml), nor anything in it.

    `unfolded` leaves out what a script may undo, such as `display: none`; what is tiny, white or far away stays hidden.

    `known` keeps what holds for each element from one call to the next, since an element's colours count for
    all that is in it.
    """
    if (not unfolded and is_off(element)) or _NOT_READ & set((element.get("class") or "").lower().split()):
        return True
    known = {} if known is None else known
    style = _style(element, styles, known)
    if _comes_into_sight(element, style):
        style = {
            name: value for name, value in style.items() if name not in ("opacity", "visibility", "transform")
        }
    if unfolded or _unfolds(element):
        style = {name: value for name, value in style.items() if name not in _FOLDING}
    return bool(style) and (
        _not_displayed(style)
        or _is_faint(style)
        or _is_outside(style)
        or _is_camouflaged(element, style, styles, known)
    )


def _style(element: Any, styles: Styles, known: Looks) -> Mapping[str, str]:
    """What holds for an element: its tag's, classes' and id's rules, then its own."""
    if (looks := known.get(element)) is None:
        looks = known[element] = _looks(element, styles) or _NOTHING
    return looks


def _looks(element: Any, styles: Styles) -> dict[str, str]:
    tag = element.tag if isinstance(element.tag, str) else ""
    found: dict[str, str] = {}
    if styles:
        marks = [f".{name}" for name in (element.get("class") or "").split()]
        marks += [f"#{element.get('id')}"] if element.get("id") else []
        for selector in (tag, *(form for mark in marks for form in (mark, tag + mark))):
            found.update(styles.get(selector, {}))
    for name, attribute in (("color", "color"), ("background-color", "bgcolor")):
        if element.get(attribute) and (tag == "font" or attribute == "bgcolor"):
            found[name] = element.get(attribute).strip().lower()
    if element.get("style"):
        found.update(declarations(element.get("style")))
    return found


def _not_displayed(style: Mapping[str, str]) -> bool:
    return style.get("display") == "none" or style.get("visibility") in ("hidden", "collapse")


def _is_faint(style: Mapping[str, str]) -> bool:
    """See-through, or too small to read."""
    if style.get("content-visibility") == "hidden" or _SHRUNK.search(style.get("transform", "")):
        return True
    opacity = _LENGTH.fullmatch(style.get("opacity", ""))
    if opacity and float(opacity[1]) <= (5 if opacity[2] == "%" else 0.05):
        return True
    size = _pixels(style.get("font-size", ""))
    if size is None and (short := style.get("font", "").split(maxsplit=1))[1:]:
        size = _pixels(short[0].split("/", 1)[0])  # as in "1px/1.5 serif"
    return size is not None and size < _TINY


def _is_outside(style: Mapping[str, str]) -> bool:
    """Moved off the page, clipped away, or in a box without room."""
    moved = [style.get("text-indent", ""), style.get("margin-left", ""), style.get("margin-top", "")]
    if style.get("position") in ("absolute", "fixed", "relative"):
        moved += [style.get(side, "") for side in ("left", "top", "right", "bottom")]
    if any((way := _pixels(value)) is not None and way <= -_FAR for value in moved):
        return True
    if _CLIPPED.search(style.get("clip", "")) or _INSET.search(style.get("clip-path", "")):
        return True
    if not style.get("overflow", "").startswith(("hidden", "clip")):
        return False
    sides = [_pixels(style.get(name, "")) for name in ("height", "max-height", "width", "max-width")]
    return any(side is not None and side < _TINY for side in sides)


def _is_camouflaged(element: Any, style: Mapping[str, str], styles: Styles, known: Looks) -> bool:
    """Whether its text has the colour of what is behind it; what isn't stated is taken to be white."""
    if style.get("color") == "transparent":
        return not style.get("background-clip", style.get("-webkit-background-clip", "")).startswith("text")
    if (color := _color(style.get("color", ""))) is None:
        return False
    for parent in (element, *element.iterancestors()):
        over = style if parent is element else _style(parent, styles, known)
        if ground := over.get("background-color") or over.get("background"):
            behind = _color(ground)
            return behind is not None and _apart(color, behind) <= _NEAR
    return _apart(color, _WHITE) <= _NEAR


def _apart(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def _color(value: str) -> tuple[int, ...] | None:
    """Red, green and blue of a colour written as a name, #rgb, #rrggbb or rgb(); None for what is none."""
    value = value.strip().lower()
    if value in _NAMED:
        return _NAMED[value]
    if match := re.fullmatch(r"#?([0-9a-f]{3}|[0-9a-f]{6})(?:[0-9a-f]{2})?", value):
        digits = match[1] if len(match[1]) == 6 else "".join(2 * digit for digit in match[1])
        return tuple(int(digits[i : i + 2], 16) for i in (0, 2, 4))
    if match := re.fullmatch(r"rgba?\(\s*(\d{1,3})[,\s]+(\d{1,3})[,\s]+(\d{1,3})\b.*\)", value):
        return tuple(map(int, match.groups()))
    return None


def _pixels(value: str) -> float | None:
    match = _LENGTH.fullmatch(value.strip())
    return float(match[1]) * _PIXELS[(match[2] or "").lower()] if match else None

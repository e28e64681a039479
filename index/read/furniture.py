"""Takes out lines that belong to a web page and not to its article. Knows text only, no markup.

Meant for text that someone copied off a page. Each pattern covers a whole line, so a sentence that only
holds such words is safe; what is in doubt stays.
"""

from __future__ import annotations

import re

_LINES = re.compile(
    r"""(?:
    play\ live\ radio | next\ up:? | available\ on\ air\ stations | on\ air\ now
    | listen\ live | \d{1,2}:\d{2}\s*/?\s*\d{1,2}:\d{2} | 0:00 | listen\ ?[•·-]\ ?\d{1,2}:\d{2}
    | (?:story|article)\ continues\ (?:below|after)(?:\ (?:this\ )?(?:the\ )?(?:ad|advertisement))?
    | (?:-{1,3}\ ?)?(?:advertisements?|continue\ reading\ below|scroll\ (?:down\ )?to\ continue)(?:\ ?-{1,3})?
    | skip\ (?:to\ (?:main\ )?content|advertisement|ad) | (?:hide|toggle)\ caption | enlarge\ this\ image
    | click\ to\ share\ on\ \w+(?:\ \(opens\ in\ new\ window\))? | share\ this(?:\ (?:article|story|post|page))?:?
    | (?:sign\ up\ for|subscribe\ to)\ (?:our|the)\ (?:\w+\ )?newsletters? | \d{1,3}\ min(?:ute)?s?\ read
    | we\ use\ cookies[^.]{0,120}\. | accept\ (?:all\ )?cookies | (?:back\ to|return\ to)\ top
    | (?:also\ read|read\ also|read\ more|read\ next|related(?:\ (?:articles?|stories|story|posts?|news|content))?
       |recommended(?:\ for\ you)?|you\ (?:may|might)\ also\ like|more\ from\ [\w\ ]{2,30})\s*[:–—-]\s*\S.{0,150}
    | (?:also\ read|read\ also|read\ next|related\ (?:articles|stories|posts)|you\ (?:may|might)\ also\ like):?
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# One of these alone may be a heading; two in a row are a row of buttons.
_BUTTONS = re.compile(
    r"(?:share|tweet|facebook|twitter|x|email|print|linkedin|flipboard|whatsapp|reddit|telegram|pinterest"
    r"|copy link|save|comments?|\d+ comments?|\d+ shares?|home|menu|search|log in|sign in|subscribe|donate)",
    re.IGNORECASE,
)
COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright)\s*(?:©|\(c\))?\s*(?:by\s+)?[12]\d{3}(?:\s*[-–]\s*[12]\d{3})?,?\s+(?:by\s+)?"
    r"(?P<holder>[^\W\d_][^|]{1,80}?)"
    r"(?:,?\s+all rights reserved\b.{0,100}|\.\s+[A-Z].{0,120}|\s*\|.{0,120})?\.?",
    re.IGNORECASE,
)
SITE_NAME = re.compile(
    r"(?:www\.)?[a-z0-9-]{2,}(?:\.[a-z0-9-]{2,})*"
    r"\.(?:com|org|net|news|info|tv|co|io|us|uk|ca|au|in|eu|de|fr|es|it|ie|nz|ru|ua)\s*/?",
    re.IGNORECASE,
)
_EDGE = 12


def without_furniture(text: str) -> str:
    """`text` without players' buttons, "Also read" teasers, share buttons and copyright lines.

    A first or last group of short lines, at least half of them such furniture, goes as a whole.

    >>> without_furniture("Play Live Radio\\nNews\\n0:00 0:00\\n\\nIt rained.\\nAlso Read – Snow ahead\\nIt stopped.")
    'It rained.\\nIt stopped.'
    """
    lines = text.split("\n")
    full = [number for number, line in enumerate(lines) if line.strip()]
    edge = {*full[:_EDGE], *full[-_EDGE:]}
    flags = [_is_furniture(line, number in edge) for number, line in enumerate(lines)]
    _flag_buttons(lines, flags, full)
    for group in _outer_groups(lines):
        if 2 * sum(flags[n] for n in group) >= len(group) and all(
            _is_label(lines[n]) for n in group if not flags[n]
        ):
            for number in group:
                flags[number] = True
    if full and SITE_NAME.fullmatch(lines[full[-1]].strip()):
        flags[full[-1]] = True
    return "\n".join(line for line, flag in zip(lines, flags, strict=True) if not flag).strip("\n")


def _is_furniture(line: str, at_edge: bool) -> bool:
    line = " ".join(line.split()).strip("*_ ")
    if not line or len(line) > 240:
        return False
    return _LINES.fullmatch(line) is not None or (at_edge and COPYRIGHT.fullmatch(line) is not None)


def _flag_buttons(lines: list[str], flags: list[bool], full: list[int]) -> None:
    buttons = [_BUTTONS.fullmatch(lines[n].strip()) is not None for n in full]
    for i, number in enumerate(full):
        beside = buttons[max(0, i - 1) : i] + buttons[i + 1 : i + 2]
        if buttons[i] and any(beside):
            flags[number] = True


def _outer_groups(lines: list[str]) -> list[list[int]]:
    """Line numbers of the first and the last group of lines, between blank ones."""
    groups: list[list[int]] = []
    after_blank = True
    for number, line in enumerate(lines):
        if line.strip():
            if after_blank:
                groups.append([])
            groups[-1].append(number)
        after_blank = not line.strip()
    return [groups[0], groups[-1]] if len(groups) > 1 else []


def _is_label(line: str) -> bool:
    return len(line) <= 60 and not line.rstrip().endswith((".", "!", "?", "”", '"'))

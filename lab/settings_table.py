"""Writes the table of settings in the user's guide from the settings themselves: `python -m lab.settings_table`.

`tests/test_guide.py` fails while the page holds another table. Knows nothing of what the settings are for.
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import MISSING, fields
from pathlib import Path

from index.config import Config
from index.setting import allowed, anything, bare_name, rule_of

PAGE = Path(__file__).resolve().parent.parent / "docs" / "guide" / "settings.md"
BEGIN, END = "<!-- settings: begin -->", "<!-- settings: end -->"
_PLACES = {"library": "a folder of your user account", "cache": "a folder of your user account"}
_TRUST = {anything: "yes", bare_name: "a plain name only"}


def table() -> str:
    """The table of all settings in Markdown: name, default, what it may be, whether any folder's file may set it."""
    lines = [
        "| setting | what it is | default | may be | from a folder's file that isn't trusted |",
        "|---|---|---|---|---|",
    ]
    about = _docstrings()
    for each in fields(Config):
        default = _PLACES.get(each.name, "") if each.default is MISSING else f"`{each.default}`"
        cells = (
            f"`{each.name}`",
            about[each.name],
            default if default != "``" else "none",
            allowed(each),
            _TRUST.get(rule_of(each).untrusted, "no"),
        )
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines)


def page(text: str) -> str:
    """The page with the table between its two marks replaced by that of the settings as they are.

    >>> page(f"a {BEGIN} old {END} b").endswith(f"{END} b")
    True
    """
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def _docstrings() -> dict[str, str]:
    """What stands below each field of Config, on one line."""
    [body] = ast.parse(inspect.getsource(Config)).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            assert isinstance(below, ast.Expr), f"{field.target.id} has no docstring"
            found[field.target.id] = " ".join(str(ast.literal_eval(below.value)).split())
    return found


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

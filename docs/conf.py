"""How the documentation is made: `make docs` writes it to build/docs. Why these tools: design/001-dependencies.md."""

import re
from pathlib import Path
from typing import Any

project = "Footnote"
extensions = ["myst_parser"]
myst_heading_anchors = 3
nitpicky = True
html_theme = "furo"
html_title = "Footnote"
html_copy_source = False
html_show_sphinx = False

_FETCHED = re.compile(
    r"""<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)\s*=\s*["']?(?:https?:)?//[^>]*>"""
    r"""|url\(\s*["']?(?:https?:)?//[^)]*\)|@import\s+["'](?:https?:)?//[^"']*""",
    re.IGNORECASE,
)


def fetched(text: str) -> list[str]:
    """What a browser would fetch from another machine when it shows this HTML or CSS; links to click don't count."""
    return _FETCHED.findall(text)


def _stays_local(app: Any, error: Exception | None) -> None:
    """Fails the build when a page would fetch anything from elsewhere."""
    if error is not None or app.builder.format != "html":
        return
    for path in sorted(Path(app.outdir).rglob("*")):
        if path.suffix in (".html", ".css") and (found := fetched(path.read_text(encoding="utf-8"))):
            raise ValueError(f"{path} fetches from elsewhere: {found[0][:200]}")


def setup(app: Any) -> None:
    """Has Sphinx look at what it wrote."""
    app.connect("build-finished", _stays_local)

"""Which library a page is about, in its address and in what it shows: pure functions. Knows nothing of Gradio."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from qa.presentation.markup import Html, el

NAME = "library"
"""What the library's name is called in the address."""


@dataclass(frozen=True, slots=True)
class Here:
    """The name of the library that a page is about, and of all that the server has; no names where it has one."""

    name: str = ""
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, names: tuple[str, ...]) -> Here:
        """The library of that name among those."""
        return cls(name, names) if len(names) > 1 else cls()

    def at(self, path: str) -> str:
        """The address of a page about the same library.

        >>> Here("a", ("a", "b")).at("/library?page=2#top"), Here("", ()).at("/library")
        ('/library?page=2&library=a#top', '/library')
        """
        if not self.names:
            return path
        front, mark, place = path.partition("#")
        return f"{front}{'&' if '?' in front else '?'}{urlencode({NAME: self.name})}{mark}{place}"


ALONE = Here()
"""The only library of a server."""
PAGES = {"/": "Chat", "/library": "Library", "/runs": "Evaluation", "/review": "Drafts"}
"""The pages that all pages lead to, by their addresses."""


def ways(here: Here, path: str = "") -> Html:
    """The links to the pages; the one that `path` is on or below says that it is where one is.

    >>> 'href="/library" aria-current="page"' in ways(ALONE, "/library/add")
    True
    """
    links = [
        el("a", name, href=here.at(page), aria_current="page" if _within(path, page) else None)
        for page, name in PAGES.items()
    ]
    return el("nav", *(part for link in links for part in (link, " ")), aria_label="Pages")


def _within(path: str, page: str) -> bool:
    return path == page or (page != "/" and path.startswith(f"{page}/"))


def chooser(here: Here, action: str = "/") -> list[Html]:
    """The libraries to choose from, which says as well which one this is; nothing where there is one.

    `action` is the page that shows the one that is chosen.
    """
    if not here.names:
        return []
    options = [el("option", name, value=name, selected=name == here.name) for name in here.names]
    about = {"name": NAME, "autocomplete": "off", "aria_label": "Library", "title": "Library"}
    go = el("button", "Open", type="submit", class_="fn-go")
    return [el("form", el("select", *options, **about), go, action=action, class_="fn-chooser")]

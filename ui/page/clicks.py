"""What comes with a click. Anyone can send one, so that nothing is taken for more than it is."""

from __future__ import annotations

from typing import Any

from ui.http.accounts import person
from ui.http.gate import COOKIE, whose


def browser(request: Any) -> str:
    """What names the browser that a request comes from, and who signed in on it."""
    return whose(request, str(request.cookies.get(COOKIE) or ""))


def asker(request: Any) -> str:
    """Whose questions wait behind each other: who signed in, as for the programs that use the name, or the browser."""
    return f"person {name}" if (name := person(request)) else browser(request)


def data_of(event: Any) -> dict[str, Any]:
    """What came with a click."""
    return event._data if isinstance(event._data, dict) else {}


def number_in(event: Any, name: str) -> int | None:
    """A whole number that came with a click; None for anything else, since anyone can send a click."""
    value = data_of(event).get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text_in(event: Any, name: str) -> str:
    """A text that came with a click; "" for anything else, since anyone can send a click."""
    value = data_of(event).get(name)
    return value if isinstance(value, str) else ""

"""What a setting may be: declared beside its field, checked wherever its value comes from.

Knows the fields of dataclasses, and nothing of which settings there are or where they are read.
"""

from __future__ import annotations

import operator
import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field
from pathlib import Path
from typing import Any

from index.errors import BadSetting
from index.place import FORM, address, is_address

_LONGEST = 1000
"""Characters that a text or a path may have; systems take no path of more than 4096 bytes."""
_LONGEST_PART = 255
"""Bytes that the name of a folder may have."""
_SHOWN = 60
"""Characters of a wrong value that an error repeats."""
_TRUTH = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


def nothing(_value: Any) -> bool:
    """False: a working folder's footnote.toml may not set it until it is trusted."""
    return False


def anything(_value: Any) -> bool:
    """True: any file may set it, since it can neither send nor write anything."""
    return True


def bare_name(value: Any) -> bool:
    """Whether a value is a mere name, and so no address, no repository and no file.

    >>> bare_name("all-minilm-l6-v2"), bare_name("hf:org/repo"), bare_name("."), bare_name("http://host/v1")
    (True, False, False, False)
    """
    return isinstance(value, str) and bool(re.fullmatch(r"[\w.-]+", value)) and not os.path.lexists(value)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a setting may be, and who may set it."""

    least: float | None = None
    most: float | None = None
    words: tuple[str, ...] = ()
    """The words that may stand in place of a number; all that a text may be."""
    untrusted: Callable[[Any], bool] = nothing
    """Whether a footnote.toml that nobody has vouched for may set it to this value."""
    secret: bool = False
    """Whether its value is never shown."""


def setting(default: Any, **rule: Any) -> Any:
    """A dataclass field with that default and a `Rule` of these parts."""
    return field(default=default, metadata={"rule": Rule(**rule)})


def rule_of(field: Field[Any]) -> Rule:
    """The rule that a field was declared with; where there is none, only trusted sources may set it."""
    return field.metadata.get("rule") or Rule()


def checked(field: Field[Any], value: Any, source: str) -> Any:
    """The value as the field's type holds it; numbers may be given as text. `source` says where it comes from.

    Raises BadSetting for a value of another kind or out of its range.
    """
    try:
        return _cast(field, rule_of(field), value)
    except (
        TypeError,
        ValueError,
        OverflowError,
        LookupError,
        RuntimeError,
    ):  # the last: no home folder for ~
        shown = "what it is" if rule_of(field).secret else _shown(value)
        raise BadSetting(
            f"{field.name} must be {allowed(field)}, not {shown} (from {source}): leave it out for the default"
            + ("" if field.default in (MISSING, "") else f", {field.default}")
        ) from None


def allowed(field: Field[Any]) -> str:
    """What a setting may be, in words.

    >>> from index.config import Config
    >>> {name: allowed(f) for name, f in Config.__dataclass_fields__.items() if name in ("k", "threshold")}
    {'k': 'a whole number from 1 to 1000', 'threshold': 'strict, balanced, eager or a number from 0 to 1'}
    """
    rule = rule_of(field)
    span = "" if rule.least is None or rule.most is None else f" from {rule.least:g} to {rule.most:.15g}"
    words = {
        "int": f"a whole number{span}",
        "float": f"a number{span}",
        "bool": "true or false",
        "Path": f"the path of a folder, or {FORM}" if _may_be_address(field) else "the path of a folder",
    }.get(_kind(field), f"a line of 1 to {_LONGEST} characters")
    if rule.words and _kind(field) == "str":
        return f"{', '.join(rule.words[:-1])} or {rule.words[-1]}"
    return f"{', '.join(rule.words)} or {words}" if rule.words else words


def _may_be_address(field: Field[Any]) -> bool:
    """Whether a field's path may also be a library's address."""
    return str(field.type) == "Path | str"


def _kind(field: Field[Any]) -> str:
    """The name of the type that a field's values have; where words may stand for numbers, that of the number."""
    return str(getattr(field.type, "__name__", field.type)).partition(" ")[0]


def _cast(field: Field[Any], rule: Rule, value: Any) -> Any:
    kind = _kind(field)
    if isinstance(value, str) and value in rule.words:
        return value
    if kind == "bool":
        return value if isinstance(value, bool) else _TRUTH[_text(value).strip().lower()]
    if kind in ("int", "float"):
        return _number(kind, rule, value)
    if _may_be_address(field) and is_address(value):
        return str(address(_text(value)))
    if kind == "Path":
        path = Path(_text(os.fspath(value))).expanduser()
        if any(len(os.fsencode(part)) > _LONGEST_PART for part in path.parts):
            raise ValueError
        return path
    if rule.words:
        raise ValueError
    return value if value == field.default == "" else _text(value)


def _number(kind: str, rule: Rule, value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    if kind == "int":
        number: float = int(value) if isinstance(value, str) else operator.index(value)
    else:
        number = float(value)
    # Not the other way round: nothing is true of a number that is none.
    if not (rule.least is None or number >= rule.least) or not (rule.most is None or number <= rule.most):
        raise ValueError
    return number


def _text(value: Any) -> str:
    """Raises TypeError or ValueError for anything but a line of text that can be written out as UTF-8."""
    if not isinstance(value, str):
        raise TypeError
    if not 0 < len(value.strip()) <= len(value) <= _LONGEST:
        raise ValueError
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in value):
        raise ValueError
    return value


def _shown(value: Any) -> str:
    """A wrong value on one line, and short."""
    if isinstance(value, dict | list | tuple | set):
        return "a table" if isinstance(value, dict) else "a list"
    try:
        text = repr(os.fspath(value) if isinstance(value, Path) else value)
    except ValueError:  # Python writes no whole number of more than 4300 digits
        return "a number of thousands of digits"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."

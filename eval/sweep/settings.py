"""The settings that a sweep tries: which there are, what values they can have, what a combination is called.

Values may be numbers or text, as they come from a command line; of models and embedders also the things themselves.
Knows nothing of runs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from index.config import Config, load
from index.errors import BadSetting
from index.types import Embedder
from qa.trust.confidence import threshold
from qa.types import LanguageModel

SETTINGS = ("k", "evidence_tokens", "max_tokens", "passage_tokens", "threshold", "model", "embedder")
"""What can be swept."""


def values_of(name: str, values: Any) -> list[Any]:
    """The values to try, each once, as `Config` holds them. Raises BadSetting."""
    if name not in SETTINGS:
        raise BadSetting(f"can't sweep {name!r}: choose {', '.join(SETTINGS)}")
    if isinstance(values, str) or not isinstance(values, Sequence):
        values = [values]
    found: dict[str, Any] = {}
    for value in values:
        cast = _cast(name, value)
        if found.setdefault(shown(cast), cast) != cast:
            raise BadSetting(
                f"two values of {name} are both called {shown(cast)}: give them names that differ"
            )
    if not found:
        raise BadSetting(f"no values of {name} to try: give at least one")
    return list(found.values())


def shown(value: Any) -> str:
    """A setting's value in words: a model or an embedder by its name.

    >>> shown(0.25), shown(160), shown("all-minilm-l6-v2")
    ('0.25', '160', 'all-minilm-l6-v2')
    """
    if isinstance(value, float):
        return f"{value:g}"
    info = getattr(value, "info", value)
    return str(value if isinstance(value, str | int) else getattr(info, "name", value))


def _cast(name: str, value: Any) -> Any:
    if (name == "model" and isinstance(value, LanguageModel)) or (
        name == "embedder" and isinstance(value, Embedder)
    ):
        return value
    if value is None or value == "":
        raise BadSetting(f"{name} needs a value to try, not {value!r}")
    if name == "threshold":
        return threshold(value)
    return getattr(load(**{name: value}), name)


def configured(config: Config, combination: Mapping[str, Any]) -> Config:
    """The settings with those of a combination, a model or an embedder under its name."""
    changed: dict[str, Any] = plain(combination)
    return replace(config, **changed)


def plain(combination: Mapping[str, Any]) -> dict[str, int | float | str]:
    """A combination in numbers and names alone."""
    return {
        name: value if isinstance(value, int | float) else shown(value) for name, value in combination.items()
    }


def folder_name(combination: Mapping[str, Any]) -> str:
    """A folder's name for a combination, safe on any disk.

    >>> folder_name({"k": 5, "threshold": 0.2, "model": "hf:org/name"})
    'k=5,threshold=0.2,model=hf-org-name-6182'
    """
    return ",".join(f"{name}={_safe(shown(value))}" for name, value in combination.items())


def _safe(text: str) -> str:
    safe = re.sub(r"[^\w.-]+", "-", text, flags=re.ASCII)[:40]
    return safe if safe == text else f"{safe}-{hashlib.sha256(text.encode()).hexdigest()[:4]}"

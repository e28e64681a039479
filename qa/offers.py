"""The language models that a user may choose, and what each costs here: disk, memory, seconds an answer.

Loads none of them. What takes how long is measured by `qa.took`.
"""

from __future__ import annotations

from dataclasses import dataclass

from index.config import Config
from index.errors import ModelMissing
from index.models.weights import Entry, catalogue, present
from qa.models import CATALOGUE, wants_prefill
from qa.took import Took


@dataclass(frozen=True, slots=True)
class Offer:
    """A language model with its costs, None for what isn't known: bytes of disk, the most of memory, seconds an answer.

    `seconds` are the median of what earlier questions took here. One that isn't `present` can be had by `getting`,
    a command, which fetches `fetches` bytes.
    """

    name: str
    licence: str = ""
    disk: int | None = None
    memory: int | None = None
    seconds: float | None = None
    present: bool = True
    getting: str = ""
    fetches: int = 0


def offers(config: Config, took: Took) -> list[Offer]:
    """The configured model first, then the others that are known by name."""
    known, here = catalogue(CATALOGUE), ready(config)
    names = [config.model, *(name for name in known if name != config.model)]
    return [
        _known(known[name], config, took, here=name in here)
        if name in known
        else Offer(name, seconds=took.usual(name, config.writing))
        for name in names
    ]


def usable(name: str, config: Config) -> bool:
    """Whether a model can be asked at once."""
    return name in ready(config)


def check(name: str, config: Config) -> None:
    """Raises ModelMissing for a model that would have to be fetched first."""
    if not usable(name, config):
        raise ModelMissing(f"{name} isn't on this machine: {_getting(name)}")


def ready(config: Config) -> tuple[str, ...]:
    """The names of the models that can be asked at once: the configured one, then those on this machine."""
    others = [entry for name, entry in catalogue(CATALOGUE).items() if name != config.model]
    return (config.model, *(entry.name for entry in others if present(entry, config.cache)))


def _known(entry: Entry, config: Config, took: Took, *, here: bool) -> Offer:
    copied = wants_prefill(entry.name, config)
    return Offer(
        entry.name,
        entry.licence,
        entry.bytes + (entry.copy_bytes if copied else 0),
        (entry.copy_memory if copied else entry.memory) or None,
        took.usual(entry.name, config.writing),
        here,
        "" if here else _getting(entry.name),
        0 if here else entry.bytes,
    )


def _getting(name: str) -> str:
    return f"footnote models pull {name}"

"""What a run was made with: the settings, the library, the model, the machine. Kept in run.json.

Knows nothing of questions and answers.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval import records
from eval.gold import Gold, as_row
from index.config import Config
from index.errors import BadSetting
from index.setting import rule_of
from qa.types import LanguageModel

if TYPE_CHECKING:
    from index.library import Library

_SECRET = frozenset(each.name for each in fields(Config) if rule_of(each).secret)
_ELSEWHERE = frozenset({"library", "cache", "host", "port", "model"}) | _SECRET
"""Settings that have nothing to do with a run, that run.json holds in another form, or that nobody may read there."""
_NO_MATTER = _ELSEWHERE | {"threads"}
"""Settings that don't change an answer."""


def fingerprint(
    lib: Library | None,
    model: LanguageModel | str | None,
    config: Config,
    system: Callable[[str], Any] | str | None,
) -> dict[str, Any]:
    """What must be the same for a run to go on: anything here changes answers or scores."""
    name = system or "footnote" if not callable(system) else _name(system)
    model_name, weights = model or "", ""
    if not isinstance(model_name, str):
        model_name = model_name.info.name
    elif name in ("footnote", "naive") and not callable(system):
        from qa.models import model_hash

        model_name = model_name or config.model
        weights = model_hash(model_name, config)
    settings = {f"config.{k}": v for k, v in _plain(config).items() if k not in _NO_MATTER}
    return {
        "system": name,
        "model": model_name,
        "model's weights": weights,
        "library": contents(lib) if lib is not None else "",
        "version": _version(),
        **settings,
    }


def _name(system: Callable[[str], Any]) -> str:
    """What a function is called, where it has a name of its own."""
    return getattr(system, "__qualname__", type(system).__qualname__)


def contents(lib: Library) -> str:
    """A hash of what is searched: the articles with their facts, how they were cut up and embedded.

    Not the library's generation, which differs for the same articles added in another order.
    """
    status = lib.status()
    digest = hashlib.sha256(f"{status.weights_hash} {status.passages}\n".encode())
    for line in sorted(repr((a.id, a.title, a.url, a.publisher, a.published)) for a in lib.articles()):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def check(out: Path, made_with: dict[str, Any]) -> dict[str, Any] | None:
    """What run.json in `out` says, None if there is none. Raises BadSetting unless it was made with the same."""
    about = records.read_json(out / records.RUN)
    if about is None:
        if (out / records.QUESTIONS).exists():
            raise BadSetting(f"{out} holds questions.jsonl but no run.json: choose another --out")
        return None
    before = about.get("fingerprint", {})
    if differ := [_difference(k, before.get(k), v) for k, v in made_with.items() if before.get(k) != v]:
        raise BadSetting(f"{out} holds a run with another {'; '.join(differ)}: choose another --out")
    return about


def _difference(name: str, before: Any, now: Any) -> str:
    return name if name in ("library", "model's weights") else f"{name} ({before!r}, now {now!r})"


def start(
    out: Path, path: Path, gold: Gold, made_with: dict[str, Any], lib: Library | None, config: Config
) -> None:
    """Writes run.json, unless the run goes on."""
    if (out / records.RUN).is_file():
        about = records.read_json(out / records.RUN) or {}
        records.write_json(out / records.RUN, {**about, "gold": str(path), "gold_hash": _hash(gold)})
        return
    about = {
        "gold": str(path),
        "gold_hash": _hash(gold),
        "system": made_with["system"],
        "model": made_with["model"],
        "model_hash": made_with["model's weights"],
        "config": {name: value for name, value in _plain(config).items() if name not in _ELSEWHERE},
        "library": {"contents": made_with["library"], **_plain(lib.status())} if lib is not None else None,
        "version": made_with["version"],
        "machine": {
            "cores": os.cpu_count(),
            "platform": platform.platform(),
            "processor": platform.machine(),
            "python": platform.python_version(),
            "memory_bytes": _memory(),
        },
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "started": _now(),
        "finished": None,
        "peak_memory_bytes": 0,
        "fingerprint": made_with,
    }
    records.write_json(out / records.RUN, about)


def finish(out: Path) -> None:
    """Notes in run.json that all questions are done, and how much memory that took."""
    about = records.read_json(out / records.RUN) or {}
    peak = max(int(about.get("peak_memory_bytes") or 0), _peak_memory())
    records.write_json(out / records.RUN, {**about, "finished": _now(), "peak_memory_bytes": peak})


def _memory() -> int:
    """Bytes of memory that the machine has, 0 where it can't be told."""
    with suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return 0


def _peak_memory() -> int:
    """The most bytes that this process had in memory at a time, 0 where it can't be told."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _plain(value: Any) -> dict[str, Any]:
    """A dataclass as JSON values; what JSON has no form for becomes a string."""
    fields = asdict(value) if is_dataclass(value) and not isinstance(value, type) else {"value": str(value)}
    plain: dict[str, Any] = json.loads(json.dumps(fields, default=str))
    return plain


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("footnote-qa")
    except PackageNotFoundError:
        return "not installed"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _hash(gold: Gold) -> str:
    """The SHA-256 of what a gold set asks and expects."""
    rows = (json.dumps(as_row(question), sort_keys=True) for question in gold.questions)
    return hashlib.sha256("\n".join(rows).encode("utf-8", "replace")).hexdigest()

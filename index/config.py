"""All settings in one frozen dataclass, passed explicitly; knows nothing of who uses them.

Precedence: flag (the `overrides` of `load`), environment (`FOOTNOTE_MODEL=...`), `footnote.toml` in the
working folder, then in the user's configuration folder, then the defaults below.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from index.errors import BadSetting

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib


def _default_library() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("footnote")) / "library"


def _default_cache() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("footnote"))


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, with its default.

    >>> Config(k=5).k
    5
    """

    library: Path = field(default_factory=_default_library)
    """The folder of the library."""
    cache: Path = field(default_factory=_default_cache)
    """Where model weights are kept."""
    model: str = "qwen2.5-coder-1.5b"
    """A name from models.toml, `hf:org/repo[:file]`, a local path, or `http://server/v1`."""
    adapter: str = "auto"
    """What lies upon the model's weights: "auto" for the adapter that comes with it, if any, "none", or a GGUF file."""
    embedder: str = "all-minilm-l6-v2"
    """A name from models.toml, `hf:org/repo`, or a local folder."""
    reranker: str = "sentences"
    """What looks closer at the best hits: "sentences", "none", or a cross-encoder as `hf:org/repo` or a folder."""
    k: int = 10
    """Passages retrieved for a question."""
    evidence_tokens: int = 300
    """The most tokens of evidence put into a prompt."""
    max_tokens: int = 160
    """The most tokens of an answer."""
    seconds: float = 120.0
    """Time limit for one answer."""
    threshold: float | str = "balanced"
    """Answers less confident than this are refused: strict, balanced, eager (see `qa.abstain`), or a number to 1."""
    threads: int = 0
    """CPU threads of the language model; 0 means all cores."""
    context: int = 4096
    """Context window of a local language model, in tokens."""
    passage_tokens: int = 160
    """The most tokens of a passage (of the bundled vocabulary)."""
    host: str = "127.0.0.1"
    """Address that the web page listens on."""
    port: int = 7860
    """Port that the web page listens on."""
    allow_host: str = ""
    """Names, besides this machine's own, that the web page may be asked for under, with commas between them."""


def load(**overrides: Any) -> Config:
    """The settings in force: `overrides` that are not None, over environment, over footnote.toml.

    Raises BadSetting for an unknown name in footnote.toml or a value of the wrong kind anywhere.

    >>> load(k=3).k
    3
    """
    import platformdirs

    merged: dict[str, tuple[Any, str]] = {}
    for file in (Path(platformdirs.user_config_dir("footnote")) / "footnote.toml", Path("footnote.toml")):
        if file.is_file():
            merged.update({name: (value, str(file)) for name, value in _read_toml(file).items()})
    names = {f.name for f in fields(Config)}
    for name in names:
        if (value := os.environ.get(f"FOOTNOTE_{name.upper()}")) is not None:
            merged[name] = (value, f"FOOTNOTE_{name.upper()}")
    merged.update({name: (value, f"--{name}") for name, value in overrides.items() if value is not None})
    defaults = Config()
    known = {}
    for name, (value, where) in merged.items():
        if name not in names:
            raise BadSetting(f"unknown setting {name!r} in {where}: known are {', '.join(sorted(names))}")
        known[name] = _cast(value, getattr(defaults, name), name, where)
    return replace(defaults, **known)


def _read_toml(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise BadSetting(f"{file} is not valid TOML ({e}): mend or remove it") from None


def _cast(value: Any, like: Any, name: str, where: str) -> Any:
    kind = type(like)
    try:
        if isinstance(like, Path):
            return Path(value).expanduser()
        if kind is int and isinstance(value, float):
            raise ValueError
        cast = kind(value)
    except (TypeError, ValueError):
        raise BadSetting(f"{name} must be {kind.__name__}, not {value!r} (from {where})") from None
    if kind in (int, float) and cast < 0:
        raise BadSetting(f"{name} can't be negative, but {where} says {value!r}")
    return cast

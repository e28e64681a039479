"""All settings in one frozen dataclass, passed explicitly; knows nothing of who uses them.

Precedence: flag (the `overrides` of `load`), environment (`FOOTNOTE_MODEL=...`), `footnote.toml` in the
working folder, then in the user's configuration folder, then the defaults below. Whatever the source, a setting has
its range. Of a working folder's footnote.toml only harmless settings are taken until it is trusted.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from index import configfile
from index.errors import BadSetting
from index.setting import anything, bare_name, checked, rule_of, setting

LEVELS = ("strict", "balanced", "eager")
"""The named thresholds."""
WRITING = ("quotes", "lead", "full")
"""How much a language model writes of the answer to an open question."""
KEEPING = ("auto", "on", "off")
"""Whether conversations are kept."""
PREFILLS = ("auto", "on", "off")
"""Whether the bundled model's prompts are read by CTranslate2."""
LOGS = ("off", "on", "questions")
"""What the server writes of requests and answers."""
READERS = ("auto", "none")
"""Whether the reader that comes with Footnote is used."""
SECRETS = ("FOOTNOTE_API_KEY", "FOOTNOTE_KEYS", "FOOTNOTE_PASSWORD")
"""What the environment may hold besides settings, and what is never shown."""
OTHERS = (*SECRETS, "FOOTNOTE_DEBUG", "FOOTNOTE_SHARED")
"""What the environment may hold besides settings."""


def _default_library() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("footnote")) / "library"


def _default_cache() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("footnote"))


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, with its default and its range. Raises BadSetting for a value that is none of a setting's.

    >>> Config(k=5).k
    5
    """

    library: Path | str = field(default_factory=_default_library)
    """The folder of the library, or the address of one on a server: `postgresql://USER@HOST/NAME`."""
    cache: Path = field(default_factory=_default_cache)
    """Where model weights are kept."""
    model: str = setting("qwen2.5-coder-1.5b", untrusted=bare_name)
    """A name from models.toml, `hf:org/repo[:file]`, a local path, or `http://server/v1`; several servers with one
    model share the work, with commas between them."""
    adapter: str = setting("auto", untrusted=bare_name)
    """What lies upon the model's weights: "auto" for the adapter that comes with it, if any, "none", or a GGUF file."""
    prefill: str = setting("auto", words=PREFILLS, untrusted=anything)
    """Whether what is asked of passages is read by a second copy of the bundled model, which takes 1.8 GB more on disk
    and in memory, and less than half of the time: "auto" where the processor is an x86 and there are 8 GB of memory,
    "on", or "off". `footnote models pull` makes the copy."""
    reader: str = setting("auto", words=READERS, untrusted=anything)
    """Whether small encoders answer facts and tell silence: "auto", or "none" to leave all of it to the model."""
    embedder: str = setting("all-minilm-l6-v2", untrusted=bare_name)
    """A name from models.toml, `hf:org/repo`, or a local folder."""
    reranker: str = setting("sentences", untrusted=bare_name)
    """What looks closer at the best hits: "sentences", "none", or a cross-encoder as `hf:org/repo` or a folder."""
    k: int = setting(10, least=1, most=1000, untrusted=anything)
    """Passages retrieved for a question."""
    evidence_tokens: int = setting(300, least=1, most=32_768, untrusted=anything)
    """The most tokens of evidence put into a prompt."""
    max_tokens: int = setting(160, least=1, most=32_768, untrusted=anything)
    """The most tokens of an answer."""
    seconds: float = setting(120.0, least=0.01, most=86_400, untrusted=anything)
    """Time limit for one answer."""
    threshold: float | str = setting("balanced", words=LEVELS, least=0, most=1, untrusted=anything)
    """Answers less confident than this are refused: strict, balanced, eager, or a number to 1 (see `qa.trust`)."""
    writing: str = setting("lead", words=WRITING, untrusted=anything)
    """What a language model writes of the answer to an open question: "quotes" for nothing, "lead" for one to three
    sentences above the quotes, "full" for the whole of it, which wants a larger model."""
    threads: int = setting(0, least=0, most=512, untrusted=anything)
    """CPU threads of the language model; 0 means all cores."""
    context: int = setting(4096, least=128, most=131_072, untrusted=anything)
    """Context window of a local language model, in tokens."""
    passage_tokens: int = setting(160, least=1, most=8192, untrusted=anything)
    """The most tokens of a passage (of the bundled vocabulary)."""
    read_seconds: float = setting(60.0, least=0, most=86400, untrusted=anything)
    """The most seconds that reading one file, or one part of an archive or a scan, may take; 0 for no limit."""
    read_megabytes: int = setting(2048, least=0, most=1_000_000, untrusted=anything)
    """The most megabytes of memory that reading one file may take, where the system can tell; 0 for no limit."""
    network: bool = setting(True, untrusted=lambda value: value is False)
    """Whether pages and feeds are fetched from the web when they are asked for."""
    conversations: str = setting("auto", words=KEEPING, untrusted=lambda value: value == "off")
    """Whether conversations are kept in the library's folder: "auto" for all but those on a page that other machines
    reach without signing in by name, where everybody would read everybody's; "on" for those, too; "off"."""
    host: str = "127.0.0.1"
    """Address that the web page listens on."""
    port: int = setting(7860, least=0, most=65_535)
    """Port that the web page listens on; 0 means any that is free."""
    allow_host: str = ""
    """Names, besides this machine's own, that the web page may be asked for under, with commas between them."""
    at_once: int = setting(0, least=0, most=64)
    """Questions that `footnote serve` answers at a time; 0 means one, or where `model` names servers
    four for each of them, but no more than this machine has cores."""
    metrics: bool = False
    """Whether `footnote serve` counts questions, seconds and errors, and gives them at /metrics in Prometheus' form."""
    log: str = setting("off", words=LOGS)
    """What `footnote serve` writes to standard error, in lines of JSON: "off" for errors as plain lines alone, "on" for
    a line a request and an answer without any text, "questions" for these with the questions."""
    people: str = ""
    """The file of the people who may come to the web page, each with a password, as `footnote people` writes it."""
    trust_header: str = ""
    """The header in which a server in front of the web page says who is signed in, such as X-Forwarded-User."""
    trust_proxy: str = ""
    """Addresses or networks from which that header is believed; left out, 127.0.0.1 where it alone reaches the page."""
    sign_out: str = ""
    """Where whoever that header names signs out: an address of the server in front, such as /oauth2/sign_out."""

    def __post_init__(self) -> None:
        for each in fields(self):
            object.__setattr__(self, each.name, checked(each, getattr(self, each.name), "Config"))


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force, where each came from, and what was not taken from the working folder's file."""

    config: Config
    sources: Mapping[str, str]
    """A flag, a variable of the environment, or a file, by setting; what is missing here has its default."""
    ignored: tuple[str, ...]
    """What the working folder's footnote.toml sets, but isn't obeyed in until it is trusted."""


def load(**overrides: Any) -> Config:
    """The settings in force: `overrides` that are not None, over environment, over footnote.toml.

    Raises BadSetting for an unknown name or a value that can't be used. What is ignored is said once, as a warning
    of the logger "footnote".

    >>> load(k=3).k
    3
    """
    return settings(**overrides).config


def settings(**overrides: Any) -> Settings:
    """The settings in force as `load` gives them, with where they came from."""
    known = {each.name: each for each in fields(Config)}
    given: dict[str, tuple[Any, str]] = {}
    ignored: tuple[str, ...] = ()
    for path in (configfile.folder() / configfile.NAME, Path(configfile.NAME)):
        if file := configfile.read(path):
            _refuse_unknown(file.values, known, str(path))
            taken = file.values
            if not file.trusted:
                taken = {name: v for name, v in taken.items() if rule_of(known[name]).untrusted(v)}
                ignored = tuple(name for name in file.values if name not in taken)
            given.update({name: (value, str(path)) for name, value in taken.items()})
    variables = {f"FOOTNOTE_{name.upper()}": name for name in known}
    given.update({variables[v]: (os.environ[v], v) for v in variables if v in os.environ})
    asked = {name: value for name, value in overrides.items() if value is not None}
    _refuse_unknown(asked, known, "what was asked for")
    given.update({name: (value, f"--{name}") for name, value in asked.items()})
    config = Config(**{name: checked(known[name], *value) for name, value in given.items()})
    _warn_of(variables, ignored)
    return Settings(config, {name: source for name, (_, source) in given.items()}, ignored)


def trust(path: Path) -> configfile.File:
    """The file at `path`, all of whose settings are obeyed from now on, as long as its content stays the same.

    Raises BadSetting when there is none, when it sets what is no setting, or when that can't be noted.
    """
    if (file := configfile.read(path)) is None:
        raise BadSetting(f"there is no {path}: name the footnote.toml to trust")
    _refuse_unknown(file.values, [each.name for each in fields(Config)], str(path))
    configfile.trust(file)
    return file


def _refuse_unknown(names: Iterable[str], known: Iterable[str], where: str) -> None:
    for name in names:
        if name not in known:
            raise BadSetting(
                f"unknown setting {name[:60]!r} in {where}{_meant(name, known)}: known are {', '.join(sorted(known))}"
            )


def _warn_of(variables: Iterable[str], ignored: Sequence[str]) -> None:
    """Says what is set in vain: once each, since programs may load the settings many times."""
    if ignored:
        _warn(
            f"{configfile.NAME} here sets {', '.join(ignored)}: not used until you run footnote config trust"
        )
    for name in sorted(os.environ):
        if name.upper().startswith("FOOTNOTE_") and name not in (*variables, *OTHERS):
            meant = _meant(name.upper(), variables, "FOOTNOTE_")
            _warn(f"{name[:60]!r} in the environment is no setting{meant}: footnote config lists them")


@functools.cache
def _warn(message: str) -> None:
    logging.getLogger("footnote").warning("%s", message)


def _meant(name: str, known: Iterable[str], prefix: str = "") -> str:
    import difflib

    names = [each.removeprefix(prefix) for each in known]
    near = difflib.get_close_matches(name[:60].removeprefix(prefix), names, n=1)
    return "".join(f" (did you mean {prefix}{each}?)" for each in near)

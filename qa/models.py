"""Language models by name: which there are, which are on this machine, and how one is loaded.

Knows nothing of prompts and answers. Runtimes are imported by their engines, when a model is loaded.
"""

from __future__ import annotations

import hashlib
import os
import platform
import threading
from dataclasses import dataclass
from pathlib import Path

from index.config import Config
from index.errors import BadSetting, DiskFull, FootnoteError, ModelDamaged, ModelFailed, ModelMissing
from index.models.cores import cores, memory
from index.models.sources import Progress
from index.models.weights import CATALOGUE as EMBEDDERS
from index.models.weights import Entry, catalogue, fetch, fetch_hub, present
from qa.types import LanguageModel

CATALOGUE = Path(__file__).with_name("models.toml")
"""The language models known by name."""
ADAPTERS = Path(__file__).with_name("adapters")
"""Folder of the adapters that come with Footnote, each named after its model."""
LEAST_MEMORY = 7_500_000_000
"""Bytes of memory that a machine has where two copies of a model are no burden: what is sold as 8 GB."""

EACH = 4
"""Questions answered at a time for each server: a server reads several prompts together, a model here does not."""

_shared: dict[tuple[str, str, Path, int, int, str], LanguageModel] = {}
_sharing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Installed:
    """A model of the catalogues, and whether it is on this machine."""

    name: str
    kind: str
    licence: str
    bytes: int
    present: bool
    path: Path


def load_model(name: str, config: Config) -> LanguageModel:
    """The language model of that name, in memory; its weights are fetched first if need be.

    `name` is one of `qa/models.toml`, `hf:org/repo` (a checkpoint), `hf:org/repo:file.gguf`, the path of a
    .gguf file or of a checkpoint's folder, or `http://server/v1`, with `#model` after it when the server has
    more than one; several of these with commas between them share the work. Raises ModelMissing, listing the known
    names when this one is none of them; ModelDamaged; BadSetting.
    """
    if addresses := servers(name):
        from qa.engines.openai_server import OpenAIServer
        from qa.engines.servers import Servers

        _no_adapter(name, config)
        if len(addresses) > 1:
            return Servers(addresses, context=config.context)
        url, _, model = addresses[0].partition("#")
        return OpenAIServer(url, model or None, context=config.context)
    path = _find(name, config, None)
    if path.is_dir():
        from qa.engines.transformers_lm import TransformersLM

        _no_adapter(name, config)
        return TransformersLM(path, name=name, context=config.context, threads=config.threads)
    from qa.engines.llamacpp import LlamaCpp

    adapter = _adapter(name, config)
    writer = LlamaCpp(path, name=name, context=config.context, threads=config.threads, adapter=adapter)
    return _with_prefill(writer, name, config) if adapter else writer


def servers(name: str) -> list[str]:
    """The addresses of the servers that a model's name means; none for a model that is loaded here.

    Raises BadSetting where only some parts of the name are addresses, or one stands there twice.

    >>> servers("http://a/v1, http://b/v1#large"), servers("qwen2.5-coder-1.5b")
    (['http://a/v1', 'http://b/v1#large'], [])
    """
    parts = [each.strip().rstrip("/") for each in name.split(",") if each.strip()]
    found = [each for each in parts if each.startswith(("http://", "https://"))]
    if found and found != parts:
        raise BadSetting(
            "several models are several servers: give addresses such as http://server/v1, with commas"
        )
    if len(set(found)) < len(found):
        raise BadSetting("a server stands twice among the model's addresses: name each once")
    return found


def at_once(name: str, config: Config) -> int:
    """How many questions to answer at a time with the model of that name: `config.at_once`, or what suits it.

    With servers that is EACH for each of them, but no more than this machine has cores: its encoders run here.
    """
    return config.at_once or max(1, min(EACH * len(servers(name)), cores()))


def shared_model(name: str, config: Config) -> LanguageModel:
    """The model of that name, loaded once in this process and shared by all who ask; never closed by them."""
    key = (name, config.adapter, config.cache, config.context, config.threads, config.prefill)
    with _sharing:
        if key not in _shared:
            _shared[key] = load_model(name, config)
        return _shared[key]


def model_hash(name: str, config: Config) -> str:
    """SHA-256 of the weights of a language model, in hexadecimal; "" for a server, whose weights aren't known.

    Where an adapter lies upon them, that of both hashes.
    """
    if servers(name):
        return ""
    from index.models.embed import weights_hash

    path = _find(name, config, None)
    weights = weights_hash(path, config.cache)
    if path.is_dir() or (adapter := _adapter(name, config)) is None:
        return weights
    return hashlib.sha256(f"{weights} {weights_hash(adapter, config.cache)}".encode()).hexdigest()


def pull(name: str, config: Config, progress: Progress | None = None) -> Path:
    """Where the weights of a language model or an embedder lie, fetched first if they weren't there.

    `progress` is called with (bytes done, bytes in all, what is being done). Raises ModelMissing,
    ModelDamaged, DiskFull. The copy that reads prompts faster is no part of it: `prepare_prefill` makes that.
    """
    if name in (encoders := catalogue(EMBEDDERS)):
        return fetch(encoders[name], config.cache, progress)
    return _find(name, config, progress)


def wants_prefill(name: str, config: Config) -> bool:
    """Whether a copy of a model that reads prompts faster is of use here: see `Config.prefill`."""
    if config.prefill == "off" or name not in catalogue(CATALOGUE) or _adapter(name, config) is None:
        return False
    if config.prefill == "on":
        return True
    enough = (memory() or 0) >= LEAST_MEMORY
    return enough and platform.machine().lower() in ("x86_64", "amd64")


def prepare_prefill(name: str, config: Config, progress: Progress | None = None) -> Path | None:
    """Where the copy of a model lies that reads prompts faster, made first if need be; None where none is wanted.

    It takes a minute, once. Raises what `pull` raises, and ModelFailed where the memory is too small.
    """
    if not wants_prefill(name, config):
        return None
    from qa.engines.prefill_weights import prepare

    weights, adapter = _find(name, config, progress), _adapter(name, config)
    report = progress or (lambda done, total, text: None)
    size = weights.stat().st_size
    try:
        return prepare(
            weights,
            adapter,
            config.cache,
            name,
            model_hash(name, config),
            lambda done, total: report(done * size // total, size, "making a copy that reads prompts faster"),
        )
    except OSError as e:
        raise DiskFull(
            f"no copy of {name} that reads prompts faster could be written to {config.cache} ({e.strerror or e}): "
            "free 2 GB and pull again, or set prefill to off; answers come without it, slower"
        ) from None
    except MemoryError:
        raise ModelFailed(
            f"there is too little memory to make the copy of {name} that reads prompts faster: end other programs "
            "and pull again, or set prefill to off; answers come without it, slower"
        ) from None
    except (ValueError, LookupError) as e:
        raise ModelDamaged(
            f"no copy that reads prompts faster can be made of {weights} with {adapter} ({e}): set prefill to off, "
            "or adapter to another file"
        ) from None
    except ImportError as e:
        raise ModelMissing(
            f"CTranslate2 can't be imported ({e}): pip install ctranslate2, or set prefill to off"
        ) from None


def _with_prefill(writer: LanguageModel, name: str, config: Config) -> LanguageModel:
    """The model with the copy that reads its prompts faster, where that was made and is wanted."""
    if not wants_prefill(name, config):
        return writer
    from qa.engines.prefill_weights import prepared

    folder = prepared(config.cache, name, model_hash(name, config))
    if folder is None:
        return writer
    from qa.engines.prefill import Paired, Prefill

    try:
        return Paired(writer, Prefill(folder, name, context=config.context, threads=config.threads))
    except FootnoteError:
        writer.close()
        raise


def installed(config: Config) -> list[Installed]:
    """All models known by name, embedders first."""
    entries = [*catalogue(EMBEDDERS).values(), *catalogue(CATALOGUE).values()]
    return [_row(entry, config.cache) for entry in entries]


def _adapter(name: str, config: Config) -> Path | None:
    """The adapter for a GGUF model, None where there is none or none is wanted. Raises ModelMissing."""
    if config.adapter == "none":
        return None
    if config.adapter == "auto":
        own = ADAPTERS / f"{name}.gguf"
        return own if name in catalogue(CATALOGUE) and own.exists() else None
    if not os.path.exists(path := os.path.expanduser(config.adapter)):
        raise ModelMissing(f"no adapter at {path}: name a .gguf file, auto or none as adapter")
    return Path(path)


def _no_adapter(name: str, config: Config) -> None:
    """Raises BadSetting where an adapter was named for a model that can't carry one."""
    if config.adapter not in ("auto", "none"):
        raise BadSetting(f"adapter is {config.adapter}, but {name} is no GGUF file: set adapter to none")


def _row(entry: Entry, cache: Path) -> Installed:
    return Installed(
        entry.name, entry.kind, entry.licence, entry.bytes, present(entry, cache), entry.path(cache)
    )


def _find(name: str, config: Config, progress: Progress | None) -> Path:
    known = catalogue(CATALOGUE)
    if name in known:
        return fetch(known[name], config.cache, progress)
    if name.startswith("hf:"):
        repo, _, file = name.removeprefix("hf:").partition(":")
        if file and not file.endswith(".gguf"):
            raise ModelMissing(
                f"{name}: only a .gguf file can be named; leave it out for the whole checkpoint"
            )
        return fetch_hub(repo, file or None, config.cache, progress)
    if os.path.exists(path := os.path.expanduser(name)):
        return Path(path)
    raise ModelMissing(
        f"no language model {name!r}: known are {', '.join(known)}; or give a .gguf file, a checkpoint's "
        f"folder, hf:organisation/name, hf:organisation/name:file.gguf, or http://server/v1"
    )

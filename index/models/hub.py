"""The Hugging Face hub as a source of models. Knows nothing of the cache, of locks, or of the package index."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging import ERROR
from pathlib import Path
from typing import Any

from index.errors import ModelMissing
from index.models.sources import File, Hub, Progress, SourceFailed, onwards

_SECONDS = 5.0
# What a checkpoint needs. Pickled weights (.bin, .pt) and code are left where they are: loading them runs them.
_SAFE = (".json", ".safetensors", ".txt", ".model", ".jinja")


def hub_files(repo: str, revision: str = "main") -> tuple[str, dict[str, File]]:
    """The commit that `revision` names, and that commit's files by path, with the hashes the hub records.

    Raises SourceFailed when the hub can't be reached or has no such repository.
    """
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    if constants.is_offline_mode():
        raise SourceFailed("not asked, as HF_HUB_OFFLINE is set")
    try:
        info = HfApi().model_info(repo, revision=revision, files_metadata=True, timeout=_SECONDS)
    except HFValidationError:
        raise SourceFailed("not a repository's name") from None
    except HfHubHTTPError as e:
        raise SourceFailed(f"answers {e.response.status_code}") from None
    except Exception as e:  # which ones depends on the hub library's HTTP client
        raise SourceFailed(f"can't be reached ({type(e).__name__})") from None
    found = {}
    for s in info.siblings or ():
        digest = f"sha256:{s.lfs.sha256}" if s.lfs else f"git:{s.blob_id}"
        found[s.rfilename] = File(s.rfilename, int((s.lfs.size if s.lfs else s.size) or 0), digest)
    return str(info.sha), found


def checkpoint_files(repo: str, file: str | None) -> tuple[str, tuple[File, ...]]:
    """The commit and the files to fetch of a hub repository: `file`, or a whole checkpoint without code.

    Raises ModelMissing when the hub has none.
    """
    try:
        commit, found = hub_files(repo)
    except SourceFailed as e:
        raise ModelMissing(f"hf:{repo} is not on this machine, and the hub was asked in vain: {e}") from None
    if file is not None:
        if file not in found:
            near = sorted(name for name in found if name.endswith(".gguf"))[:5]
            raise ModelMissing(f"hf:{repo} holds no {file}" + (f": it has {', '.join(near)}" if near else ""))
        return commit, (found[file],)
    wanted = tuple(
        f
        for name, f in sorted(found.items())
        if name.endswith(_SAFE) and "onnx" not in name and "openvino" not in name
    )
    if not any(f.path.endswith(".safetensors") for f in wanted):
        raise ModelMissing(
            f"hf:{repo} holds no safetensors weights: name a file with hf:{repo}:FILE.gguf, or another repository"
        )
    return commit, wanted


def download(source: Hub, files: tuple[File, ...], folder: Path, report: Progress) -> None:
    """Puts the files into `folder`, going on where an interrupted call stopped.

    Raises SourceFailed, before anything is fetched when a file there is not the one asked for; OSError.
    """
    from huggingface_hub import HfApi, hf_hub_download

    commit, found = hub_files(source.repo, source.revision)
    for file in files:
        there = found.get(file.path)
        if there is None:
            raise SourceFailed(f"it holds no {file.path}")
        if there.digest.partition(":")[0] == file.digest.partition(":")[0] and there.digest != file.digest:
            raise SourceFailed(f"its {file.path} is not the pinned one")
    total, done = sum(f.bytes for f in files), 0
    for file in files:
        text = f"from the hub: {file.path}"
        bar = _bar(onwards(report, done, total, text))
        try:
            with _quiet():
                hf_hub_download(
                    source.repo,
                    file.path,
                    revision=commit,
                    local_dir=folder,
                    endpoint=HfApi().endpoint,
                    tqdm_class=bar,
                )
        except Exception as e:
            if isinstance(e, OSError) and e.errno == errno.ENOSPC:
                raise
            raise SourceFailed(f"broke off at {file.path} ({type(e).__name__})") from None
        done += file.bytes


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the hub library's remarks, which would be written across a progress bar."""
    from huggingface_hub import logging

    level = logging.get_verbosity()
    logging.set_verbosity(ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(level)


def _bar(update: Callable[[int], None]) -> type[Any]:
    """A progress bar that draws nothing and hands on the bytes so far."""
    from tqdm import tqdm  # type: ignore[import-untyped]

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            self.bytes = int(kwargs.get("initial") or 0)
            super().__init__(*args, **{**kwargs, "disable": True})

        def update(self, n: float | None = 1) -> None:
            self.bytes += int(n or 0)
            update(self.bytes)

    return Bar

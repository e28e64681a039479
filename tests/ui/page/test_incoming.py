"""Adding articles on the page: files, a text, addresses, a folder; what becomes of each, and who may."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from index.config import Config
from index.library import Library
from ui.http.guard import LIBRARY_POLICY, LOOPBACK, Guard
from ui.page import articles, incoming, pages
from ui.page.adding import gather
from ui.page.session import Desk
from ui.page.uploads import Uploads


@dataclass
class Room:
    """The pages over an empty library."""

    web: TestClient
    library: Library
    uploads: Uploads

    def add(self, **said: str) -> str:
        """Sends the form and gives the page once the addition is over."""
        reply = self.web.post("/library/add", data=said)
        return self.over(reply)

    def over(self, reply: Any) -> str:
        page: str = reply.text
        while "data-running" in page:
            time.sleep(0.02)
            page = self.web.get(str(reply.url)).text
        return page

    def titles(self) -> list[str]:
        return [each.title for each in self.library.catalogue()]


@pytest.fixture
def room(tmp_path: Path, embedder: Any, scripted: Any) -> Iterator[Callable[..., Room]]:
    opened: list[Library] = []

    def start(*, local: bool = True, **settings: Any) -> Room:
        config = Config(library=tmp_path / "lib", cache=tmp_path / "cache", **settings)
        library = Library.open(config.library, embedder=embedder, create=True, config=config)
        opened.append(library)
        desk, uploads = Desk(library, scripted(""), config), Uploads(config.cache / "web")
        routes = [
            *pages.file_routes(),
            *articles.routes(library, local=local),
            *incoming.routes(desk, uploads, local=local),
        ]
        web = TestClient(Guard(Starlette(routes=routes), LOOPBACK), base_url="http://127.0.0.1:7860")
        web.get("/library/add")
        return Room(web, library, uploads)

    yield start
    for library in opened:
        library.close()


def test_a_pasted_text_is_an_article_letter_by_letter(room: Callable[..., Room]) -> None:
    here = room()
    text = '# No heading\n\n<b>No markup</b> & "quotes".'
    page = here.add(how="text", title="Minutes", publisher="The council", published="19 May 2017", text=text)
    assert "1 file added" in page
    [entry] = here.library.catalogue()
    assert (entry.title, entry.publisher, entry.published) == ("Minutes", "The council", "2017-05-19")
    assert here.library.article(entry.id).text == text
    # What came is kept with the library, and not twice.
    assert [file.name for file in (here.library.folder / "uploads").glob("*.json")] == ["Minutes.json"]
    assert not list(here.uploads.folder.rglob("*.json"))


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"title": "T", "published": "soon", "text": "Words."}, "is no date that can be read"),
        ({"title": "T", "text": " "}, "there is no text"),
        ({"title": "", "text": "Words."}, "needs a title"),
    ],
)
def test_a_text_that_cant_be_taken_stays_in_its_form(
    room: Callable[..., Room], said: dict[str, str], line: str
) -> None:
    here = room()
    reply = here.web.post("/library/add", data={"how": "text", **said})
    assert reply.status_code == 409
    assert line in reply.text
    assert said["text"] in reply.text
    assert here.titles() == []


def test_files_are_added_and_those_that_cant_be_read_are_named(room: Callable[..., Room]) -> None:
    here = room()
    files = [("files", ("tower.txt", b"The tower is 52 metres tall.")), ("files", ("broken.pdf", b"no PDF"))]
    page = here.over(here.web.post("/library/upload", files=files))
    assert "1 file added" in page
    assert "Not added" in page
    assert "broken.pdf" in page
    assert len(here.titles()) == 1
    assert not [file for file in here.uploads.folder.rglob("*") if file.is_file()]


def test_a_folder_is_read_where_it_lies_and_what_is_left_out_is_said(
    room: Callable[..., Room], tmp_path: Path
) -> None:
    here, folder = room(), tmp_path / "articles"
    folder.mkdir()
    (folder / "tower.txt").write_text("The tower is 52 metres tall.")
    (folder / "program.exe").write_bytes(b"MZ")
    page = here.add(how="folder", folder=str(folder))
    assert "1 file added" in page
    assert "Left out" in page
    assert "program.exe" in page
    assert [each.file for each in here.library.catalogue()] == [str(folder / "tower.txt")]
    for wrong in ("articles", str(tmp_path / "none"), ""):
        assert here.web.post("/library/add", data={"how": "folder", "folder": wrong}).status_code == 409


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", ""])
def test_folders_are_for_this_machines_user_alone(
    room: Callable[..., Room], tmp_path: Path, header: str
) -> None:
    here = room(local=bool(header))
    (tmp_path / "secret.txt").write_text("The password is tern.")
    headers = {header: "for=192.0.2.1"} if header else {}
    assert "A folder of this machine" not in here.web.get("/library/add", headers=headers).text
    said = {"how": "folder", "folder": str(tmp_path)}
    reply = here.web.post("/library/add", data=said, headers=headers)
    assert reply.status_code == 409
    assert "this machine&#39;s user alone" in reply.text
    assert here.titles() == []


def test_nothing_is_fetched_where_the_network_is_not_to_be_used(room: Callable[..., Room]) -> None:
    here = room(network=False)
    assert "Fetch and add" not in here.web.get("/library/add").text
    reply = here.web.post("/library/add", data={"how": "addresses", "addresses": "https://example.org/"})
    assert reply.status_code == 409
    assert "network is false" in reply.text


def test_nothing_is_fetched_from_this_machine_or_private_networks(room: Callable[..., Room]) -> None:
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        here = room()
        page = here.add(
            how="addresses", addresses=f"http://127.0.0.1:{server.server_port}/a\nhttp://10.0.0.1/"
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert asked == []
    assert "is this machine" in page
    assert "is in a private or reserved network" in page
    assert "--allow-private" not in page
    assert here.titles() == []


def test_what_is_no_address_is_said_before_anything_is_fetched(room: Callable[..., Room]) -> None:
    here = room()
    reply = here.web.post("/library/add", data={"how": "addresses", "addresses": "file:///etc/passwd"})
    assert reply.status_code == 409
    assert "is no address" in reply.text
    many = "\n".join(f"https://example.org/{n}" for n in range(51))
    assert here.web.post("/library/add", data={"how": "addresses", "addresses": many}).status_code == 409


def test_an_addition_that_is_stopped_keeps_what_it_has_added(
    room: Callable[..., Room], tmp_path: Path, embedder: Any
) -> None:
    here, folder = room(), tmp_path / "articles"
    folder.mkdir()
    for n in range(200):
        (folder / f"{n:03}.txt").write_text(f"The tower number {n} is {n} metres tall. " * 20)
    begun, go = threading.Event(), threading.Event()
    encode = embedder.encode_documents

    def held(texts: Any) -> Any:
        begun.set()
        assert go.wait(30)
        return encode(texts)

    embedder.encode_documents = held
    try:
        reply = here.web.post("/library/add", data={"how": "folder", "folder": str(folder)})
        assert begun.wait(30)
        running = here.web.get(str(reply.url))
        assert running.headers["content-security-policy"] == LIBRARY_POLICY
        assert "<progress" in running.text
        stopped = here.web.post(f"{reply.url}/stop")
        assert "Stopping…" in stopped.text
        go.set()
        assert "Stopped." in here.over(stopped)
    finally:
        go.set()
        embedder.encode_documents = encode
    assert 0 < len(here.titles()) < 200
    # The next one doesn't meet a library that is still being written to.
    assert "Not added" not in here.add(how="folder", folder=str(folder))
    assert len(here.titles()) == 200


def test_nobody_adds_anything_but_from_the_page(room: Callable[..., Room]) -> None:
    here = room()
    here.web.cookies.clear()
    assert (
        here.web.post("/library/add", data={"how": "text", "title": "T", "text": "Words."}).status_code == 403
    )
    assert here.web.post("/library/upload", files={"files": ("a.txt", b"Words.")}).status_code == 403
    assert here.web.get("/library/adding/none").status_code == 404
    assert here.titles() == []


def test_the_sample_articles_are_offered_while_there_are_none(room: Callable[..., Room]) -> None:
    here = room(local=False)
    offer = "Add the sample articles"
    assert offer in here.web.get("/library/add").text
    assert "added" in here.add(how="sample")
    assert any(title.startswith("Marsh takes chess title") for title in here.titles())
    assert offer not in here.web.get("/library/add").text


@pytest.mark.parametrize(
    ("seconds", "words"), [(20.0, "(less than a minute left)"), (200.0, "(about 3 minutes left)")]
)
def test_the_time_left_is_said_while_articles_are_added(
    room: Callable[..., Room], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, words: str
) -> None:
    here, shown = room(), []
    monkeypatch.setattr("index.pace.Pace.seconds_left", property(lambda _: seconds))
    (tmp_path / "tower.txt").write_text("The tower is 52 metres tall.")
    gather(
        here.library,
        [tmp_path / "tower.txt"],
        Config(library=here.library.folder),
        threading.Event(),
        shown.append,
    )
    assert f"Adding tower.txt… {words}" in [step.note for step in shown]
    assert shown[-1].finished
    assert shown[-1].note == ""

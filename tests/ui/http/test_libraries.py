"""Several libraries on one server, over real HTTP: each is asked by its name, and keeps to itself what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.config import Config
from index.errors import BadSetting, LibraryIncompatible, LibraryMissing
from index.library import Library
from index.read import make_article
from tests.conftest import BagOfWords, until
from tests.ui.conftest import Run, Served
from ui.http.libraries import NoLibrary, names_of, opened, serving
from ui.http.service import Service

TUNNEL = "The hill tunnel cost 90 million crowns, the ministry said."
QUESTION = "What did the hill tunnel cost?"
CHOOSER = r'class=\\?"fn-chooser'
SCRIPT = """<script src="/pages/chooser.js" defer></script>"""


def tunnel_reply(messages: Any) -> str:
    """What a model says of the bridge or the tunnel, whichever it was shown."""
    spoken = len(messages) > 2 and messages[-2].role == "assistant"
    what = ("tunnel", "90 million crowns") if TUNNEL in str(messages) else ("bridge", "41 million pounds")
    return f"The {what[0]} cost {what[1]}." if spoken else what[1]


@pytest.fixture
def two(served: Callable[..., Served], scripted: Any) -> Served:
    """A server over a library with an article on a bridge, and one, `works & co`, with an article on a tunnel."""
    tunnel = make_article(TUNNEL, title="Hill tunnel", source="tunnel.txt")
    return served(scripted(tunnel_reply), others={"works & co": [tunnel]})


@pytest.fixture
def client(two: Served) -> Iterator[httpx.Client]:
    with two.browser() as client:
        yield client


def short(reply: httpx.Response) -> Any:
    assert reply.status_code == 200, reply.text
    return reply.json()["short"]


def test_a_question_goes_to_the_library_that_is_named(client: httpx.Client) -> None:
    asked = {"question": QUESTION}
    assert short(client.post("/api/ask", json={**asked, "library": "works & co"})) == "90 million crowns"
    assert "90 million" not in client.post("/api/ask", json=asked).text
    hits = client.post("/api/search", json={**asked, "library": "works & co"}).json()["hits"]
    assert [hit["article"]["title"] for hit in hits] == ["Hill tunnel"]


def test_a_library_is_a_model(client: httpx.Client) -> None:
    import openai

    names = ["lib", "lib+footnotes", "works & co", "works & co+footnotes"]
    with openai.OpenAI(base_url=f"{client.base_url}/v1", api_key="none", max_retries=0) as program:
        assert [model.id for model in program.models.list()] == names
        assert program.models.retrieve("works & co").id == "works & co"
        messages: Any = [{"role": "user", "content": QUESTION}]
        for name in names[2:]:
            done = program.chat.completions.create(model=name, messages=messages)
            assert done.model == name
            assert "90 million crowns" in (done.choices[0].message.content or "")
        with pytest.raises(openai.NotFoundError, match="lists lib, works & co"):
            program.chat.completions.create(model="works", messages=messages)


def test_the_libraries_and_their_articles_are_listed(client: httpx.Client) -> None:
    listed = client.get("/api/libraries").json()["libraries"]
    assert [(each["name"], each["articles"]) for each in listed] == [("lib", 1), ("works & co", 1)]
    of = {"library": "works & co"}
    [tunnel] = client.get("/api/articles", params=of).json()["articles"]
    assert tunnel["title"] == "Hill tunnel"
    at = f"/api/articles/{tunnel['id']}"
    assert client.get(at).json()["text"] == client.get(at, params=of).json()["text"] == TUNNEL
    assert client.get(at, params={"library": "lib"}).status_code == 404


def test_a_library_that_is_not_there_is_said_with_those_that_are(client: httpx.Client) -> None:
    asked = {"question": QUESTION, "library": "attic"}
    replies = [
        client.post("/api/ask", json=asked),
        client.post("/api/search", json=asked),
        client.get("/api/articles", params={"library": "attic"}),
        client.get("/api/articles/x", params={"library": "attic"}),
    ]
    for reply in replies:
        assert reply.status_code == 404
        assert reply.json()["error"]["message"] == "no library 'attic': there is lib, works & co"
    for path in ("/", "/library", "/notes.md"):
        page = client.get(path, params={"library": "<b>attic"})
        assert page.status_code == 404
        assert "&lt;b&gt;attic" in page.text
        assert "lib, works &amp; co" in page.text


def test_the_description_says_where_a_library_can_be_named(client: httpx.Client) -> None:
    described = client.get("/api/openapi.json").json()
    for path in ("/api/articles", "/api/articles/{id}"):
        assert "library" in {each["name"] for each in described["paths"][path]["get"]["parameters"]}
    assert "library" in described["components"]["schemas"]["AskRequest"]["properties"]


def test_the_chat_offers_the_libraries(client: httpx.Client) -> None:
    page = client.get("/", params={"library": "works & co"}).text
    assert re.search(CHOOSER, page)


def test_what_a_tab_calls_goes_by_the_name_of_its_library(client: httpx.Client) -> None:
    """After the server was started with others it calls its own or none."""
    roots = [
        re.search(r'"root": ?"[^"]*(/libraries/\w+)"', client.get("/", params=of).text)
        for of in ({}, {"library": "lib"}, {"library": "works & co"})
    ]
    found = [root[1] for root in roots if root]
    assert found[0] == found[1] != found[2]
    for root in (found[0], found[2]):
        assert client.get(f"{root}/gradio_api/info").status_code == 200
    assert client.get("/libraries/0123456789/gradio_api/info").status_code == 404


def test_a_tab_from_when_there_was_one_library_asks_none(two: Served, client: httpx.Client) -> None:
    """The one that it is about needn't be the first; programs ask the first, as ever."""
    root = re.search(r'"root": ?"[^"]*(/libraries/\w+)"', client.get("/").text)
    assert root
    send, who = two.number("on_send"), {"session_hash": "abcdefghij"}
    close = {"data": [None, None], "fn_index": two.number("on_close"), **who}
    ask = {"data": [QUESTION, None, None], "fn_index": send, **who}
    assert client.post("/gradio_api/run/predict", json=close).status_code == 404
    assert client.post("/gradio_api/queue/join", json=ask).status_code == 404
    assert client.post(f"{root[1]}/gradio_api/run/predict", json=close).status_code == 200
    assert client.post(f"{root[1]}/gradio_api/queue/join", json=ask).status_code == 200
    called = client.post("/gradio_api/call/ask", json={"data": [QUESTION]}).json()["event_id"]
    assert "event: complete" in client.get(f"/gradio_api/call/ask/{called}").text


@pytest.mark.slow
def test_gradios_own_client_asks_the_first(two: Served) -> None:
    from gradio_client import Client

    client = Client(two.address, verbose=False)
    try:
        asked = "What did the harbour bridge cost?"
        assert client.predict(asked, api_name="/ask")["short"] == "41 million pounds"
    finally:
        client.close()


def test_pages_lead_to_pages_about_the_same_library(client: httpx.Client) -> None:
    of = {"library": "works & co"}
    page = client.get("/library", params=of).text
    assert "Hill tunnel" in page
    assert "Harbour bridge" not in page
    assert '<option value="works &amp; co" selected>' in page
    assert SCRIPT in page
    for path in ("/library", "/library/add", "/library/removed", "/runs", "/review"):
        page = client.get(path, params=of).text
        links = re.findall(r'(?:href|action)="(/[^"]*)"', page)
        within = [link for link in links if not link.startswith("/pages/")]
        # What is chosen or searched for comes with the form's own fields.
        forms = [link for link in within if "library=" not in link]
        assert set(forms) <= {"/library", "/review", "/runs/compare"}
        assert len(within) > len(forms) >= 0
    [article] = client.get("/api/articles", params=of).json()["articles"]
    shown = client.get("/library/article", params={"id": article["id"], **of}).text
    assert TUNNEL in shown
    gone = client.post("/library/remove", params=of, data={"id": article["id"]})
    assert gone.status_code == 303
    assert "library=works+%26+co" in gone.headers["location"]
    assert "Removed" in client.get(gone.headers["location"]).text
    assert client.get("/api/articles", params=of).json()["total"] == 0
    assert client.get("/api/articles").json()["total"] == 1


def test_what_is_added_goes_to_the_library_whose_page_it_is(client: httpx.Client) -> None:
    of = {"library": "works & co"}
    said = {"how": "text", "title": "Ferry", "text": "The ferry sails at noon from the old pier."}
    to = client.post("/library/add", params=of, data=said).headers["location"]
    sent = client.post(
        "/library/upload", params=of, files={"files": ("lock.md", b"The lock is shut in May.")}
    )
    for place in (to, sent.headers["location"]):
        until(lambda place=place: "data-running" not in client.get(place).text)
        assert "added" in client.get(place).text
    titles = {each["title"] for each in client.get("/api/articles", params=of).json()["articles"]}
    assert "Ferry" in titles
    assert len(titles) == 3
    assert client.get("/api/articles").json()["total"] == 1


def test_conversations_and_notes_are_those_of_the_library(two: Served, client: httpx.Client) -> None:
    from qa.conversations import settings_of

    desk = two.chat.desks.named("works & co")
    answer = desk.answer(QUESTION)
    place = desk.notebook.append(None, QUESTION, answer, settings_of(desk.config))
    desk.notes.add(answer.citations[0], "a remark on the tunnel", QUESTION)
    of = {"library": "works & co"}
    at = f"/conversations/{place.id}.md"
    assert "90 million" in client.get(at, params=of).text
    assert client.get(at).status_code == 404
    assert "a remark on the tunnel" in client.get("/notes.md", params=of).text
    assert "a remark on the tunnel" not in client.get("/notes.md").text


def test_questions_to_all_libraries_wait_in_one_line(two: Served) -> None:
    first, other = two.chat.desks
    assert first.line is other.line
    assert first.model is other.model
    assert first.library.embedder is other.library.embedder


def test_one_library_is_served_as_ever(served: Callable[..., Served]) -> None:
    with served().browser() as client:
        for path in ("/library", "/library/add", "/review", "/runs"):
            page = client.get(path).text
            assert "library=" not in page
            assert "chooser" not in page
        assert not re.search(CHOOSER, client.get("/").text)
        assert client.get("/library", params={"library": "lib"}).status_code == 200
        assert client.get("/library", params={"library": "attic"}).status_code == 404


def test_names_are_the_folders_and_differ() -> None:
    folders = [Path(p) for p in ("/a/news", "/b/news", "/c/news-2", "/", "/x/b/news")]
    assert names_of(folders) == ["a/news", "b/news", "news-2", "library", "x/b/news"]


def test_names_do_not_change_with_the_order_of_the_options() -> None:
    folders = [Path(p) for p in ("/a/news", "/b/news", "/x/b/news", "/b/reports", "/n\udcff", "/n\udcfe")]
    known = dict(zip(folders, names_of(folders), strict=True))
    assert len(set(known.values())) == len(folders)
    for order in permutations(folders):
        assert dict(zip(order, names_of(order), strict=True)) == known


def test_libraries_of_one_name_are_asked_by_the_folder_above(
    served: Callable[..., Served], scripted: Any
) -> None:
    import openai

    tunnel = make_article(TUNNEL, title="Hill tunnel", source="tunnel.txt")
    site = served(scripted(tunnel_reply), others={"works/lib": [tunnel]})
    name = site.chat.desks.names[1]
    assert name == "works/lib"
    with openai.OpenAI(base_url=f"{site.address}/v1", api_key="none", max_retries=0) as program:
        assert program.models.retrieve(name).id == name
        said = program.responses.create(model=name, input=QUESTION).output_text
        assert "90 million crowns" in said
    with site.browser() as client:
        assert "Hill tunnel" in client.get("/library", params={"library": name}).text
        assert client.get("/library", params={"library": "lib"}).status_code == 404


def test_the_name_of_a_library_comes_before_that_of_a_form(two: Served, tmp_path: Path) -> None:
    """A folder may be called as another one's model with footnotes is."""
    from ui.http.models import named

    libraries = [Library.open(tmp_path / name, create=True) for name in ("a", "a+footnotes")]

    def service(library: Library, config: Config, name: str, first: Service | None) -> Service:
        return Service(library, None, config, name=name, beside=first)

    each = serving(libraries, Config(), service)
    assert named(each, "a+footnotes") == (each.named("a+footnotes"), False)
    assert named(each, "a+footnotes+footnotes") == (each.named("a+footnotes"), True)
    with pytest.raises(NoLibrary, match="there is a, a"):
        each.named("b")
    for library in libraries:
        library.close()


@pytest.fixture
def folders(tmp_path: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders of two libraries."""
    monkeypatch.setattr("index.models.embed.load_embedder", lambda *_: embedder)
    for name in ("a", "b"):
        with Library.open(tmp_path / name, embedder=embedder, create=True) as library:
            library.add_articles([make_article(TUNNEL, title="Tunnel", source="tunnel.txt")])
    return [tmp_path / "a", tmp_path / "b"]


def test_libraries_are_opened_with_one_embedder_and_closed(folders: list[Path], tmp_path: Path) -> None:
    with opened(folders, Config(cache=tmp_path / "cache")) as libraries:
        assert libraries[0].embedder is libraries[1].embedder
    for library in libraries:
        with pytest.raises(Exception, match="closed"):
            library.status()


def test_what_cannot_be_served_is_said_at_the_start(folders: list[Path], tmp_path: Path) -> None:
    config, missing = Config(cache=tmp_path / "cache"), tmp_path / "c"
    with pytest.raises(LibraryMissing, match="/c"), opened([*folders, missing], config, create=True):
        pass
    with pytest.raises(LibraryMissing, match="/c"), opened([missing, *folders], config, create=True):
        pass
    assert not missing.exists()
    (tmp_path / "link").symlink_to(folders[0])
    with pytest.raises(BadSetting, match="named twice"), opened([*folders, tmp_path / "link"], config):
        pass

    with Library.open(missing, embedder=BagOfWords("1" * 64), create=True) as library:
        library.add_articles([make_article(TUNNEL, title="Tunnel", source="tunnel.txt")])
    with pytest.raises(LibraryIncompatible, match="/c"), opened([*folders, missing], config):
        pass
    with opened([tmp_path / "new"], config, create=True) as [made]:
        assert made.status().articles == 0


@pytest.mark.parametrize("command", ["serve --port 0", "mcp"])
def test_the_command_says_in_one_line_which_library_is_missing(filled: Run, command: str) -> None:
    code, printed, line = filled(*command.split(), "--library", "lib", "--library", "attic")
    assert (code, printed) == (3, "")
    assert line.count("\n") == 1
    assert "attic" in line

"""The library's pages: what the list shows, an article with its facts, and who may change what."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from index.library import Library
from index.read import make_article
from ui.http.guard import LOOPBACK, PAGES_POLICY, Guard
from ui.page import articles, mending, pages

HOSTILE = "<img src=//evil.example/1.png onerror=alert(1)><script>alert(1)</script>"
RECORDS = [
    {
        "title": "Harbour bridge opens",
        "publisher": "Example Post",
        "date": "2014-05-04",
        "text": "It cost 41 million.",
    },
    {"title": "Rats raid terns", "publisher": "The Daily", "date": "2017-06", "text": "The colony declined."},
    {"title": f"Chess {HOSTILE}", "publisher": "N.P.R.", "date": "2019", "text": f"Kask lost.\n\n{HOSTILE}"},
]


@pytest.fixture
def library(tmp_path: Path, embedder: Any) -> Iterator[Library]:
    news = tmp_path / "articles" / "news.jsonl"
    news.parent.mkdir()
    news.write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    minutes = tmp_path / "articles" / "minutes.txt"
    minutes.write_text("The council met and spoke of the colony of terns.")
    with Library.open(tmp_path / "lib", embedder=embedder, create=True) as opened:
        assert not opened.add([news, minutes]).failed
        yield opened


def client(library: Library, *, local: bool = False) -> TestClient:
    app = Starlette(
        routes=[
            *pages.file_routes(),
            *articles.routes(library, local=local),
            *mending.routes(library, local=local),
        ]
    )
    return TestClient(Guard(app, LOOPBACK), base_url="http://127.0.0.1:7860")


@pytest.fixture
def web(library: Library) -> TestClient:
    opened = client(library)
    assert opened.get("/library").status_code == 200  # which names the browser
    return opened


def titles(page: str) -> list[str]:
    """The titles in the list, in its order."""
    cells = re.findall(r'<th scope="row"[^>]*><a href="[^"]*">(.*?)</a>', page)
    return [html.unescape(cell)[:8].strip() for cell in cells]


def id_of(library: Library, title: str) -> str:
    return next(each.id for each in library.catalogue() if each.title.startswith(title))


def test_the_list_is_searched_narrowed_and_ordered(web: TestClient) -> None:
    def shown(query: str = "") -> list[str]:
        return titles(web.get(f"/library{query}").text)

    assert shown() == ["Chess <i", "Rats rai", "Harbour", "Minutes"]
    assert shown("?order=oldest") == ["Harbour", "Rats rai", "Chess <i", "Minutes"]
    assert shown("?order=title") == ["Chess <i", "Harbour", "Minutes", "Rats rai"]
    assert shown("?order=added")[0] == "Minutes"
    assert sorted(shown("?words=COLON+tern")) == ["Minutes", "Rats rai"]
    assert shown("?words=ats") == []  # within a word
    assert shown("?publisher=npr") == ["Chess <i"]
    assert shown("?since=2015&until=2018") == ["Rats rai"]
    assert shown("?undated=1") == ["Minutes"]
    assert shown("?kind=.txt") == ["Minutes"]
    assert "<option selected>.txt</option>" in web.get("/library?kind=.txt").text
    assert "4 articles from 2 files" in web.get("/library").text
    assert "1 of 4 articles" in web.get("/library?words=council").text


def test_a_file_is_chosen_by_a_name_that_shows_no_folder(
    web: TestClient, library: Library, tmp_path: Path
) -> None:
    page = web.get("/library").text
    assert str(tmp_path) not in page
    key = re.search(r'<option value="(\w+)">minutes\.txt</option>', page)
    assert key
    assert titles(web.get(f"/library?file={key[1]}").text) == ["Minutes"]
    library.add_articles([make_article("Made by a program.", title="Made")])
    assert titles(web.get("/library?file=0123456789abcdef").text) == []  # not those of no file


def test_what_cant_be_understood_is_said_in_the_words_of_the_page(web: TestClient) -> None:
    reply = web.get("/library?since=soon")
    assert "“From” &#39;soon&#39; is no date" in reply.text
    assert "--since" not in reply.text
    assert "leave one of both out" in web.get("/library?since=2017&undated=1").text
    assert titles(web.get("/library?page=999&order=nonsense").text)  # the last page there is


def test_long_lists_come_in_pages_of_fifty(tmp_path: Path, library_of: Any) -> None:
    many = [make_article(f"Text {n}.", title=f"T{n:03}", source=f"{n}.txt") for n in range(120)]
    with library_of(tmp_path / "lib", many) as library:
        web = client(library)
        first, last = web.get("/library?order=title").text, web.get("/library?order=title&page=3").text
        assert titles(first) == [f"T{n:03}" for n in range(50)]
        assert titles(last) == [f"T{n:03}" for n in range(100, 120)]
        assert "/library?order=title&amp;page=2" in first
        assert "101 to 120 are shown" in last
        turning = re.search(r'<form action="/library">(.*?)</form>', last, re.DOTALL)
        assert turning
        assert '<input type="hidden" name="order" value="title">' in turning[1]
        assert 'name="page" value="3"' in turning[1]


def test_an_article_leads_back_to_the_list_it_was_found_in(web: TestClient, library: Library) -> None:
    id = id_of(library, "Rats")
    found = web.get("/library?words=tern&order=title").text
    [way] = [html.unescape(link) for link in re.findall(r'href="([^"]*)">Rats', found)]
    lists = f"/library?words=tern&order=title#a-{id}"
    assert lists in html.unescape(web.get(way).text)
    back = "?words=tern&order=title&evil=1"
    said = {"id": id, "title": "Rats raid terns", "publisher": "D", "published": "2017-06", "back": back}
    assert lists in html.unescape(web.post("/library/edit", data=said).text)
    wrong = web.post("/library/edit", data={**said, "published": "soon"}).text
    assert lists in html.unescape(wrong)
    assert "evil" not in wrong
    assert f"/library#a-{id}" in web.get("/library/article", params={"id": id, "back": "https://x"}).text


def test_an_article_is_shown_whole_and_hostile_text_as_text(web: TestClient, library: Library) -> None:
    reply = web.get("/library/article", params={"id": id_of(library, "Chess")})
    assert reply.headers["content-security-policy"] == PAGES_POLICY
    assert "Kask lost." in reply.text
    assert "<img" not in reply.text
    assert "<script" not in reply.text
    assert html.escape(HOSTILE) in reply.text.replace("&#39;", "&#x27;")
    assert "<img" not in web.get("/library").text


def test_pages_links_and_words_read_from_images_are_told(tmp_path: Path, library_of: Any) -> None:
    report = make_article(
        "It rained.\n\nIt stopped.",
        title="Report",
        source="report.pdf",
        pages=[0, 12],
        ocr=True,
        url="https://example.org/r",
    )
    evil = make_article("Other words.", title="Evil", source="evil.txt", url="javascript:alert(1)")
    with library_of(tmp_path / "lib", [report, evil]) as library:
        web = client(library)
        page = web.get("/library/article", params={"id": report.id}).text
        assert page.index("p. 1") < page.index("It rained.") < page.index("p. 2") < page.index("It stopped.")
        assert "read from images" in page
        assert 'href="https://example.org/r"' in page
        assert "javascript:" not in web.get("/library/article", params={"id": evil.id}).text


def test_only_this_machines_user_sees_where_files_lie(library: Library, tmp_path: Path) -> None:
    about = {"id": id_of(library, "Rats")}
    assert str(tmp_path) in client(library, local=True).get("/library/article", params=about).text
    assert str(tmp_path) not in client(library).get("/library/article", params=about).text


def test_facts_are_set_by_hand_and_taken_back(web: TestClient, library: Library) -> None:
    id = id_of(library, "Rats")
    said = {"id": id, "title": "Rats raid terns", "publisher": "The Daily", "published": "19 May 2017"}
    assert "Saved." in web.post("/library/edit", data=said).text
    [now] = [each for each in library.catalogue() if each.id == id]
    assert (now.published, now.by_hand) == ("2017-05-19", ("published",))  # nothing but what differs
    assert "set by hand" in web.get("/library/article", params={"id": id}).text
    assert "again" in web.post("/library/edit", data={"id": id, "do": "as-read"}).text
    assert library.article(id).published == "2017-06"
    same = {**said, "published": "2017-06"}
    assert "Nothing was changed." in web.post("/library/edit", data=same).text


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [("published", "<b>soon", "is no date that can be read"), ("title", " ", "needs a title")],
)
def test_facts_that_cant_be_taken_change_nothing(
    web: TestClient, library: Library, field: str, value: str, line: str
) -> None:
    id = id_of(library, "Rats")
    said = {"id": id, "title": "Other", "publisher": "The Daily", "published": "2017-06", field: value}
    reply = web.post("/library/edit", data=said)
    assert reply.status_code == 409
    assert line in reply.text
    assert f'value="{html.escape(value)}"' in reply.text  # what was written is still there
    assert "<b>soon" not in reply.text
    assert re.findall(r'name="(\w+)"[^>]* autofocus', reply.text) == [field]
    assert library.article(id).title == "Rats raid terns"


def test_removing_is_undone(web: TestClient, library: Library) -> None:
    ids = [id_of(library, "Rats"), id_of(library, "Harbour")]
    reply = web.post("/library/remove", data={"id": ids, "back": "?words=tern&evil=1"})
    assert reply.url.path == "/library"
    assert "words=tern" in str(reply.url)
    assert "evil" not in str(reply.url)
    assert "Removed 2 articles." in reply.text
    assert len(library.catalogue()) == 2
    keys = re.findall(r'name="key" value="(\w+)"', reply.text)
    assert "2 articles are back." in web.post("/library/restore", data={"key": keys}).text
    assert set(ids) <= {each.id for each in library.catalogue()}


def test_one_of_what_was_removed_lately_comes_back_alone(web: TestClient, library: Library) -> None:
    for title in ("Rats", "Harbour"):  # both are of one file
        web.post("/library/remove", data={"id": id_of(library, title)})
    page = web.get("/library/removed").text
    found = re.findall(r'name="key" value="(\w+)">\s*<button aria-label="Bring back ([^"]*)"', page)
    assert [title for _, title in found] == ["Harbour bridge opens", "Rats raid terns"]
    web.post("/library/restore", data={"key": found[1][0]})
    assert [each.title for each in library.removed()] == ["Harbour bridge opens"]
    again = web.post("/library/restore", data={"key": found[1][0]})
    assert again.status_code == 404


def test_articles_that_are_gone_are_said_to_be(web: TestClient, library: Library) -> None:
    id = id_of(library, "Rats")
    library.remove([id])
    assert web.get("/library/article", params={"id": id}).status_code == 404
    assert web.post("/library/edit", data={"id": id, "title": "T"}).status_code == 404
    assert web.post("/library/remove", data={"id": id}).status_code == 404
    assert web.post("/library/remove", data={}).status_code == 400


@pytest.mark.parametrize("path", ["/library/edit", "/library/remove", "/library/restore"])
def test_nobody_changes_anything_but_from_the_page(library: Library, path: str) -> None:
    id = id_of(library, "Rats")
    said: dict[str, Any] = {"id": id, "title": "Other", "key": "x"}
    unknown = client(library)
    assert unknown.post(path, data=said).status_code == 403
    known = client(library)
    known.get("/library")
    asked: list[Callable[[], Any]] = [
        lambda: known.post(path, data=said, headers={"Origin": "http://evil.example"}),
        lambda: known.post(path, data=said, headers={"Sec-Fetch-Site": "cross-site"}),
    ]
    assert [each().status_code for each in asked] == [403, 403]
    assert known.post(path, data={**said, "title": "x" * 200_000}).status_code == 413
    assert library.article(id).title == "Rats raid terns"


def test_a_link_on_another_site_leaves_the_browser_its_name(library: Library) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    web = client(library)
    assert "set-cookie" not in web.get("/library", headers=elsewhere).headers
    assert "SameSite=Strict" in web.get("/library").headers["set-cookie"]
    assert "set-cookie" not in web.get("/library").headers

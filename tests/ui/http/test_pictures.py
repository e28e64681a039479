"""Pictures of pages over real HTTP: for the page and for programs, behind what guards all else, by id alone."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.index.test_pictures import QUOTE, written
from ui.http.keys import add as key_for
from ui.http.keys import given

WORDS = ("Its disappear-", "ance from the timetable was an afterthought, said", "the harbour master of Tarn.")
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    return written(tmp_path / "ferry.pdf", [(60, 100 + 13.0 * n, t) for n, t in enumerate(WORDS)])


def added(site: Any, path: Path) -> Any:
    """The article that adding the file makes."""
    site.library.add([path])
    [article] = [each for each in site.library.articles() if each.source == str(path)]
    return article


def test_a_program_gets_the_page_and_where_the_words_are(served: Any, pdf: Path) -> None:
    site = served()
    article = added(site, pdf)
    start = article.text.index(QUOTE)
    with httpx.Client(base_url=f"{site.address}/api/articles/{article.id}/pages", timeout=60) as client:
        got = client.get("/1.png")
        assert (got.status_code, got.headers["content-type"], got.content[:8]) == (200, "image/png", PNG)
        said = client.get("/1", params={"start": start, "end": start + len(QUOTE)}).json()
        assert (said["number"], said["pages"], said["height"], said["note"]) == (1, 1, 2000, "")
        first, second = said["marks"]
        assert 0 < first["top"] < first["bottom"] <= second["bottom"] < 0.2
        assert second["right"] > first["right"] > first["left"] == pytest.approx(60 / 595, abs=0.002)
        assert client.get("/1").json()["marks"] == []
        for path, line in (("/2", "ferry.pdf: has no page 2, but pages 1 to 1"),):
            refused = client.get(path)
            assert (refused.status_code, refused.json()["error"]["message"]) == (404, line)
        assert client.get("/0.png").status_code == 422
        pdf.unlink()
        assert client.get("/1.png").json()["error"]["message"] == "ferry.pdf: no such file"


def test_the_page_gets_it_by_id_alone(served: Any, pdf: Path, tmp_path: Path) -> None:
    site = served()
    article = added(site, pdf)
    written(tmp_path / "secret.pdf", [(60, 100, "Nobody may read this.")])
    with site.browser() as client:
        got = client.get(f"/articles/{article.id}/pages/1.png")
        assert (got.status_code, got.headers["content-type"], got.content[:8]) == (200, "image/png", PNG)
        assert got.headers["x-content-type-options"] == "nosniff"
        for id in ("none", "..", "%2e%2e", f"{tmp_path}/secret.pdf", "..%2fsecret.pdf", f"{article.id}%00"):
            assert client.get(f"/articles/{id}/pages/1.png").status_code == 404
        assert client.get(f"/articles/{article.id}/pages/-1.png").status_code == 404
        assert client.get(f"/articles/{article.id}/pages/{'9' * 30}.png").status_code == 404
        assert client.get(f"/articles/{article.id}/pages/{'9' * 5000}.png").status_code == 404
        assert client.get("/articles/none/pages/1.png").text == "No such article."
        listed = client.get("/library/article", params={"id": article.id}).text
        assert f'href="/articles/{article.id}/pages/1.png"' in listed
        assert str(tmp_path) not in client.get(f"/articles/{article.id}/pages/7.png").text
        evil = client.get(f"/articles/{article.id}/pages/1.png", headers={"Host": "evil.example"})
        assert evil.status_code == 403


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
def test_a_file_whose_name_is_no_text_is_named_in_a_line(served: Any, pdf: Path) -> None:
    os.rename(pdf, strange := os.path.join(os.fsencode(pdf.parent), b"caf\xe9.pdf"))
    site = served()
    site.library.add([Path(os.fsdecode(strange))])
    [article] = [each for each in site.library.articles() if each.source.endswith(".pdf")]
    with site.browser() as client:
        for path in ("articles", "api/articles"):
            address = f"/{path}/{article.id}/pages"
            assert client.get(f"{address}/1.png").status_code == 200
            refused = client.get(f"{address}/7.png")
            assert refused.status_code == 404
            assert "has no page 7, but pages 1 to 1" in refused.text


def test_pages_that_take_long_to_draw_hold_up_no_other_page(served: Any, pdf: Path) -> None:
    site = served()
    article = added(site, pdf)
    over = threading.Event()

    def get(n: int) -> int:
        path = f"{'/api' if n % 2 else ''}/articles/{article.id}/pages/1.png"
        here = httpx.HTTPTransport(local_address=f"127.0.0.{2 + n % 4}")
        with httpx.Client(base_url=site.address, transport=here, timeout=60) as client:
            return client.get(path, headers={"cookie": f"footnote={n:043}"}).status_code

    with ThreadPoolExecutor(48) as pool:
        with site.chat.desk.drawing.turn("", over, person=True):
            asked = [pool.submit(get, n) for n in range(48)]
            try:
                end = time.monotonic() + 5
                while sum(map(Future.done, asked)) < 36 and time.monotonic() < end:
                    time.sleep(0.05)
                assert httpx.get(f"{site.address}/library/removed", timeout=5).status_code == 200
            finally:
                over.set()
        statuses = [each.result() for each in asked]
    assert statuses.count(200) == 12
    assert set(statuses) == {200, 429, 503}


def test_password_and_keys_guard_the_pictures(served: Any, pdf: Path, tmp_path: Path) -> None:
    key = key_for("app", tmp_path / "keys")
    site = served(password="correct horse", keys=given(tmp_path / "keys"))
    id = added(site, pdf).id
    api, page = f"{site.address}/api/articles/{id}/pages/1.png", f"{site.address}/articles/{id}/pages/1.png"
    bearer = {"Authorization": f"Bearer {key}"}
    assert [httpx.get(each).status_code for each in (api, page)] == [401, 401]
    assert [httpx.get(each, headers=bearer, timeout=60).status_code for each in (api, page)] == [200, 401]
    assert httpx.get(page, auth=("", "correct horse"), timeout=60).status_code == 200

"""Files in archives and pages in crawls are read like files of their own; what is in there to do harm does none."""

from __future__ import annotations

import bz2
import gzip
import io
import os
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from index import Library
from index.errors import BadDocument
from index.read import archive, read
from index.read.budget import Reader
from index.types import Article

FERRY = "The ferry from Tarn closes in May.\n\nThe council voted on Monday, and nobody spoke against it.\n"
PAGE = (
    "<html><head><title>Mill sold</title></head><body><article><h1>Mill sold</h1>"
    "<p>The mill by the river was sold on Friday to a baker from Elm, who will mend its wheel.</p>"
    "<p>The town had owned it since 1911, and kept its archive in the loft for forty years.</p></article></body></html>"
)
FILES = {
    "news/ferry.txt": FERRY,
    "pages/mill.html": PAGE,
    "list.jsonl": '{"text": "It rained."}\n{"text": "It snowed."}\n',
}


def zipped(path: Path, files: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return path


def tarred(path: Path, files: Mapping[str, str | bytes], mode: Any = "w") -> Path:
    with tarfile.open(path, mode) as made:
        for name, text in files.items():
            data = text.encode() if isinstance(text, str) else text
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tgz", "a.tar.xz"])
def test_every_file_in_an_archive_is_read(tmp_path: Path, name: str) -> None:
    mode = {"a.tar": "w", "a.tar.xz": "w:xz"}.get(name, "w:gz")
    made = zipped(tmp_path / name, FILES) if name == "a.zip" else tarred(tmp_path / name, FILES, mode)
    found = {article.source.rpartition("/a.")[2].partition("#")[2]: article for article in read(made)}
    assert set(found) == {"news/ferry.txt", "pages/mill.html", "list.jsonl:1", "list.jsonl:2"}
    assert found["pages/mill.html"].title == "Mill sold"
    assert found["news/ferry.txt"].text == FERRY.strip()
    assert len({article.id for article in found.values()}) == 4


@pytest.mark.parametrize(("name", "pack"), [("ferry.txt.gz", gzip.compress), ("ferry.txt.bz2", bz2.compress)])
def test_a_compressed_file_is_read(tmp_path: Path, name: str, pack: Any) -> None:
    (tmp_path / name).write_bytes(pack(FERRY.encode()))
    (article,) = read(tmp_path / name)
    assert article.text == FERRY.strip()


def test_an_archive_is_added_and_its_articles_found(tmp_path: Path, embedder: Any) -> None:
    (tmp_path / "files").mkdir()
    made = zipped(tmp_path / "files" / "a.zip", FILES)
    with Library.open(tmp_path / "lib", embedder=embedder, create=True) as library:
        assert library.add([tmp_path / "files"]).articles == 4
        assert library.add([made]).unchanged == 1
        zipped(made, {"news/ferry.txt": FERRY})
        assert library.add([made]).updated == 1
        assert [article.source for article in library.articles()] == [f"{made}#news/ferry.txt"]
        assert library.article_from(f"{made}#news/ferry.txt") is not None


def test_names_that_lead_out_of_the_archive_lead_nowhere(tmp_path: Path) -> None:
    names = (
        "../../up.txt",
        "/etc/abs.txt",
        "a/../../b.txt",
        "c:\\windows\\d.txt",
        "con\x01.txt",
        "x" * 300 + ".txt",
    )
    before = set(tmp_path.rglob("*"))
    found = read(zipped(tmp_path / "a.zip", {name: f"{FERRY} {n}" for n, name in enumerate(names)}))
    assert len(found) == len(names)
    assert set(tmp_path.rglob("*")) - before == {tmp_path / "a.zip"}
    assert not Path("/etc/abs.txt").exists()


def test_links_and_devices_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("A secret of the house.")
    with tarfile.open(tmp_path / "a.tar", "w") as made:
        for name, kind in (
            ("link.txt", tarfile.SYMTYPE),
            ("hard.txt", tarfile.LNKTYPE),
            ("pipe.txt", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, os.fspath(tmp_path / "secret.txt")
            made.addfile(info)
        info = tarfile.TarInfo("ferry.txt")
        info.size = len(FERRY.encode())
        made.addfile(info, io.BytesIO(FERRY.encode()))
    (article,) = read(tmp_path / "a.tar")
    assert article.text == FERRY.strip()


def test_what_unpacks_to_very_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(tmp_path / "a.zip", {"a.txt": b"a" * (40 * 2**20)})
    with pytest.raises(BadDocument, match="unpacks to more than is read of an archive"):
        read(bomb)
    monkeypatch.setattr(archive, "_MOST_FILES", 3)
    for made in (zipped, tarred):
        with pytest.raises(BadDocument, match="holds more than 3 files"):
            read(
                made(
                    tmp_path / f"b.{'zip' if made is zipped else 'tar'}",
                    {f"{n}.txt": FERRY for n in range(4)},
                )
            )


def test_an_archive_in_an_archive_is_named(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", FILES).read_bytes()
    flaws: list[str] = []
    (article,) = read(zipped(tmp_path / "a.zip", {"inner.zip": inner, "ferry.txt": FERRY}), flaws)
    assert article.text == FERRY.strip()
    assert flaws == [f"{tmp_path / 'a.zip'}: 1 of its files are archives themselves: unpack it"]


def test_one_bad_file_costs_that_file(tmp_path: Path) -> None:
    flaws: list[str] = []
    made = zipped(tmp_path / "a.zip", {"ferry.txt": FERRY, "deep/bad.pdf": "no PDF", "empty.txt": ""})
    (article,) = read(made, flaws)
    assert article.text == FERRY.strip()
    assert sorted(flaws) == [
        f"{made}#deep/bad.pdf: is not a PDF, or is damaged",
        f"{made}#empty.txt: the file is empty",
    ]


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.gz", "a.xz", "a.warc", "a.warc.gz"])
def test_damaged_archives_are_refused_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"none of that kind" * 50)
    with pytest.raises(BadDocument, match=f"{name}: ") as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_saved_page_in_an_archive_is_one_article(tmp_path: Path) -> None:
    files = {
        "mill.html": PAGE,
        "mill_files/frame.html": PAGE.replace("mill", "shop"),
        "__MACOSX/._mill.html": "x",
    }
    (article,) = read(zipped(tmp_path / "a.zip", files))
    assert article.title == "Mill sold"


@pytest.mark.elsewhere
def test_each_file_of_an_archive_has_its_time(tmp_path: Path) -> None:
    made = zipped(tmp_path / "a.zip", {f"{n}.txt": f"{FERRY} {n}" for n in range(30)})
    steps: list[str] = []
    with Reader(step=lambda path, what: steps.append(what)) as reader:
        articles, _ = reader.read(made)
    assert len(articles) == 30
    assert sorted(steps) == sorted(f"{n}.txt" for n in range(30))


def crawl(path: Path, pages: Mapping[str, tuple[str, str, bytes]]) -> Path:
    pack = gzip.compress if path.suffix == ".gz" else bytes
    with path.open("wb") as file:
        for address, (status, kind, body) in pages.items():
            answer = (
                f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = (
                f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {address}\r\nWARC-Date: 2024-05-01T10:00:00Z\r\n"
                f"WARC-Record-ID: <urn:uuid:{hash(address)}>\r\nContent-Type: application/http; msgtype=response\r\n"
                f"Content-Length: {len(answer)}\r\n\r\n"
            )
            file.write(pack(head.encode() + answer + b"\r\n\r\n"))
    return path


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_each_page_of_a_crawl_is_an_article(tmp_path: Path, name: str) -> None:
    other = PAGE.replace("mill", "café").replace("Mill", "Café")
    made = crawl(
        tmp_path / name,
        {
            "https://elm.org/mill": ("200 OK", "text/html; charset=utf-8", PAGE.encode()),
            "https://elm.org/cafe": ("200 OK", "text/html; charset=iso-8859-1", other.encode("latin-1")),
            "https://elm.org/gone": ("404 Not Found", "text/html", PAGE.encode()),
            "https://elm.org/a.png": ("200 OK", "image/png", b"\x89PNG"),
        },
    )
    found: list[Article] = read(made)
    assert [(a.title, a.url) for a in found] == [
        ("Mill sold", "https://elm.org/mill"),
        ("Café sold", "https://elm.org/cafe"),
    ]
    assert found[0].source == f"{made}#1"


def test_a_crawl_that_breaks_off_keeps_what_is_before(tmp_path: Path) -> None:
    pages = {
        f"https://elm.org/{n}": ("200 OK", "text/html", PAGE.replace("1911", f"19{n}").encode())
        for n in range(11, 20)
    }
    whole = crawl(tmp_path / "a.warc.gz", pages).read_bytes()
    (tmp_path / "a.warc.gz").write_bytes(whole[: len(whole) // 2])
    flaws: list[str] = []
    assert len(read(tmp_path / "a.warc.gz", flaws)) >= 3
    assert all("a.warc.gz" in flaw for flaw in flaws)

"""The commands on articles: list, remove, edit, export; and what add and sync say of articles and files."""

import json
from pathlib import Path

from tests.index.web.conftest import Site, site
from tests.ui.conftest import Run

__all__ = ["site"]


def lines(path: Path, count: int) -> None:
    records = [
        {"title": f"Storm {i}", "text": f"Storm number {i} came.", "date": "2017"} for i in range(count)
    ]
    path.write_text("\n".join(map(json.dumps, records)))


def test_articles_are_counted_as_articles_and_files_as_files(footnote: Run, tmp_path: Path) -> None:
    lines(tmp_path / "news.jsonl", 168)
    assert footnote("add", "news.jsonl")[1].startswith("168 articles added from 1 file;")
    assert "168 articles unchanged in 1 file" in footnote("add", "news.jsonl")[1]
    assert "168 from 1 file" in footnote("status")[1]
    assert "168 articles from 1 file" in footnote("list")[1]
    assert json.loads(footnote("status", "--json")[1])["files"] == 1
    assert json.loads(footnote("add", "news.jsonl", "--json")[1])["unchanged_articles"] == 168
    (tmp_path / "news.jsonl").rename(tmp_path / "older.jsonl")
    assert "1 file moved" in footnote("sync", ".")[1]
    (tmp_path / "older.jsonl").write_text('{"text": "All else is gone."}')
    (tmp_path / "other.txt").write_text("Another one stays.")
    footnote("add", "other.txt")
    (tmp_path / "older.jsonl").unlink()
    assert "older.jsonl: 168 articles" in footnote("sync", ".", "--dry-run")[1]
    assert "168 articles removed with 1 file" in footnote("sync", ".")[1]


def test_an_article_is_listed_edited_removed_and_restored(filled: Run, tmp_path: Path) -> None:
    (entry,) = json.loads(filled("list", "--json")[1])
    assert entry["title"] == "Harbour bridge opens"
    assert entry["file"].endswith("bridge.md")
    code, out, _ = filled("edit", entry["id"][:6], "--publisher", "Evening [bold]Echo", "--published", "")
    assert code == 0
    assert "Evening [bold]Echo*" in " ".join(out.split())
    assert "No articles." in filled("list", "--since", "2014")[1]
    assert "Harbour" in filled("list", "--undated", "--file", "bridge.md", "--publisher", "evening")[1]
    out = filled("remove", "Harbour bridge opens")[1]
    assert out.index("These go:") < out.index("Harbour") < out.index("1 article removed")
    assert "No articles." in filled("list")[1]
    assert "1 article of 1 file brought back" in filled("restore", "--all")[1]
    assert json.loads(filled("list", "--json")[1])[0]["by_hand"] == ["publisher", "published"]
    assert filled("edit", entry["id"], "--as-read", "--json")[0] == 0
    assert json.loads(filled("list", "--json")[1]) == [entry]


def test_the_library_is_exported_and_added_elsewhere(filled: Run, tmp_path: Path) -> None:
    assert "1 article written to all.jsonl" in filled("export", "all.jsonl")[1]
    assert "1 article added" in filled("add", "all.jsonl", "--library", "second")[1]
    (there,) = json.loads(filled("list", "--library", "second", "--json")[1])
    (here,) = json.loads(filled("list", "--json")[1])
    assert {**there, "id": 0, "file": 0, "source": 0} == {**here, "id": 0, "file": 0, "source": 0}


def test_what_cannot_be_done_is_said_in_a_line(filled: Run) -> None:
    for arguments in (
        ("remove", "nothing of that name"),
        ("edit", "Harbour bridge opens"),
        ("edit", "Harbour bridge opens", "--published", "soon"),
        ("edit", "Harbour bridge opens", "--title", "X", "--as-read"),
        ("list", "--undated", "--since", "2014"),
        ("export", "all.csv"),
    ):
        code, _, err = filled(*arguments)
        assert (code, err.count("\n")) == (2, 1), arguments
    assert "1 article from 1 file" in filled("list")[1]


def test_pages_are_added_by_address_and_by_list(footnote: Run, tmp_path: Path, site: Site) -> None:
    address = site.page("/1", "Rain in May", "It rained for nine days.")
    (tmp_path / "list.txt").write_text(f"# mine\n{site.page('/2', 'Snow', 'It snowed.')}\n{site.address}/3\n")
    (tmp_path / "a.txt").write_text("Ants are many.")
    code, out, err = footnote("add", "a.txt", address, "--from", "list.txt", "--allow-private")
    assert code == 6
    assert out.startswith("3 articles added from 3 files")
    assert f"not read: {site.address}/3: answers 404" in err
    assert address in footnote("list", "--json")[1]
    assert "1 article removed" in footnote("remove", address)[1]


def test_pages_are_not_fetched_from_here_nor_without_the_network(footnote: Run, site: Site) -> None:
    address = site.page("/1", "Rain in May", "It rained for nine days.")
    code, _, err = footnote("add", address)
    assert (code, "this machine" in err) == (6, True)
    code, _, err = footnote("add", address, "--no-network", "--allow-private")
    assert (code, "network is false" in err, err.count("\n")) == (2, True, 1)
    assert site.asked == []
    assert footnote("add")[0] == 2


def test_feeds_are_followed_and_asked(footnote: Run, site: Site) -> None:
    item = f"<item><title>Rain</title><link>{site.page('/1', 'Rain', 'It rained.')}</link></item>"
    rss = f"<rss version='2.0'><channel><title>The [b]Daily</title>{item}</channel></rss>"
    address = site.put("/feed", rss, "text/xml")
    assert "1 feed followed" in footnote("feed", "add", address, "--allow-private")[1]
    assert json.loads(footnote("feed", "list", "--json")[1])[0]["url"] == address
    assert "The [b]Daily" in footnote("feed", "list")[1]
    code, out, _ = footnote("feed", "update", "--allow-private")
    assert (code, "1 feed asked: 1 new entry" in out, "1 article added" in out) == (0, True, True)
    assert footnote("feed", "update", "--no-network")[0] == 2
    assert "no more" in footnote("feed", "remove", "The [b]Daily")[1]
    assert footnote("feed", "remove", address)[0] == 2

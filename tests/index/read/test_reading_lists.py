"""Exports of reading lists: entries with text are articles, and of the others it is said how many there are."""

from pathlib import Path

import pytest

from index.errors import BadDocument
from index.read import read

LISTS = {
    "pocket.csv": "title,url,time_added,tags,status\nMill sold,https://elm.org/1,1700000000,,unread\n"
    "Ferry closes,https://elm.org/2,1700000001,a|b,archive\n",
    "instapaper.csv": "URL,Title,Selection,Folder,Timestamp,Tags\nhttps://elm.org/1,Mill sold,,Unread,1700000000,[]\n"
    "https://elm.org/2,Ferry closes,,Archive,1700000001,[]\n",
    "readwise.csv": "Title,URL,ID,Document tags,Saved date,Reading progress,Location,Seen\n"
    "Mill sold,https://elm.org/1,01a,[],2024-05-01,0,new,True\nFerry,https://elm.org/2,01b,[],2024-05-01,0,later,True\n",
    "pocket.html": "<!DOCTYPE html><html><head><title>Pocket Export</title></head><body><h1>Unread</h1><ul>"
    '<li><a href="https://elm.org/1" time_added="1" tags="">Mill sold</a></li>'
    '<li><a href="https://elm.org/2" time_added="2" tags="">Ferry closes</a></li></ul></body></html>',
    "bookmarks.html": "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>Bookmarks</TITLE><DL><p>"
    '<DT><A HREF="https://elm.org/1">Mill sold</A>\n<DT><A HREF="https://elm.org/2">Ferry closes</A></DL>',
    "refs.ris": "TY  - NEWS\nTI  - Mill sold\nUR  - https://elm.org/1\nER  - \n\nTY  - JOUR\nTI  - Ferry\nER  - \n",
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_addresses_is_named_as_that_with_their_number(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(LISTS[name])
    with pytest.raises(BadDocument, match="2 entries are addresses only, no text: save the pages themselves"):
        read(tmp_path / name)


def test_what_was_marked_is_an_article_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "URL,Title,Selection,Folder,Timestamp,Tags\n"
        'https://elm.org/1,Mill sold,"The mill by the river was sold.",Unread,1700000000,[]\n'
        "https://elm.org/2,Ferry closes,,Archive,1700000001,[]\n"
    )
    flaws: list[str] = []
    (article,) = read(tmp_path / "a.csv", flaws)
    assert (article.title, article.text) == ("Mill sold", "The mill by the river was sold.")
    assert (article.url, article.published) == ("https://elm.org/1", None)
    assert flaws == [
        f"{tmp_path / 'a.csv'}: 1 entry is an address only, with no text: save the pages themselves and add those"
    ]


def test_a_highlight_is_an_article_named_after_its_book(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "Highlight,Book Title,Book Author,Amazon Book ID,Note,Color,Tags,Location Type,"
        "Location,Highlighted at,Document tags\n"
        '"The mill, by then, was a ruin.",Rivers,L. Holm,,,,,order,1,2024-05-01 09:00:00+00:00,\n'
        '"Nobody swam.",Rivers,L. Holm,,,,,order,2,2024-05-01 09:01:00+00:00,\n'
    )
    flaws: list[str] = []
    articles = read(tmp_path / "a.csv", flaws)
    assert [(each.title, each.text, each.published) for each in articles] == [
        ("Rivers", "The mill, by then, was a ruin.", None),
        ("Rivers", "Nobody swam.", None),
    ]
    assert flaws == []


def test_abstracts_of_references_are_articles_with_their_journal_and_date(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        '"Key","Item Type","Publication Year","Author","Title","Publication Title","Url","Abstract Note","Date"\n'
        '"A1","journalArticle","2019","Holm, L.","On ferries","Journal of Rivers","https://jor.org/1",'
        '"Ferries are dear.","2019-05-02"\n'
    )
    (tmp_path / "a.ris").write_text(
        "TY  - JOUR\nTI  - On ferries\nJO  - Journal of Rivers\nDA  - 2019/05/02/\nPY  - 2019\nUR  - https://jor.org/1\n"
        "AB  - Ferries are\ndear.\nER  - \n"
    )
    for name, text in (("a.csv", "Ferries are dear."), ("a.ris", "Ferries are\ndear.")):
        (article,) = read(tmp_path / name)
        assert (article.title, article.publisher, article.published) == (
            "On ferries",
            "Journal of Rivers",
            "2019-05-02",
        )
        assert (article.text, article.url) == (text, "https://jor.org/1")


def test_a_table_with_addresses_in_it_is_still_a_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("town,url,rain\nElm,https://elm.org,7\n")
    (article,) = read(tmp_path / "a.csv")
    assert "Elm | https://elm.org | 7" in article.text

"""What a user decides about articles: facts set by hand, articles removed; and that it outlasts reading files again."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index import Library
from index.errors import BadSetting
from index.library import Entry
from index.read import make_article
from index.search.scope import Scope
from index.store.catalogue import find
from index.store.doctor import examine
from index.types import Article
from tests.conftest import BagOfWords


@pytest.fixture
def library(tmp_path: Path, embedder: BagOfWords) -> Iterator[Library]:
    with Library.open(tmp_path / "library", embedder=embedder, create=True) as library:
        yield library
    assert [each for each in examine(tmp_path / "library") if each.harm] == []


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "news.jsonl"
    write(path, ["Rain", "Snow", "Wind"])
    return path


def write(path: Path, titles: list[str]) -> None:
    records = [{"title": title, "text": f"{title} fell on the town all day."} for title in titles]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def named(library: Library, which: str) -> Entry:
    (entry,) = find(library.catalogue(), which)
    return entry


def titles(library: Library) -> list[str]:
    return [entry.title for entry in library.catalogue()]


def test_facts_set_by_hand_outlast_the_unchanged_and_the_changed_file(
    library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "storm.txt"
    path.write_text("Storm warning\n\nThe storm comes from the west.")
    library.add([path])
    library.edit(named(library, str(path)).id, {"publisher": "The Daily", "published": "19 May 2017"})
    library.add([path])
    path.write_text("Storm over\n\nThe storm has gone to the east, and nobody was hurt.")
    assert library.add([path]).updated == 1
    entry = named(library, str(path))
    assert (entry.title, entry.publisher, entry.published) == ("Storm over", "The Daily", "2017-05-19")
    assert entry.by_hand == ("publisher", "published")


def test_facts_stay_with_their_line_wherever_it_moves_and_with_no_other(
    library: Library, lines: Path
) -> None:
    library.add([lines])
    library.edit(named(library, "Snow").id, {"published": "2018"})
    write(lines, ["Hail", "Fog", "Snow"])
    library.add([lines])
    assert {entry.title: entry.published for entry in library.catalogue()} == {
        "Hail": None, "Fog": None, "Snow": "2018",
    }  # fmt: skip
    write(lines, ["Hail", "Fog"])
    library.add([lines])
    assert all(entry.published is None for entry in library.catalogue())
    write(lines, ["Snow", "Hail", "Fog"])
    library.add([lines])
    assert named(library, "Snow").published == "2018", "it is kept for when the line is back"


def test_a_title_set_by_hand_is_searched_and_embedded_once(
    library: Library, lines: Path, embedder: BagOfWords
) -> None:
    library.add([lines])
    id = named(library, "Wind").id
    embedder.documents = 0
    library.edit(id, {"title": "Hurricane Zebedee"})
    assert embedder.documents == 1
    assert library.search("Zebedee", k=1, by="bm25")[0].article.id == id
    assert library.search("Zebedee", k=1, by="dense")[0].article.id == id
    library.edit(id, {"publisher": "The Daily"})
    write(lines, ["Wind", "Rain"])
    library.add([lines])
    assert named(library, "Hurricane Zebedee").publisher == "The Daily"
    assert embedder.documents == 1


def test_what_was_set_can_be_taken_back(library: Library, lines: Path) -> None:
    library.add([lines])
    before = named(library, "Rain")
    library.edit(before.id, {"title": "Drizzle", "published": "2019"})
    library.edit(before.id, {})
    assert named(library, "Rain") == before


def test_facts_of_a_programs_article_outlast_its_being_added_again(library: Library) -> None:
    article = make_article("It rained.", title="Rain", source="a program")
    library.add_articles([article])
    library.edit(article.id, {"published": "2017"})
    assert library.add_articles([article]).unchanged == 1
    assert library.article(article.id).published == "2017"


@pytest.mark.parametrize(
    ("facts", "why"), [({"published": "soon"}, "no date"), ({"title": " \n"}, "needs a title")]
)
def test_facts_that_are_none_are_refused(
    library: Library, lines: Path, facts: dict[str, str], why: str
) -> None:
    library.add([lines])
    with pytest.raises(BadSetting, match=why):
        library.edit(named(library, "Rain").id, facts)
    assert named(library, "Rain").by_hand == ()


def test_a_removed_article_stays_removed_until_it_is_restored(library: Library, lines: Path) -> None:
    library.add([lines])
    id = named(library, "Snow").id
    library.remove([id])
    assert titles(library) == ["Rain", "Wind"]
    assert library.search("Snow", k=5, by="bm25") == [] or "Snow" not in titles(library)
    assert library.sync([lines.parent]).unchanged == 1
    write(lines, ["Hail", "Rain", "Snow", "Wind"])
    assert library.sync([lines.parent]).left_out == 1
    assert sorted(titles(library)) == ["Hail", "Rain", "Wind"]
    (failure,) = library.restore().failed
    assert "add it by its name" in failure[1]
    library.add([lines])
    assert sorted(titles(library)) == ["Hail", "Rain", "Snow", "Wind"]


def test_restoring_a_removed_article_brings_it_back_whole(
    library: Library, lines: Path, embedder: BagOfWords
) -> None:
    library.add([lines])
    before = {article.id: article for article in library.articles()}
    library.remove([named(library, "Snow").id])
    library.remove([named(library, "Rain").id])
    embedder.documents = 0
    assert library.restore([lines]).articles == 2
    assert embedder.documents == 0
    assert {article.id: article for article in library.articles()} == before
    write(lines, ["Rain", "Snow", "Fog"])
    library.sync([lines.parent])
    assert sorted(titles(library)) == ["Fog", "Rain", "Snow"], "they count as removed no more"


def test_a_file_named_to_add_comes_back_and_one_in_a_folder_does_not(
    library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "a.txt").write_text("Ants are many.")
    library.add([folder])
    library.remove([named(library, str(folder / "a.txt")).id])
    assert library.add([folder]).articles == 0
    assert library.status().articles == library.status().files == 0
    assert library.add([folder / "a.txt"]).articles == 1
    assert library.removed() == []


def test_removing_what_a_program_added(library: Library) -> None:
    article = make_article("It rained.", title="Rain", source="a program")
    library.add_articles([article])
    library.remove([article.id])
    assert library.status().articles == 0
    assert library.restore().articles == 1
    assert library.article(article.id) == article


def test_nothing_is_removed_where_one_of_them_is_not_there(library: Library, lines: Path) -> None:
    library.add([lines])
    with pytest.raises(KeyError):
        library.remove([named(library, "Rain").id, "nosuch"])
    assert library.status().articles == 3


def test_articles_are_named_by_id_file_address_and_title(library: Library, lines: Path) -> None:
    twice = lines.with_name("twice.jsonl")
    write(twice, ["Rain"])
    library.add([lines, twice])
    listed = library.catalogue()
    snow = named(library, "Snow")
    assert find(listed, snow.id[:6]) == [snow]
    assert find(listed, f"{lines}#2") == [snow]
    assert len(find(listed, str(lines))) == 3
    with pytest.raises(BadSetting, match="names 2 articles"):
        find(listed, "Rain")
    with pytest.raises(BadSetting, match="no article"):
        find(listed, "Sno")


def test_the_list_is_filtered(library: Library, lines: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "fog.md"
    other.parent.mkdir()
    other.write_text("---\ntitle: Fog\ndate: 2017-05-19\npublisher: The Daily\n---\nFog lay on the town.")
    library.add([lines, other])
    assert [e.title for e in library.catalogue(paths=[other.parent])] == ["Fog"]
    assert [e.title for e in library.catalogue(paths=[lines])] == ["Rain", "Snow", "Wind"]
    assert [e.title for e in library.catalogue(undated=True)] == ["Rain", "Snow", "Wind"]


def as_given(a: Article) -> tuple[object, ...]:
    """What of an article does not hang on where it is kept."""
    return a.title, a.text, a.url, a.publisher, a.published, a.pages, a.ocr


def test_an_export_comes_back_as_it_was(library: Library, tmp_path: Path, embedder: BagOfWords) -> None:
    odd = "He wrote <b>bold</b><br> and </p>, and it ended so: … [+123 chars]"
    given = [
        make_article(odd, title="Markup | Daily", url="https://www.daily.org/1", source="1"),
        make_article(
            "Snow fell.\n\nA lot.", title="Snow", publisher="Ünter", published="2017-05", source="2"
        ),
        make_article("Fog.", title="Fog", url="https://fog.org/", source="3"),
    ]
    given[1] = replace(given[1], pages=(0, 12), ocr=True)
    library.add_articles(given)
    library.edit(given[2].id, {"publisher": None, "published": "2016"})
    assert [a.ocr for a in library.headings()] == [False, True, False]
    assert library.export(tmp_path / "all.jsonl") == 3
    with Library.open(tmp_path / "second", embedder=embedder, create=True) as second:
        assert second.add([tmp_path / "all.jsonl"]).articles == 3
        facts = [as_given(a) for a in second.articles()]
    assert facts == [as_given(a) for a in library.articles()]
    assert facts[0][1] == odd


def test_an_export_that_fails_leaves_the_file_as_it_was(library: Library, lines: Path) -> None:
    library.add([lines])
    with pytest.raises(BadSetting, match="jsonl"):
        library.export(lines.with_suffix(".csv"))
    (lines.parent / "kept.jsonl").mkdir()
    with pytest.raises(Exception, match=r"kept\.jsonl"):
        library.export(lines.parent / "kept.jsonl")
    assert sorted(path.name for path in lines.parent.iterdir()) == ["kept.jsonl", "library", "news.jsonl"]


def test_articles_are_listed_by_the_beginnings_of_their_words(library: Library, lines: Path) -> None:
    write(lines, ["Rain in Elm", "Snow", "Wind"])
    library.add([lines])

    def holding(words: str) -> list[str]:
        return [entry.title for entry in library.catalogue(words=words)]

    assert holding("TOWN rai") == ["Rain in Elm"]
    assert holding("elm rain") == ["Rain in Elm"]
    assert holding("ain") == []  # within a word
    assert holding("(.*") == []
    assert holding("_ain") == holding("%") == []
    assert len(holding(" ")) == 3
    assert library.catalogue(Scope(publisher="nobody"), words="town") == []


def test_words_are_found_whatever_letters_they_are_made_of(library: Library, lines: Path) -> None:
    write(lines, ["Beyoncé at 100% in Łódź", "ÉLAN", "Beyond"])
    library.add([lines])
    for words, title in (
        ("BEYONCÉ łódź", "Beyoncé"),
        ("100%", "Beyoncé"),
        ("élan", "ÉLAN"),
        ("beyond", "Beyond"),
    ):
        assert [entry.title.split()[0] for entry in library.catalogue(words=words)] == [title]


def test_passages_are_counted_by_article(library: Library) -> None:
    long = make_article("It rained on the town all day. " * 200, title="Long", source="long.txt")
    short = make_article("It rained.", title="Short", source="short.txt")
    library.add_articles([long, short])
    sizes = library.sizes([long.id, short.id, "none"])
    assert sizes[short.id] == 1
    assert sum(sizes.values()) == library.status().passages
    assert set(sizes) == {long.id, short.id}


def test_one_removal_of_several_from_a_file_is_brought_back_alone(library: Library, lines: Path) -> None:
    library.add([lines])
    for title in ("Rain", "Wind"):
        library.remove([named(library, title).id])
    wind, rain = library.removed()
    assert (wind.title, rain.title) == ("Wind", "Rain")
    assert library.restore(only=[rain]).articles == 1
    assert titles(library) == ["Rain", "Snow"]
    assert library.removed() == [wind]
    assert library.restore(only=[rain]).articles == 0

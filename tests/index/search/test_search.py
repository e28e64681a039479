"""Fusion, and search as a whole; for BM25 alone see test_terms.py."""

from pathlib import Path

import pytest

from index import Article, Library
from index.errors import BadQuestion, BadSetting
from index.search.fuse import fuse

ARTICLES = [
    Article("mill", "Fire at the mill", "The mill in Odeburg burned down on Monday. Nobody was hurt."),
    Article("vote", "Lee wins the vote", "Ann Lee became mayor of Odeburg. She promised a new bridge."),
    Article("cats", "On cats", "Cats sleep for most of the day. A mayor may own a cat. The U.S. has many."),
    Article("corona", "Health", "COVID-19 cases fell by 3.5% among naïve visitors, Trump's office claimed."),
]


@pytest.fixture
def library(tmp_path: Path, library_of):
    with library_of(tmp_path, ARTICLES) as library:
        yield library


def test_fusion_adds_the_share_of_the_best_bm25_score_to_the_cosine() -> None:
    assert fuse({7: 0.5, 8: 0.4}, {8: 6.0, 9: 3.0}, share=1.0) == [(8, 1.4), (7, 0.5), (9, 0.5)]
    assert fuse({3: 0.2, 1: 0.2}, {}) == [(1, 0.2), (3, 0.2)]
    assert fuse({}, {}) == []


def test_a_wire_story_printed_twice_is_told_once(library: Library) -> None:
    story = (
        "The ferry sank off Keld at dawn, and forty-two people were pulled from the sea by fishing boats, "
        "the coast guard said on Thursday. Two are still missing."
    )
    library.add_articles(
        [Article("one", "Ferry sinks", story), Article("two", "Sea disaster", "KELD — " + story)]
    )
    hits = library.search("Who pulled people from the sea off Keld?")
    assert len({"one", "two"} & {hit.article.id for hit in hits}) == 1


def test_an_update_with_another_figure_is_told_beside_the_first_report(library: Library) -> None:
    story = "The ferry sank off Keld at dawn, and 42 people were pulled from the sea by fishing boats on Thursday."
    library.add_articles([Article("one", "", story), Article("two", "", story.replace("42", "47"))])
    hits = library.search("How many people were pulled from the sea off Keld?")
    assert {"one", "two"} <= {hit.article.id for hit in hits}


def storm(id: str, toll: str, day: int) -> Article:
    text = f"{toll} people died in the storm off Keld, officials said. The harbour is closed, and schools are shut."
    return Article(id, "Storm toll", text, published=f"2022-10-0{day}")


def test_tolls_in_words_are_no_repetitions_and_the_latest_stands_first(library: Library) -> None:
    library.add_articles(
        [storm("three", "Three", 1), storm("eleven", "Eleven", 3), storm("seven", "Seven", 2)]
    )
    assert {"three", "seven", "eleven"} <= {hit.article.id for hit in library.search("storm toll")}
    hits = library.search("latest storm toll", latest=True)
    assert [hit.article.id for hit in hits[:3]] == ["eleven", "seven", "three"]
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert library.search("latest storm toll", k=1, latest=True)[0].article.id == "eleven"


def test_tolls_of_other_languages_are_no_repetitions(library: Library) -> None:
    story = (
        "{} personas murieron en la tormenta de Keld, dijeron las autoridades, y el puerto está cerrado hoy."
    )
    told = "由于暴雨，{}人死亡，港口关闭，学校停课，居民被疏散，道路中断，列车停运，救援继续。"
    tolls = {
        "es3": story.format("Tres"),
        "es7": story.format("Siete"),
        "zh3": told.format("三"),
        "zh7": told.format("七"),
    }
    library.add_articles([Article(id, "", text) for id, text in tolls.items()])
    assert {"es3", "es7"} <= {hit.article.id for hit in library.search("personas murieron en la tormenta")}
    assert {"zh3", "zh7"} <= {hit.article.id for hit in library.search("暴雨死亡")}


def test_hits_are_ranked_and_their_offsets_exact(library: Library) -> None:
    hits = library.search("Who is the mayor of Odeburg?", k=3)
    assert hits[0].article == ARTICLES[1]
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert hit.text == hit.article.text[hit.passage.start : hit.passage.end]
        assert library.article(hit.passage.article_id) == hit.article


def test_search_is_deterministic(library: Library) -> None:
    assert library.search("mayor of Odeburg") == library.search("mayor of Odeburg")


def test_offsets_count_characters_whatever_the_script(library: Library) -> None:
    text = "👩🏽‍🚒 Zoë e\u0301tait là. שלום עולם. 𝒳ylophone played. Ende."
    library.add_articles([Article("u", "Ünïcode", text)])
    hit = library.search("xylophone 𝒳ylophone", k=1)[0]
    assert hit.text in text
    assert hit.article.text == text
    assert "𝒳ylophone played." in hit.text


def test_the_same_words_in_two_articles_are_shown_once(library: Library) -> None:
    library.add_articles([Article("copy", "Fire at the mill", ARTICLES[0].text.replace(" ", "  ").upper())])
    ids = [hit.article.id for hit in library.search("mill burned Monday")]
    assert len({"mill", "copy"} & set(ids)) == 1
    assert len(ids) == 4


@pytest.mark.parametrize("query", ["", "  \n"])
def test_an_empty_question_is_refused(library: Library, query: str) -> None:
    with pytest.raises(BadQuestion, match="empty"):
        library.search(query)


@pytest.mark.parametrize("query", ["mill " * 10_000, "\ud800 mill", "mill\0", "?", "🙂"])
def test_odd_questions_are_searched_for(library: Library, query: str) -> None:
    assert library.search(query, k=4)


def test_nothing_is_found_where_nothing_is(tmp_path: Path, embedder) -> None:
    with Library.open(tmp_path / "new", embedder=embedder, create=True) as library:
        assert library.search("anything") == []
        assert library.status().articles == 0


def test_k_bounds_the_hits(library: Library) -> None:
    assert library.search("mill", k=0) == []
    assert len(library.search("mill", k=2)) == 2
    assert len(library.search("mill", k=5000)) == 4


def test_each_way_of_searching_can_be_had_alone(library: Library) -> None:
    query = "mayor of Odeburg"
    ids = {by: [hit.passage.id for hit in library.search(query, by=by)] for by in ("hybrid", "dense", "bm25")}
    assert ids["hybrid"] == [hit.passage.id for hit in library.search(query)]
    assert {hit.article.id for hit in library.search(query, by="bm25")} == {"mill", "vote", "cats"}
    assert len(ids["bm25"]) == 3, "only passages that hold one of the words"
    vector = library.embedder.encode_queries([query])[0]
    documents = library.embedder.encode_documents([library.search(a.title, k=1)[0].text for a in ARTICLES])
    nearest = max(range(len(ARTICLES)), key=lambda i: float(documents[i] @ vector))
    assert library.search(query, by="dense")[0].article.id == ARTICLES[nearest].id
    assert len(ids["dense"]) == len(ARTICLES), "vectors rank every passage"
    with pytest.raises(BadSetting, match="hybrid, dense or bm25"):
        library.search(query, by="bm52")


def test_words_are_searched_without_an_embedder(library: Library) -> None:
    with Library.open(library.folder) as alone:
        assert alone.search("mill", by="bm25")[0].article.id == "mill"
        assert alone._access._embedder is None

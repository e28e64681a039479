"""JSON, NDJSON and JSONL as news services, crawlers and websites write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from index.errors import BadDocument
from index.read import read
from index.types import Article

PROSE = "The new bridge over the river opened on Thursday, the city said."


def written(folder: Path, name: str, value: Any) -> Path:
    file = folder / name
    file.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return file


def known(article: Article) -> tuple[str, str, str | None, str | None]:
    assert article.text == PROSE
    return article.title, article.publisher or "", article.published, article.url


NEWSAPI = {
    "source": {"id": None, "name": "Daily"},
    "author": "A. Writer",
    "title": "Bridge opens",
    "description": "In short.",
    "url": "https://d.org/1",
    "publishedAt": "2021-03-16T22:10:00Z",
    "content": f"{PROSE}… [+2100 chars]",
}
GUARDIAN = {
    "id": "uk/1",
    "webTitle": "Bridge opens",
    "webUrl": "https://d.org/1",
    "webPublicationDate": "2021-03-16T22:10:00Z",
    "fields": {
        "body": f"<p>The new <b>bridge</b> {PROSE[15:]}</p>",
        "publication": "Daily",
        "trailText": "Short.",
    },
}
SCHEMA = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Bridge opens",
    "mainEntityOfPage": {"@type": "WebPage", "@id": "https://d.org/1"},
    "datePublished": "2021-03-16",
    "publisher": {"@type": "Organization", "name": "Daily"},
    "articleBody": PROSE,
}
NEWS_PLEASE = {
    "title": "Bridge opens",
    "maintext": PROSE,
    "date_publish": "2021-03-16 22:10:00",
    "source_domain": "Daily",
    "url": "https://d.org/1",
}
CC_NEWS = {
    "title": "Bridge opens",
    "text": PROSE,
    "domain": "Daily",
    "date": "2021-03-16 22:10:00.123456+00:00",
    "description": "In short.",
    "url": "https://d.org/1",
    "image_url": None,
}
WORDPRESS = {
    "date": "Tue, 16 Mar 2021 22:10:00 GMT",
    "link": "https://d.org/1",
    "site": ["Daily"],
    "title": {"rendered": "Bridge opens"},
    "content": {"rendered": f"<p>{PROSE}</p>\n", "protected": False},
    "excerpt": {"rendered": "<p>In short.</p>"},
}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param([SCHEMA], id="a list"),
        pytest.param({"status": "ok", "totalResults": 1, "articles": [NEWSAPI]}, id="NewsAPI"),
        pytest.param(
            {"response": {"status": "ok", "results": [GUARDIAN], "tags": [{"id": "x"}]}}, id="Guardian"
        ),
        pytest.param(SCHEMA, id="schema.org"),
        pytest.param({"@graph": [{"@type": "Person", "name": "A"}, SCHEMA]}, id="a graph"),
        pytest.param(NEWS_PLEASE, id="news-please"),
        pytest.param([CC_NEWS], id="CC-News"),
        pytest.param([WORDPRESS], id="WordPress"),
        pytest.param({"hits": {"hits": [{"_id": "7", "_source": CC_NEWS}]}}, id="a search engine"),
    ],
)
def test_articles_are_known_by_their_usual_names(tmp_path: Path, value: Any) -> None:
    flaws: list[str] = []
    (article,) = read(written(tmp_path, "a.json", value), flaws)
    assert known(article) == ("Bridge opens", "Daily", "2021-03-16", "https://d.org/1")


def test_the_text_may_be_a_list_of_paragraphs(tmp_path: Path) -> None:
    (article,) = read(written(tmp_path, "a.json", {"headline": "A", "body": ["It rained.", "They fled."]}))
    assert article.text == "It rained.\n\nThey fled."


def test_a_line_each_and_one_over_several_lines_are_told_apart_whatever_the_name(tmp_path: Path) -> None:
    rows = [{"text": f"It rained on day {n}."} for n in (1, 2, 3)]
    lines = "\n".join(map(json.dumps, rows))
    for name, text in (
        ("a.ndjson", lines),
        ("b.json", lines),
        ("c.jsonl", json.dumps(rows, indent=1)),
        ("d.json", json.dumps(rows)),
        ("e.jsonl", "\n".join(json.dumps(row, indent=1) for row in rows)),
        ("f.jsonl", json.dumps(rows)),
    ):
        articles = read(written(tmp_path, name, text))
        assert [a.text for a in articles] == [row["text"] for row in rows], name
        assert [a.source.rpartition("#")[2] for a in articles] == ["1", "2", "3"], name


def test_one_bad_article_sinks_none_of_the_others(tmp_path: Path) -> None:
    flaws: list[str] = []
    file = written(tmp_path, "a.json", [{"text": "It rained."}, {"text": None}, 7, {"text": "They fled."}])
    assert [a.text for a in read(file, flaws)] == ["It rained.", "They fled."]
    assert [flaw.split(": ")[0] for flaw in flaws] == [f"{file} article 2", f"{file} article 3"]


def test_of_a_list_that_breaks_off_the_beginning_is_read(tmp_path: Path) -> None:
    whole = json.dumps([{"text": "It rained."}, {"text": "They fled."}], indent=1)
    flaws: list[str] = []
    file = written(tmp_path, "a.json", whole[:-12])
    assert [a.text for a in read(file, flaws)] == ["It rained."]
    assert len(flaws) == 1
    assert f"{file}: is not valid JSON from line 6 on" in flaws[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"name": "package", "version": 1}', 'with a "text"'),
        ("[]", "not one article"),
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"text": " - "}', "no words"),
    ],
)
def test_what_holds_no_article_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(BadDocument, match=reason):
        read(written(tmp_path, "a.json", text), [])

"""The day of publication: of a date's words, of the lines of a text, and of what a page declares and shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.read import read
from index.read.dates import iso

FIRST = "The new library on the quay opened on Thursday after ten years of work, the city said in a statement to us."
SECOND = (
    "It cost 40 million dollars, holds 300,000 books and has a reading room for children, open until late."
)
NOISE = "Work on it was begun on May 3, 2009, and a first part had been shown on 04/05/2011."


@pytest.mark.parametrize(
    "given",
    [
        "Dienstag, 16. März 2021, 10.30 Uhr",
        "mardi 16 mars 2021 à 10h30",
        "mar 16 mar 2021",
        "martes, 16 de marzo de 2021",
        "terça-feira, 16 de março de 2021",
        "16 marzo 2021 ore 10:30",
        "di 16 maart 2021",
        "16 marca 2021 r.",
        "16. 3. 2021",
        "16 марта 2021 г., 10:30",
        "2021. március 16.",
        "16 Mart 2021 Salı",
        "١٦ مارس ٢٠٢١",
        "16 Μαρτίου 2021",
        "2021年3月16日(火) 10:30",
        "2021년 3월 16일",
        "16 tháng 3 2021",
        "Thứ ba, 16/3/2021, 10:30 (GMT+7)",
        "16. maaliskuuta 2021 klo 10.30",
        "16 MARS 2021",
        "16-Mar-2021",
        "16 Mar 21",
        "3/16/2021 5:00 p.m. ET",
        "Tue Mar 16 2021 22:00:00 GMT-0500 (Eastern Standard Time)",
        "Tue 16 Mar 2021 06.00 GMT",
        "2021-03-16T23:30:00.000-04:00",
        "20210316T233000Z",
        "2021-03-16T22:10:00Z",
        "Mar 16, 2021,10:10am EST",
        "16/03/2021 às 10h10",
        "le 16 mars 2021 à 10 h 10",
        "2021. 3. 16. 오전 10:10",
        "Tue Mar 16 10:00:00 EDT 2021",
    ],
)
def test_a_day_is_read_in_many_languages_and_forms(given: str) -> None:
    assert iso(given) == "2021-03-16"


@pytest.mark.parametrize(
    "given",
    [
        *(
            "2 hours ago",
            "Friday",
            "Sept. 29",
            "16 de marzo",
            "5 listopada 2020",
            "03/04/21",
            "17/09/29",
            "9.11.2001",
        ),
        *("12:30 2017", "1396/07/07", "16 mars 2021 bridges", "mars", "16 17 mars 2021"),
    ],
)
def test_what_may_be_several_days_or_none_is_no_date(given: str) -> None:
    assert iso(given) is None


@pytest.mark.parametrize(
    ("lines", "published"),
    [
        ("By Ada Lund\n16/03/2021", "2021-03-16"),
        ("By Ada Lund, March 16, 2021", "2021-03-16"),
        ("Veröffentlicht am 16. März 2021, 10:30 Uhr", "2021-03-16"),
        ("Mis à jour le 2 juillet 2022\nPublié le 16 mars 2021 à 10h30", "2021-03-16"),
        ("16/03/2021 (updated 02/07/2022)", "2021-03-16"),
        ("Updated July 2, 2022 Published March 16, 2021", "2021-03-16"),
        ("Posted: 03/04/2021\nUpdated 16/03/2022", "2021-04-03"),
        ("Posted: 03/04/2021\nUpdated 07/05/2022", None),
        ("Posted on March 16, 2021 by Ada Lund", "2021-03-16"),
        ("By Ada Lund on March 16, 2021", "2021-03-16"),
        ("Ada Lund, March 16, 2021", "2021-03-16"),
        ("Published 1:00 AM EDT Mar 16, 2021 Updated 2:00 PM EDT Jul 2, 2022", "2021-03-16"),
        ("Issued on: 16/03/2021 - 10:10Modified: 02/07/2022 - 11:00", "2021-03-16"),
        ("Signed in the town of Oslo, March 16, 2021", None),
        ("Last updated: 5 Jan 2020", None),
        ("Updated:\n5 Jan 2020", None),
        ("Stand: 16.03.2021", None),
        ("Sept. 29", None),
    ],
)
def test_lines_of_a_text_say_when_it_was_published(tmp_path: Path, lines: str, published: str | None) -> None:
    (tmp_path / "a.txt").write_text(f"Library opens\n\n{lines}\n\n{FIRST}\n\n{SECOND}", "utf-8")
    assert read(tmp_path / "a.txt")[0].published == published


def test_the_language_of_a_text_tells_day_from_month(tmp_path: Path) -> None:
    body = "Am Kai wurde nach zehn Jahren die neue Bibliothek eröffnet, und der Bau ist nicht billig."
    (tmp_path / "a.txt").write_text(f"Neue Bibliothek\n\n03.04.2021\n\n{body}", "utf-8")
    assert read(tmp_path / "a.txt")[0].published == "2021-04-03"
    (tmp_path / "b.txt").write_text(f"New library\n\n03.04.2021\n\n{FIRST}", "utf-8")
    assert read(tmp_path / "b.txt")[0].published is None


def test_a_dateline_in_another_order_gives_the_day_and_a_sentence_none(tmp_path: Path) -> None:
    for line in ("Paris, 16 mars 2021 (AFP) - ", "QUAY, Or. – March 16, 2021 – ", "QUAY — March 16, 2021 — "):
        (tmp_path / "a.txt").write_text(f"Library opens\n\n{line}{FIRST} {SECOND}", "utf-8")
        assert read(tmp_path / "a.txt")[0].published == "2021-03-16"
    (tmp_path / "b.txt").write_text(
        f"Library opens\n\nOn Tuesday, March 16, 2021 - {FIRST} {SECOND}", "utf-8"
    )
    assert read(tmp_path / "b.txt")[0].published is None


def published(path: Path, header: str = "", head: str = "", lang: str = "en", after: str = "") -> str | None:
    """What is read as the date of a page with that below its headline, in its head, and after its text."""
    path.write_text(
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Library opens</title>{head}</head>'
        f"<body><header><span>Sunday, November 29, 2026</span></header><article><h1>Library opens</h1>{header}"
        f"<p>{FIRST}</p><p>{SECOND} {NOISE}</p><p>{FIRST}</p></article>{after}</body></html>",
        "utf-8",
    )
    return read(path)[0].published


def linked(data: str) -> str:
    return f'<script type="application/ld+json">{data}</script>'


NEWS = '{"@type": "NewsArticle", "headline": "Library opens", "datePublished": "2021-03-16"}'


@pytest.mark.parametrize(
    "header",
    [
        '<span class="date">March 16, 2021</span>',
        '<div class="meta">By Ada Lund</div><div class="meta">16.03.2021, 10:30</div>',
        "<time>16. März 2021</time>",
        '<time datetime="2021-03-16">Tuesday</time>',
        "<p>Опубликовано 16 марта 2021 в 10:10</p><p>Обновлено 2 июля 2022</p>",
        "<p>公開日 2021年3月16日 更新日 2022年7月2日</p>",
        "<p>Yayınlanma: 16.03.2021 - 10:10 Güncelleme: 02.07.2022 - 11:00</p>",
        "<dl><dt>Updated</dt><dd>July 2, 2022</dd><dt>Published</dt><dd>March 16, 2021</dd></dl>",
        '<time datetime="2021-03-17T02:10:00Z">March 16, 2021, 10:10 p.m. ET</time>',
        '<span class="stamp" title="March 16, 2021">2 years ago</span>',
        '<p>Updated <time datetime="2022-07-02">July 2, 2022</time></p><p>March 16, 2021</p>',
        "<p><b>Updated:</b> July 2, 2022</p><p><b>Published:</b> March 16, 2021</p>",
        '<time class="updated" datetime="2022-07-02">July 2, 2022</time><time datetime="2021-03-16">March 16</time>',
        '<time class="entry-date published updated" datetime="2021-03-16T10:00:00+00:00">16/03/2021</time>',
        "<div><span>Mar</span> <span>16</span> <span>2021</span></div>",
        '<relative-time datetime="2021-03-16T10:00:00-05:00">2 years ago</relative-time>',
        '<p>Published 2 July<span itemprop="datePublished" content="2021-03-16"></span></p>',
    ],
)
def test_the_day_below_the_headline_is_taken(tmp_path: Path, header: str) -> None:
    assert published(tmp_path / "a.html", header) == "2021-03-16"


@pytest.mark.parametrize(
    "header",
    [
        "<p>Updated July 2, 2022</p>",
        '<time class="updated" datetime="2022-07-02">July 2, 2022</time>',
        "<time>2 hours ago</time>",
        "<span>March 16</span>",
        "<p>03/04/2021</p>",
        '<aside class="related"><time datetime="2020-01-01">January 1, 2020</time></aside>',
        "<span>March 16, 2021</span><span>April 2, 2021</span>",
    ],
)
def test_no_day_is_guessed(tmp_path: Path, header: str) -> None:
    assert published(tmp_path / "a.html", header) is None


def test_a_day_below_the_headline_goes_before_the_site_s_day_of_today(tmp_path: Path) -> None:
    body = f"<div><h1>Library</h1></div><div><span>March 16, 2021</span></div><div><p>{FIRST}</p></div>"
    (tmp_path / "a.html").write_text(f"<body><div>Sunday, November 29, 2026</div>{body}</body>", "utf-8")
    assert read(tmp_path / "a.html")[0].published == "2021-03-16"
    (tmp_path / "b.html").write_text(
        f"<body><div>November 29, 2026</div><h1>Library</h1><p>{FIRST}</p></body>", "utf-8"
    )
    assert read(tmp_path / "b.html")[0].published is None


@pytest.mark.parametrize(
    ("lang", "head", "day"),
    [
        ("en-US", "", "2021-03-04"),
        ("en-GB", "", "2021-04-03"),
        ("fr", "", "2021-04-03"),
        ("en", '<link rel="canonical" href="https://news.co.uk/library">', "2021-04-03"),
        ("en", '<meta property="og:locale" content="en_US">', "2021-03-04"),
        ("ja", "", None),
    ],
)
def test_the_language_of_a_site_tells_day_from_month(
    tmp_path: Path, lang: str, head: str, day: str | None
) -> None:
    assert published(tmp_path / "a.html", "<p>03/04/2021</p>", head, lang) == day


def test_other_dates_of_a_page_tell_day_from_month_before_its_language(tmp_path: Path) -> None:
    header = "<p>03/04/2021</p><p>Updated 16/04/2021</p>"
    assert published(tmp_path / "a.html", header, lang="en-US") == "2021-04-03"


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="sailthru.date" content="2021-03-16T10:00:00">',
        '<meta name="parsely-pub-date" content="2021-03-16T10:00:00-05:00">',
        '<meta name="citation_publication_date" content="2021/03"><meta name="dc.date" content="2021-03-16">',
        '<meta name="DC.date.issued" content="2021-03-16">',
        '<link rel="canonical" href="https://news.org/2021/03/16/library-opens/">',
        '<link rel="canonical" href="https://news.org/world/2021/mar/16/library-opens">',
        '<link rel="canonical" href="https://news.org/library-opens-2021-03-16.html">',
        '<link rel="canonical" href="https://news.org/20210316/library">',
        '<meta property="article:published_time" content="2021-03-17T02:10:00Z">'
        '<link rel="canonical" href="https://news.org/2021/03/16/library">',
        '<meta property="article:published_time" content="2021-03-17T02:10:00Z">'
        + linked('{"@type": "NewsArticle", "datePublished": "2021-03-16T21:10:00-05:00"}'),
        linked(NEWS),
        linked(f"//<![CDATA[\n{NEWS}\n//]]>"),
        linked(
            '{"@graph": [{"@type": "WebPage", "datePublished": "2021-03-16", "dateModified": "2022-01-01"}]}'
        ),
        linked('{"@type": "WebPage", "mainEntity": ' + NEWS + "}"),
        linked(
            f'[{{"@type": "NewsArticle", "headline": "Old bridge", "datePublished": "2019-01-01"}}, {NEWS}]'
        ),
        linked('{"@type": "VideoObject", "datePublished": "2020-01-01"}') + linked(NEWS),
        linked(NEWS[:-1] + ', "comment": [{"@type": "Comment", "datePublished": "2020-01-01"}]}'),
    ],
)
def test_the_day_that_a_page_declares_is_taken(tmp_path: Path, head: str) -> None:
    assert published(tmp_path / "a.html", head=head) == "2021-03-16"


@pytest.mark.parametrize(
    "head",
    [
        linked('{"@type": "NewsArticle", "dateModified": "2021-03-16"}'),
        linked('[{"@type": "NewsArticle", "headline": "Old bridge", "datePublished": "2019-01-01"},'
               ' {"@type": "NewsArticle", "headline": "Old tunnel", "datePublished": "2018-01-01"}]'),
        '<meta name="citation_reference" content="citation_publication_date=1988">',
        '<link rel="canonical" href="https://news.org/2021/library">',
        '<link rel="canonical" href="https://news.org/id/20219916/library">',
    ],
)  # fmt: skip
def test_dates_of_other_things_are_none_of_the_article(tmp_path: Path, head: str) -> None:
    assert published(tmp_path / "a.html", head=head) is None


def test_references_and_comments_below_the_text_date_nothing(tmp_path: Path) -> None:
    item = '<li itemscope itemtype="ScholarlyArticle"><meta itemprop="datePublished" content="1988"></li>'
    comment = (
        '<div class="comments"><time class="published" datetime="2022-01-01">January 1, 2022</time></div>'
    )
    after = f'<ol class="references">{item * 3}</ol>{comment}'
    assert published(tmp_path / "a.html", after=after) is None
    header = '<meta itemprop="datePublished" content="2021-03-16">'
    assert published(tmp_path / "a.html", header, after=after) == "2021-03-16"


@pytest.mark.parametrize(
    "given",
    [
        *(
            "2021年3月16日（火）18時30分",
            "2021年3月16日(火) 午後6時30分",
            "令和3年3月16日",
            "民國110年3月16日",
        ),
        *(
            "2021년 3월 16일 오후 6시 30분",
            "2021-03-16 星期二 18点30分",
            "16 Mar 2021 17.00 CET",
            "16 მარტი 2021",
        ),
        *("2021 m. kovo 16 d.", "16 մարտի 2021"),
    ],
)
def test_eras_clocks_and_weekdays_as_other_languages_write_them(given: str) -> None:
    assert iso(given) == "2021-03-16"
    assert iso("令和元年5月1日") == "2019-05-01"

"""Files made to take for ever, to fill the memory or to reach what they shouldn't: read in linear time, or refused."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.errors import BadDocument
from index.language.chunk import passages
from index.language.sentences import sentences
from index.read import make_article, read
from index.read.pdflines import Line, join
from index.read.pdfrunning import without_running_lines
from index.search.duplicates import Seen
from index.search.query import terms
from index.search.scope import names_publisher
from index.types import Article
from tests.conftest import ROOT

PROSE = "The new bridge over the river opened on Thursday, the city said. It cost 40 million dollars."
GENEROUS = 20
"""Seconds for what takes one or two, where what grows with the square of the size takes an hour."""


@contextmanager
def in_time(seconds: int = GENEROUS) -> Iterator[None]:
    """Fails after so many seconds of work, also within a regular expression."""

    stopped = []

    def late(*_: object) -> None:
        stopped.append(seconds)
        raise TimeoutError(f"took more than {seconds} s")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    assert not stopped, f"took more than {seconds} s"  # a reader may have gone on with what it had


def page(head: str = "", body: str = "") -> str:
    return f"<html><head><title>A bridge</title>{head}</head><body><p>{PROSE}</p>{body}</body></html>"


def styled(style: str) -> str:
    return page(body=f'<p style="{style}">More.</p>')


N, M = 200_000, 25_000
PAGES = {
    "digits as a length": styled("font-size:" + "7" * N + "x"),
    "spaces in a clip": styled("clip:rect(0" + "\t " * (N // 2) + "x"),
    "slashes in a font": styled("font:" + "a/" * (N // 2)),
    "a style without braces": page(f"<style>{'a ' * N}</style>"),
    "at-rules without braces": page(f"<style>{'@a ' * (N // 2)}</style>"),
    "a style of many selectors": page(
        f"<style>{','.join(f'a{i}' for i in range(N // 8))}{{{'b:c;' * (N // 4)}}}</style>"
    ),
    "coloured words within many classes": page(
        "<style>.b { color: #f00 }</style>",
        f'<div class="{" a" * (N // 2)}">' + '<i style="color:#f00">x</i>' * 5_000 + "</div>",
    ),
    "hidden elements one after the other": page(body="<svg></svg>some more words " * N),
    "brackets as the author": page(f'<meta name="author" content="{"[[" * (N // 2)}">'),
    "comments as a site's name": page(f'<meta property="og:site_name" content="{"<!--" * (N // 4)}">'),
    "an address with a wrong end": page(f'<meta property="og:url" content="http://{"a" * N}&lt;">'),
    "quotes as data": page('<script type="application/ld+json">' + '"\\' * N + "</script>"),
    "tags as data": page(f'<script type="application/ld+json">{{"a": "{"<!--" * (N // 4)}"}}</script>'),
    "short paragraphs deep within others": page(body="<b><i>" * 500 + "<p>more" * 20_000),
    "tables within tables": page(body=f"{'<table>' * 1_500}<tr><td>more{'</table>' * 1_500}" * 3),
    "paragraphs deep within others": page(body="<div>" * 900 + f"<p>{PROSE} {PROSE}" * 5_000),
    "teasers within teasers": page(body="<div class=related>" * 900 + f"<p>{PROSE} {PROSE}" * 2_000),
    "articles within articles": page(
        body="<h1>A bridge</h1>" + f"<article><time>20:00</time><p>{PROSE} more</p>" * 900
    ),
    "hidden boxes within hidden boxes": page(
        body=f"<p>{PROSE}</p>" * 5_000
        + "<div class=collapse style='display:none'>" * 900
        + f"<p>{PROSE}" * 2_000
    ),
    "cells over many rows and columns": page(
        body=f"<table>{'<tr><td rowspan=99 colspan=99>more' * 5_000}</table>"
    ),
}
LONG = ("hidden elements one after the other", "tables within tables")
TEXTS = {
    "blank lines as front matter": "---\n" + "\n" * M + "x",
    "comments as front matter": "---\n" + "#\n" * (M // 2) + "x",
    "spaces in a key": "---\na" + " " * M + "!",
    "digits": "1" * M,
    "brackets": "[" * M,
    "images": "![" * (M // 2),
    "brackets and braces": "[{" * (M // 2),
    "tags": "<" * M,
    "quotes": "> " * (M // 2),
    "stars": "**a " * (M // 4),
    "ticks": "`a" * (M // 2),
    "site names": "aa." * (M // 3),
    "a copyright": "© 2017 a" + " a" * (M // 2),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in PAGES]
)
def test_pages_take_time_in_proportion_to_their_size(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.html").write_text(PAGES[name])
    with in_time():
        (article,) = read(tmp_path / "a.html")
    assert PROSE in article.text
    assert article.title == "A bridge"
    assert len(article.publisher or "") <= 100
    assert len(article.url or "") < 5_000


@pytest.mark.slow
def test_a_row_of_many_cells_takes_time_in_proportion_to_their_number(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(page(body=f"<table><tr>{'<td>more' * 80_000}</table>"))
    with in_time():
        (article,) = read(tmp_path / "a.html")
    assert article.text.count("more") == 80_000


@pytest.mark.parametrize("suffix", [".txt", ".md"])
@pytest.mark.parametrize("name", TEXTS)
def test_texts_take_time_in_proportion_to_their_size(tmp_path: Path, name: str, suffix: str) -> None:
    (tmp_path / f"a{suffix}").write_text(f"{TEXTS[name]}\n\n{PROSE}")
    with in_time():
        (article,) = read(tmp_path / f"a{suffix}")
        spans = passages(article, 160)
    assert PROSE in article.text
    assert article.text[spans[-1][0] : spans[-1][1]].endswith("40 million dollars.")
    assert len(article.title) <= 300


STOPS = [". ", "- ", "(", "( a", '"', "A. ", "\u200da", "e\u0301", ".\n", "a.", "?! ", "a; ", "。", "a"]


@pytest.mark.parametrize("unit", STOPS)
def test_text_of_a_program_is_cut_in_time_in_proportion_to_its_length(unit: str) -> None:
    text = unit * (20_000 // len(unit)) + f"\n\n{PROSE}"
    with in_time():
        spans = passages(Article("1", "T", text), 160)
        assert sentences(text)[-1][1] == len(text)
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())


@pytest.mark.parametrize("unit", ["a.", "a", "1,", "a-", "'", " the", "é"])
def test_names_and_questions_of_any_length_are_taken(unit: str) -> None:
    text = unit * (N // len(unit))
    with in_time():
        terms(text)
        Seen().repeats(text)
        names_publisher("npr", text)
        article = make_article(
            PROSE, title=text, publisher=text, url=f"https://a.org/{text}<", published=text
        )
    assert (len(article.title), article.url, article.published) <= (300, None, None)


def like_pages(number: int) -> list[list[Line]]:
    days = (f"{n:06}".translate(str.maketrans("0123456789", "abcdefghij")) for n in range(number))
    return [
        [
            Line("The Daily News", 800.0, 10.0),
            Line("-" * 60, 700.0, 10.0),
            Line(f"It rained on {day},", 688.0, 10.0),
        ]
        for day in days
    ]


@pytest.mark.slow
def test_forty_thousand_like_pages_are_put_together() -> None:
    with in_time():
        pages, _ = without_running_lines(like_pages(40_000))
        text, _ = join(pages)
    assert "The Daily News" not in text
    assert text.count("It rained on ") == 40_000
    assert text.endswith("It rained on adjjjj,")


# -- Word files


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def word(path: Path, body: str, before: str = "") -> Path:
    """A Word file of that XML."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="{PACKAGE}.rels"/>'
            f'<Default Extension="xml" ContentType="{main}"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument"'
            ' Target="word/document.xml"/></Relationships>',
        )
        archive.writestr(
            "word/document.xml",
            f'{before}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
        )
    return path


def said(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="bounds memory as Linux does")
def test_a_word_file_of_tiny_paragraphs_takes_memory_for_its_text_only(tmp_path: Path) -> None:
    file = word(tmp_path / "a.docx", said(PROSE) + "<w:p/>" * 1_000_000)
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, 2 * (150 << 20,))\n"
        "from pathlib import Path; from index.read import read\n"
        f"print(read(Path({str(file)!r}))[0].text)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert (done.stdout.strip(), done.stderr) == (PROSE, "")


def refusal(path: Path) -> str:
    with in_time(), pytest.raises(BadDocument) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)
    return str(caught.value)


def outcome(path: Path) -> str:
    with in_time():
        try:
            return read(path)[0].text
        except BadDocument as e:
            return str(e)


LAUGHS = '<!DOCTYPE d [<!ENTITY a "laugh">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12)
)


def test_entities_of_a_word_file_are_not_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    outside = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    for before, entity in ((f"{LAUGHS}]>", "m"), (outside, "x")):
        file = word(tmp_path / "a.docx", said("It rained.") + said(f"&{entity};"), before)
        assert outcome(file) == "It rained." or "damaged" in outcome(file)


def test_entities_of_a_page_are_not_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    for doctype in (f"{LAUGHS}]>", f'<!DOCTYPE html [<!ENTITY m SYSTEM "{secret.as_uri()}">]>'):
        (tmp_path / "a.html").write_text(doctype + page(body="<p>And &m; more.</p>"))
        with in_time():
            text = read(tmp_path / "a.html")[0].text
        assert PROSE in text
        assert "the secret" not in text
        assert "laugh" * 2 not in text


def test_a_word_file_that_unpacks_to_half_a_gigabyte_is_refused(tmp_path: Path) -> None:
    file = word(tmp_path / "a.docx", said(PROSE))
    with (
        zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("word/a.bin", "w") as bomb,
    ):
        for _ in range(512):
            bomb.write(bytes(2**20))
    assert file.stat().st_size < 4 * 2**20
    assert "unpacks to more than 512 MiB" in refusal(file)


# -- PDF


def pdf(path: Path, objects: dict[int, str]) -> Path:
    text = "%PDF-1.4\n"
    starts = {}
    for number, body in objects.items():
        starts[number] = len(text)
        text += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{starts[n]:010d} 00000 n \n" for n in sorted(objects))
    text += f"xref\n0 1\n0000000000 65535 f \n1 {len(objects)}\n{table}"
    text += f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{text.index('xref')}\n%%EOF"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "objects",
    [
        {1: "<</Type/Catalog/Pages 2 0 R>>", 2: "<</Type/Pages/Kids[2 0 R]/Count 1>>"},
        {
            1: "<</Type/Catalog/Pages 2 0 R>>",
            2: "<</Type/Pages/Kids[3 0 R]/Count 9>>",
            3: "<</Type/Pages/Kids[2 0 R]>>",
        },
        {
            1: "<</Type/Catalog/Pages 2 0 R>>",
            2: "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</X 4 0 R>>>>/MediaBox[0 0 9 9]>>",
            4: "<</Type/XObject/Subtype/Form/Resources<</XObject<</X 4 0 R>>>>/Length 5>>stream\n/X Do\nendstream",
        },
    ],
)
def test_a_pdf_that_holds_itself_is_refused(tmp_path: Path, objects: dict[int, str]) -> None:
    why = refusal(pdf(tmp_path / "a.pdf", objects))
    assert "damaged" in why or "has no text" in why


# -- Large pages and lines


@pytest.mark.slow
def test_a_page_of_one_long_line_is_read(tmp_path: Path) -> None:
    words = "It rained on the town of Harlow. " * 400_000
    (tmp_path / "a.html").write_text(f"<html><head><title>Rain</title></head><body>{words}</body></html>")
    with in_time(120):
        (article,) = read(tmp_path / "a.html")
    assert (article.title, article.text) == ("Rain", words.strip())


def test_a_page_of_elements_within_elements_is_read_or_said_to_be_one(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    for deep, whole in ((1_000, True), (100_000, False)):
        file.write_text(f"<html><body>{'<div>' * deep}<p>{PROSE}</p>{'</div>' * deep}</body></html>")
        if whole:
            assert read(file)[0].text == PROSE
        else:
            assert "nested more than 2,000 deep" in refusal(file)


def test_good_lines_are_read_and_bad_ones_named(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    lines = [json.dumps({"text": f"It rained {n} times."}) for n in range(300)]
    lines[100:100] = ['{"text": "cut', '{"text": null}', " "]
    file.write_text("\n".join(lines))
    flaws: list[str] = []
    articles = read(file, flaws)
    assert [article.text for article in articles] == [f"It rained {n} times." for n in range(300)]
    assert articles[-1].source.endswith("a.jsonl#303")
    assert len(flaws) == 2
    assert "a.jsonl line 101: is not valid JSON" in flaws[0]
    assert "a.jsonl line 102: is not an object" in flaws[1]


def test_many_bad_lines_are_named_in_few_words(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "It rained."}\n' + "[\n" * 1000)
    flaws: list[str] = []
    assert len(read(file, flaws)) == 1
    assert len(flaws) == 21
    assert flaws[-1].endswith("980 more of its lines can't be read")
    file.write_text("[\n" * 1000)
    with pytest.raises(BadDocument, match=r"line 1: .*nor can its 999 other lines be read"):
        read(file, [])


def test_a_line_or_file_of_lines_that_is_too_large_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.jsonl"
    monkeypatch.setattr("index.read.jsonl.MOST_TEXT", 100)
    file.write_text("\n".join(json.dumps({"text": text}) for text in ("One.", "a" * 1000, "Three.")))
    flaws: list[str] = []
    assert [a.source[-2:] for a in read(file, flaws)] == ["#1", "#3"]
    assert len(flaws) == 1
    assert "a.jsonl line 2: is longer than" in flaws[0]
    with file.open("wb") as sparse:
        sparse.truncate(2**30)
    assert "1024 MiB is more than the 512 MiB read as one file: split it" in refusal(file)

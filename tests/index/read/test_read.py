"""Finding files, and reading text, Markdown and JSONL."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.errors import BadDocument
from index.read import SUFFIXES, discover, read
from index.types import Article

PROSE = "The new bridge over the river opened on Thursday, the city said. It cost 40 million dollars."


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read_one(path: Path) -> Article:
    (article,) = read(path)
    return article


def refusal(path: Path) -> str:
    with pytest.raises(BadDocument) as caught:
        read(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


# -- Finding files


def test_discover_walks_folders_in_order_and_skips_hidden(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.MD", "a/.hidden.txt", ".git/x.txt", "z.gif", "a/~$lock.docx", "a/d.jsonl"):
        write(tmp_path / name, PROSE)
    found = [str(path.relative_to(tmp_path)) for path in discover([tmp_path])]
    assert found == ["a/c.MD", "a/d.jsonl", "b.txt"]


def test_discover_gives_each_file_once(tmp_path: Path) -> None:
    file = write(tmp_path / "a.txt", PROSE)
    assert list(discover([file, tmp_path, file])) == [file]


def test_discover_refuses_what_it_cannot_use_before_giving_anything(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", PROSE)
    with pytest.raises(BadDocument, match="no such file or folder"):
        next(discover([tmp_path, tmp_path / "gone"]))
    with pytest.raises(BadDocument, match=r"\.xyz.*known are .*\.txt"):
        next(discover([write(tmp_path / "b.xyz", PROSE)]))


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "a" / "a.txt", PROSE)
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert len(list(discover([tmp_path]))) == 1


# -- Any file


def test_every_suffix_has_a_reader(tmp_path: Path) -> None:
    assert {".txt", ".md", ".html", ".pdf", ".docx", ".json"} <= SUFFIXES
    for suffix in SUFFIXES:
        assert refusal(write(tmp_path / f"empty{suffix}", b"")).endswith("the file is empty")


def test_unreachable_files_are_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone.txt").endswith("no such file")
    (tmp_path / "folder.txt").mkdir()
    assert refusal(tmp_path / "folder.txt").endswith("is not a file")
    os.mkfifo(tmp_path / "pipe.txt")
    assert refusal(tmp_path / "pipe.txt").endswith("is not a file")
    assert "can't read .exe" in refusal(write(tmp_path / "a.exe", b"MZ"))


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Root may read everything, so for a while the test is run as nobody."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_forbidden_file_is_named(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    file = write(tmp_path / "a.txt", PROSE)
    file.chmod(0)
    refusal(write(tmp_path / "empty.txt", b""))  # what is imported late is imported before rights are dropped
    request.getfixturevalue("unprivileged")
    assert "Permission denied" in refusal(file)


def test_source_is_the_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.txt", PROSE)
    monkeypatch.chdir(tmp_path)
    assert read_one(Path("a.txt")).source == str((tmp_path / "a.txt").resolve())


def test_a_file_name_of_any_bytes_gives_a_storable_source(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    try:
        file = write(tmp_path / name, PROSE)
    except OSError:
        pytest.skip("this file system takes no such name")
    assert read_one(file).source.encode("utf-8").endswith(b"caf\\udce9.txt")


# -- Text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_text_is_decoded(tmp_path: Path, encoding: str) -> None:
    text = "The mayor’s “plan” – a café by the bridge – was praised."
    assert read_one(write(tmp_path / "a.txt", text.encode(encoding))).text == text


def test_russian_text_of_before_unicode_is_decoded(tmp_path: Path) -> None:
    text = (
        "Новый мост через реку открылся в четверг, сообщили в городской администрации. Работы шли десять лет."
    )
    assert read_one(write(tmp_path / "a.txt", text.encode("cp1251"))).text == text


def test_one_bad_byte_does_not_garble_the_rest(tmp_path: Path) -> None:
    text = "“Très bien”, said the café’s owner. “Après l’été, ça ira même à la fête.” " * 2
    article = read_one(write(tmp_path / "a.txt", text.encode() + b"\xff and more."))
    assert article.text.startswith(text.strip())


def test_what_is_not_text_is_refused(tmp_path: Path) -> None:
    assert "not a text file" in refusal(write(tmp_path / "a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 50))
    assert "not a text file" in refusal(write(tmp_path / "b.md", b"\x01\x02\x03\x04word" * 500))
    assert "not a text file" in refusal(write(tmp_path / "c.html", b"%PDF-1.7 endobj"))
    noise = bytes((i * 7919 >> 3) % 128 + 128 for i in range(4000))
    assert "character encoding" in refusal(write(tmp_path / "d.txt", noise))


def test_a_huge_text_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "huge.txt"
    with file.open("wb") as f:
        f.truncate(2**40)
    assert "more than the 64 MiB" in refusal(file)


def test_no_words_are_refused(tmp_path: Path) -> None:
    assert "holds no words" in refusal(write(tmp_path / "a.txt", " \n---\n"))


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("x.txt", f"Bridge opens after ten years\n\n{PROSE}", "Bridge opens after ten years"),
        ("x.txt", f"Who built the bridge?\n\n{PROSE}", "Who built the bridge?"),
        ("2017-07-27-the_old-bridge.txt", f"{PROSE}\n\n{PROSE[:60]}.", "The old bridge"),
        ("001_4c6a45b1935fa4fe.txt", f"{PROSE}\n\nMore.", PROSE[:64]),
        ("the-bridge.txt", f"July 27, 2017\n\n{PROSE}", "The bridge"),
        ("the-bridge.txt", PROSE, "The bridge"),
    ],
)
def test_titles_of_text(tmp_path: Path, name: str, text: str, title: str) -> None:
    assert read_one(write(tmp_path / name, text)).title == title


def test_wrapped_lines_are_joined_and_lists_are_not(tmp_path: Path) -> None:
    text = (
        "Bridge opens\n\n"
        "The new bridge over the river opened on Thursday after ten\n"
        "years of work, the city said in a statement that was put on\n"
        "its site.\n\n"
        "It carries:\n- four lanes of traffic in both directions, one of them new\n- two tram lines\n"
    )
    assert read_one(write(tmp_path / "a.txt", text)).text == (
        "Bridge opens\n\nThe new bridge over the river opened on Thursday after ten years of work, the city said in a"
        " statement that was put on its site.\n\n"
        "It carries:\n- four lanes of traffic in both directions, one of them new\n- two tram lines"
    )


def test_verse_keeps_its_lines(tmp_path: Path) -> None:
    verse = "The rain\nfell down on us\nand then\nit stopped\nas rain will do"
    assert read_one(write(tmp_path / "a.txt", verse)).text == verse


@pytest.mark.parametrize(
    ("lines", "publisher", "published", "url"),
    [
        ("© 2024 City Public Radio", "City Public Radio", None, None),
        ("Copyright 2020 NPR. To see more, visit https://www.npr.org.", "NPR", None, None),
        ("Published July 27, 2017", None, "2017-07-27", None),
        ("Published July 27, 2017 | Updated July 29, 2017", None, "2017-07-27", None),
        ("Updated July 29, 2017", None, None, None),
        ("Updated at 2:45 p.m. ET", None, None, None),
        ("By Jane Roe | July 27, 2017", None, "2017-07-27", None),
        ("Daily News | 27 July 2017 | https://news.org/a", "Daily News", "2017-07-27", "https://news.org/a"),
        ("July 27, 2017", None, "2017-07-27", None),
        ("2017", None, None, None),
        ("Source: Daily News", "Daily News", None, None),
        ("Opened on July 27, 2017", None, None, None),
    ],
)
def test_facts_that_first_lines_state(
    tmp_path: Path, lines: str, publisher: str | None, published: str | None, url: str | None
) -> None:
    body = (
        f"{PROSE} Work had begun on May 3, 2009, and the plan was published on June 1, 2008, by the council."
    )
    article = read_one(write(tmp_path / "a.txt", f"Bridge opens\n\n{lines}\n\n{body}"))
    assert (article.publisher, article.published, article.url) == (
        publisher or (url and "news.org"),
        published,
        url,
    )


def test_a_diary_has_no_date(tmp_path: Path) -> None:
    text = "A diary\n\nMay 1, 2016\n\nIt rained all day.\n\nMay 2, 2016\n\nIt did not rain."
    assert read_one(write(tmp_path / "a.txt", text)).published is None


def test_an_agency_dateline_gives_the_date(tmp_path: Path) -> None:
    text = f"Bridge opens\n\nOSLO, July 27, 2017 (Wire) - {PROSE} {PROSE}"
    assert read_one(write(tmp_path / "a.txt", text)).published == "2017-07-27"


def test_web_furniture_goes_and_sentences_like_it_stay(tmp_path: Path) -> None:
    text = (
        "Play Live Radio\nCity Radio Live\n0:00 0:00\n\nBridge opens\n\n"
        f"{PROSE}\n\nAlso Read – Tunnel closes\n\nADVERTISEMENT\n\nFacebook\nTwitter\nEmail\n\n"
        "Related work had been done in 2016. Read more: that is what teachers say, and so do we in this long sentence, "
        "which nobody would take for a teaser since it goes on and on until it has become a paragraph of its own kind."
        "\n\nEmail\n\nThe city can be reached at any time.\n\n© 2024 Daily News. All rights reserved."
    )
    article = read_one(write(tmp_path / "a.txt", text))
    assert article.text.startswith(
        f"Bridge opens\n\n{PROSE}\n\nRelated work had been done in 2016. Read more: that"
    )
    assert article.text.endswith("Email\n\nThe city can be reached at any time.")
    assert (article.title, article.publisher) == ("Bridge opens", "Daily News")


def test_a_text_of_nothing_but_furniture_is_kept(tmp_path: Path) -> None:
    assert read_one(write(tmp_path / "a.txt", "Play Live Radio\n")).text == "Play Live Radio"


# -- The project's messy real articles


def sentences_of(text: str) -> list[str]:
    words = re.sub(r"\s+", " ", text.replace("\xa0", " "))
    return [part.strip() for part in re.split(r"(?<=[.!?”\"])\s+(?=[A-Z“\"«])", words) if len(part) > 60]


def test_seeds_keep_their_substance_and_lose_their_furniture(shared: Path) -> None:
    files = sorted((shared / "seeds").glob("*.txt"))
    assert len(files) == 5
    for file in files:
        article = read_one(file)
        flat = " ".join(article.text.split())
        raw = file.read_text(encoding="utf-8")
        # The first sentence of the radio's page runs into its menu, and notices and teasers may go.
        for line in raw.splitlines():
            for sentence in sentences_of(line):
                if not sentence.startswith(("Copyright", "Also Read")):
                    assert sentence in flat, f"{file.name}: lost {sentence!r}"
        for furniture in (
            "Play Live Radio",
            "0:00 0:00",
            "Also Read",
            "Available On Air Stations",
            "Next Up",
        ):
            assert furniture not in flat
        assert article.published is None, "none of them states when it was published"
        blocks = article.text.split("\n\n")
        assert len(blocks) == len(set(blocks)), "a headline or caption printed twice is kept once"


def test_seeds_have_titles_and_publishers(shared: Path) -> None:
    articles = [read_one(file) for file in sorted((shared / "seeds").glob("*.txt"))]
    assert all(len(article.title) > 30 and " " in article.title for article in articles)
    assert [a.publisher for a in articles] == ["WorldTruth.Tv", None, None, None, "Kansas City Public Radio"]
    assert articles[4].title.startswith("Attorney General Jeff Sessions Heads")
    assert articles[4].text.startswith(articles[4].title)


# -- Markdown and front matter


def test_markdown_becomes_plain_text(tmp_path: Path) -> None:
    source = (
        "---\nTitle: Rain\nSite_Name: Daily\ndate: 2017-07\nLINK: https://daily.org/rain\n---\n"
        '# It *rained*\n\nIt **rained** in [Oslo](https://oslo.no/x "t")\nand ![a wet street](a.png).'
        " 5 < 6 &amp; more.\n\n"
        "<!-- secret\n\nstill secret -->\n\n<script>\nalert(1)\n\nalert(2)\n</script>\n\n"
        "Mid <script>alert(3)</script>line <b>bold</b>.\n\n1. one\n2. two\n   - inner\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\ndef f():\n    return '<script>'\n```\n\n> Said\n> she.\n\n"
        "<div>\n<p>In a box.</p>\n</div>\n"
    )
    article = read_one(write(tmp_path / "a.md", source))
    assert (article.title, article.publisher, article.published, article.url) == (
        "Rain",
        "Daily",
        "2017-07",
        "https://daily.org/rain",
    )
    assert article.text == (
        "It rained\n\nIt rained in Oslo and a wet street. 5 < 6 & more.\n\nMid line bold.\n\n"
        "1. one\n2. two\n  - inner\n\na: 1; b: 2\n\ndef f():\n    return '<script>'\n\nSaid she.\n\nIn a box."
    )


def test_markdown_title_is_its_heading_else_the_file_name(tmp_path: Path) -> None:
    assert read_one(write(tmp_path / "a.md", f"Intro.\n\n## The *bridge*\n\n{PROSE}")).title == "The bridge"
    assert read_one(write(tmp_path / "old-bridge.md", PROSE)).title == "Old bridge"


def test_text_may_have_front_matter_too(tmp_path: Path) -> None:
    article = read_one(write(tmp_path / "a.txt", f"---\ntitle: 1984\npublished: July 27, 2017\n---\n{PROSE}"))
    assert (article.title, article.published, article.text) == ("1984", "2017-07-27", PROSE)


def test_a_rule_is_not_front_matter(tmp_path: Path) -> None:
    text = f"---\n\n{PROSE}\n\n---\n\nMore."
    assert "bridge" in read_one(write(tmp_path / "a.md", text)).text
    assert "bridge" in read_one(write(tmp_path / "a.txt", text)).text


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("title: Ferry: the council votes", "Ferry: the council votes"),
        ('title: "No more ferry" says chair', '"No more ferry" says chair'),
        ('title: "Half of the fleet', "Half of the fleet"),
        ("title: {{title}}", "Old bridge"),
        ("title: [a, b", "[a, b"),
        ("title: Rain\n\tbad: y", "Rain"),
    ],
)
def test_broken_front_matter_gives_what_its_lines_say(tmp_path: Path, line: str, title: str) -> None:
    file = write(tmp_path / "old-bridge.md", f"---\n{line}\na: b: c\ndate: 2021-03-16\n---\n{PROSE}")
    article = read_one(file)
    assert (article.title, article.published, article.text) == (title, "2021-03-16", PROSE)


@pytest.mark.parametrize(
    "head",
    [
        '+++\ntitle = "Rain"\ndate = 2021-03-16T10:00:00Z\ncanonical = "https://d.org/1"\n[params]\nx = 1\n+++\n',
        '+++\r\ntitle = "Rain"\r\ndate = 2021-03-16\r\ncanonical = "https://d.org/1"\r\nx = [1\r\n+++\r\n',
        '{\n  "title": "Rain",\n  "date": "2021-03-16",\n  "canonical": "https://d.org/1"\n}\n\n',
        "---\ntitle: Rain\ncreated: 16/03/2021\nlastmod: 2024-01-01\nsource: https://d.org/1\n---\n",
    ],
)
def test_front_matter_in_other_languages(tmp_path: Path, head: str) -> None:
    for name in ("a.md", "a.txt"):
        article = read_one(write(tmp_path / name, head + PROSE))
        assert (article.title, article.published, article.url, article.text) == (
            "Rain",
            "2021-03-16",
            "https://d.org/1",
            PROSE,
        )


def test_braces_alone_are_no_front_matter(tmp_path: Path) -> None:
    for number, text in enumerate((f"{{note}} {PROSE}", f'{{"a": 1}} {PROSE}', f"+++ {PROSE}")):
        assert PROSE in read_one(write(tmp_path / f"{number}.txt", text)).text


def test_notes_become_plain_words(tmp_path: Path) -> None:
    source = (
        "# Ferry closes\n\n> [!info]- Summary\n> The council voted.\n\n"
        "[[Maren Oduya|Oduya]] said the [[Weston Road ferry]] carried ==1,340== a week.[^1] ![[ferry.png|300]]"
        "%%check this%%\n\nSee [[Minutes#March 14]], ^[by mail] where a == b and c == d. ^block-7\n\n"
        "- [ ] call the office\n- [x] read [the minutes](m.md)\n\n%%\nall of\n\nthis\n%%\n\n"
        "```\nif a[[0]] == b: x = '==y=='  # %%z%%\n```\n\n[^1]: Minutes of [[March 14]],\n    page 3.\n[^2]: Unused.\n"
    )
    article = read_one(write(tmp_path / "a.md", source))
    assert article.title == "Ferry closes"
    assert article.text == (
        "Ferry closes\n\nSummary The council voted.\n\n"
        "Oduya said the Weston Road ferry carried 1,340 a week. [Minutes of March 14, page 3.]\n\n"
        "See Minutes#March 14, [by mail] where a == b and c == d.\n\n"
        "- call the office\n- read the minutes\n\n"
        "if a[[0]] == b: x = '==y==' # %%z%%"
    )


def test_front_matter_runs_nothing_and_does_not_blow_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = "title: !!python/object/apply:os.system ['touch x']\n"
    monkeypatch.chdir(tmp_path)
    assert read_one(write(tmp_path / "a.md", f"---\n{hostile}---\n{PROSE}")).text == PROSE
    assert not Path("x").exists()
    bomb = "a0: &a0 {x: 1}\n" + "".join(
        f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}\n" for i in range(1, 30)
    )
    assert read_one(write(tmp_path / "b.md", f"---\n{bomb}---\n{PROSE}")).text == PROSE
    assert read_one(write(tmp_path / "c.md", f"---\na: {'[' * 1_000}\n---\n{PROSE}")).text == PROSE


# -- JSONL


def test_jsonl_gives_an_article_a_line(tmp_path: Path) -> None:
    lines = [
        {
            "id": 7,
            "title": "Rain",
            "text": "It rained.",
            "url": "https://www.a.org/1",
            "publish_date": "2018/06/01",
        },
        {
            "text": "Headline here\n\nIt snowed \ud800.",
            "publisher": "Daily",
            "date": "03/04/2017",
            "url": None,
        },
    ]
    file = write(tmp_path / "a.jsonl", "\ufeff" + json.dumps(lines[0]) + "\r\n\n" + json.dumps(lines[1]))
    first, second = read(file)
    assert (first.title, first.text, first.publisher, first.published) == (
        "Rain",
        "It rained.",
        "a.org",
        "2018-06-01",
    )
    assert (second.title, second.publisher, second.published) == ("Headline here", "Daily", None)
    assert second.text == "Headline here\n\nIt snowed ."
    assert [a.source for a in (first, second)] == [f"{file}#1", f"{file}#3"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "a"', "not valid JSON"),
        (b'["text"]', "not an object"),
        (b'{"title": "a"}', 'with a "text"'),
        (b'{"text": 5}', 'with a "text"'),
        (b'{"text": " -"}', "no words"),
        (b'{"text": "caf\xe9"}', "not UTF-8"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"text": "a", "n": ' + b"9" * 5000 + b"}", "not valid JSON"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: bytes, reason: str) -> None:
    message = refusal(write(tmp_path / "a.jsonl", b'{"text": "fine"}\n' + line + b"\n"))
    assert "a.jsonl line 2" in message
    assert reason in message


def test_blank_jsonl_is_refused(tmp_path: Path) -> None:
    assert "holds no articles, not one line" in refusal(write(tmp_path / "a.jsonl", "\n \n"))


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_lines_of_facts_without_a_fence_are_front_matter(tmp_path: Path, name: str) -> None:
    head = "Title: Bridge opens\nDate: 2021-03-16\nSource: [Daily News](https://news.example.org/bridge)"
    (article,) = read(write(tmp_path / name, f"{head}\n\n{PROSE}"))
    assert (article.title, article.publisher, article.published, article.url, article.text) == (
        *("Bridge opens", "Daily News", "2021-03-16", "https://news.example.org/bridge"),
        PROSE,
    )
    (plain,) = read(write(tmp_path / "b.md", f"Ann: It rained.\nBen: It snowed.\n\n{PROSE}"))
    assert plain.text.startswith("Ann: It rained.")

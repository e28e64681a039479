"""Cleaning, dates and the making of articles."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.errors import BadDocument
from index.read import make_article
from index.read.clean import clean, one_line
from index.read.dates import iso

nasty = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs"]),
        st.sampled_from(
            "\x00\t\r\n\x0b\x0c\x85\u2028\u2029 \xa0\u3000\u200b\u200d\u202e"
            "\u2066\ufeff\xad\u0301\u0323\u0344\ufe0fae\u1100\u1161\U000e0041"
        ),
    ),
    max_size=300,
)


@given(nasty)
@example("e\u200b\u0301")
@example("a" + "\u0344" * 40)
@example(" \u0301x \n \n\t\n x")
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@given(nasty)
def test_clean_text_holds_nothing_unseen(text: str) -> None:
    cleaned = clean(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not [c for c in cleaned if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]
    assert not set(cleaned) & set("\u200b\u200e\u202a\u202e\u2060\u2066\u2069\ufeff\xa0")
    assert "\n\n\n" not in cleaned
    assert cleaned == cleaned.strip()
    cleaned.encode("utf-8")


@settings(max_examples=50)
@given(st.text(st.characters(categories=["Lu", "Ll", "Nd", "Po"]), max_size=200))
def test_cleaning_keeps_every_letter(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


def test_lines_and_spaces() -> None:
    assert clean("a  b\tc \r\nd\r\re\u2029f") == "a b c\nd\n\ne\n\nf"


@pytest.mark.parametrize(
    "words",
    [
        "The county council voted on Tuesday, 7 to 2, to close the ferry.",
        "Совет округа во вторник проголосовал за закрытие парома.",
        "Rada gminy (w środę) zagłosowała za zamknięciem przeprawy.",
    ],
)
def test_words_that_only_zero_width_spaces_part_stay_apart(words: str) -> None:
    assert clean("\u200b".join(words.split())) == words
    assert (
        clean(f"A title\n\n{chr(0x200B).join(words.split())} It rained.") == f"A title\n\n{words} It rained."
    )


@pytest.mark.parametrize(
    "text",
    [
        "Donau\u200bdampf\u200bschiff\u200bfahrt",
        "https://www.\u200bexample.org/\u200ba/\u200blong/\u200baddress/\u200bof/\u200ba/\u200bpage",
        "\u200b".join("the secret word is hidden here between the letters".replace(" ", "")),
        "เรือ\u200bข้ามฟาก\u200bจะ\u200bหยุด\u200bให้บริการ\u200bตั้งแต่\u200bเดือน\u200bหน้า\u200bเป็น\u200bต้น\u200bไป",
    ],
)
def test_zero_width_spaces_within_words_and_addresses_part_nothing(text: str) -> None:
    assert clean(text) == text.replace("\u200b", "")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("کتاب\u200cهای تازه", "کتاب\u200cهای تازه"),
        ("می\u200c\u200c\u200bشود", "می\u200cشود"),
        ("क्\u200dया ര\u200d", "क्\u200dया ര"),
        ("അവര്\u200d പോയി", "അവര്\u200d പോയി"),
        ("می\u200c رود\u200c", "می رود"),
        ("ig\u200cno\u200dre", "ignore"),
    ],
)
def test_joiners_stay_where_words_are_spelt_with_them(text: str, kept: str) -> None:
    assert clean(text) == kept


def test_indented_code_stays_indented() -> None:
    assert clean("def f():\n    return  1\n\tx") == "def f():\n    return 1\n    x"


def test_a_flood_of_accents_is_cut_before_it_takes_quadratic_time() -> None:
    assert len(clean("a" + "\u0300\u0316" * 300_000)) <= 31


def test_one_line_is_bounded() -> None:
    assert one_line("a\n b\t c") == "a b c"
    assert len(one_line("word " * 500)) <= 300


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2017-07-27", "2017-07-27"),
        ("2018/06/01", "2018-06-01"),
        ("2017-07", "2017-07"),
        ("2017", "2017"),
        (2017, "2017"),
        ("July 27, 2017", "2017-07-27"),
        ("27 July 2017", "2017-07-27"),
        ("Sept. 3rd, 2020", "2020-09-03"),
        ("Thu, 27 Jul 2017 10:00:00 GMT", "2017-07-27"),
        ("2017-07-27T23:59:00-05:00", "2017-07-27"),
        ("July 27, 2017 at 5:01 AM ET", "2017-07-27"),
        ("5:01 AM ET, Thu July 27, 2017", "2017-07-27"),
        ("20170727", "2017-07-27"),
        ("July 2017", "2017-07"),
        (date(2017, 7, 27), "2017-07-27"),
        (datetime(2017, 7, 27, 23, 0), "2017-07-27"),
        ("03/04/2017", None),
        ("27.07.2017", "2017-07-27"),
        ("7.8.2017", None),
        ("13.13.2017", None),
        ("2017-13-01", None),
        ("February 30, 2017", None),
        ("July 27", None),
        ("12 people died in 2017", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (True, None),
        ("2017-07-27 and 2018-01-01", None),
    ],
)
def test_dates_are_as_precise_as_given_or_none(given: object, expected: str | None) -> None:
    assert iso(given) == expected


@given(st.one_of(st.text(), st.integers(), st.from_regex(r"[0-9/ -]{4,12}", fullmatch=True)))
def test_any_value_gives_a_date_or_none(value: object) -> None:
    day = iso(value)
    assert day is None or date.fromisoformat((day + "-01-01")[:10])


def test_article_id_depends_on_text_and_source() -> None:
    first = make_article("It rained.", title="A", source="a.txt")
    assert first.id == make_article("It  rained.\x00", title="B", source="a.txt").id
    assert first.id != make_article("It snowed.", title="A", source="a.txt").id
    assert first.id != make_article("It rained.", title="A", source="b.txt").id
    assert len(first.id) == 16


def test_article_facts_are_checked() -> None:
    article = make_article(
        "It rained.",
        title="A\nB",
        url="https://www.news.org/rain?x=1",
        published="27 July 2017",
        publisher=" ",
    )
    assert (article.title, article.publisher, article.published) == ("A B", "news.org", "2017-07-27")
    hostile = make_article("It rained.", title="", url="javascript:alert(1)", published="soon")
    assert (hostile.title, hostile.url, hostile.published, hostile.publisher) == (
        "It rained.",
        None,
        None,
        None,
    )


@pytest.mark.parametrize("text", ["", " \n", "\u200b\x00", "--- * ---"])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(BadDocument, match="holds no words"):
        make_article(text, title="A", source="a.txt")


@given(nasty)
def test_any_text_makes_an_article_or_is_refused(text: str) -> None:
    try:
        article = make_article(text, title=text, url=text, publisher=text, published=text, source=text)
    except BadDocument:
        return
    assert article.title
    assert "\n" not in article.title

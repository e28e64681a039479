"""Quotes and whole articles are found where they stand, in every article that goes by the name."""

from __future__ import annotations

from eval.gold import GoldEvidence, GoldQuestion
from eval.locate import find_quote, locate, locate_all
from eval.metrics.spans import Span
from index.read import make_article
from index.types import Article

BRIDGE = Article(
    "a1", "Bridge", "It opened in May 2011.\nThe mayor, Ann Lee, spoke.", "https://x.org/b", source="n/b.txt"
)
FERRY = Article("a2", "Ferry", "It opened in May 2011. It opened in  May 2011, they say.", source="ferry.txt")


def located(*evidence: GoldEvidence) -> list[tuple[Span, ...]]:
    question = GoldQuestion("q", "When?", ("2011",), evidence, True)
    places = locate_all([question, question], [BRIDGE, FERRY])
    assert places == {item: locate(item, [BRIDGE, FERRY]) for item in evidence}
    return [places[item] for item in evidence]


def test_a_quote_is_looked_for_in_the_article_it_names_only() -> None:
    for name in ("a1", "https://x.org/b", "n/b.txt", "b.txt"):
        assert located(GoldEvidence(name, "It opened in May")) == [(Span("a1", 0, 16),)]
    assert located(GoldEvidence("c.txt", "It opened in May"), GoldEvidence("a1", "It closed")) == [(), ()]


def test_evidence_without_an_article_is_looked_for_in_all() -> None:
    assert located(
        GoldEvidence("", "It opened in May 2011"),
        GoldEvidence("", "Ann"),
        GoldEvidence("", "n Lee"),
        GoldEvidence("", "May 2011. The"),
        GoldEvidence("", "nd Lee"),
    ) == [
        (Span("a1", 0, 21), Span("a2", 0, 21), Span("a2", 23, 45)),
        (Span("a1", 34, 37),),
        (Span("a1", 36, 41),),
        (Span("a1", 13, 26),),
        (),
    ]


def test_an_empty_quote_is_the_article_from_end_to_end() -> None:
    whole = Span("a2", 0, len(FERRY.text))
    assert located(GoldEvidence("ferry.txt", ""), GoldEvidence("ferry.txt", "", 2)) == [(whole,), (whole,)]


def test_an_article_called_by_two_of_its_names_is_counted_once_each() -> None:
    assert located(GoldEvidence("a1", "The mayor"), GoldEvidence("b.txt", "The mayor")) == [
        (Span("a1", 23, 32),),
        (Span("a1", 23, 32),),
    ]


def test_a_quote_copied_with_what_cleaning_takes_out_is_found() -> None:
    raw = "Caf\u0065\u0301\xa0owners\u200b met\u00ad.\r\n\r\n\r\nThey  agreed."
    text = make_article(raw, title="").text
    assert find_quote(text, raw) == [(0, len(text))]
    assert find_quote(text, "\u200b ") == []

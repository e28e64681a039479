"""The page's HTML: what a reader sees, and that no text from outside becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from index.types import Article, Box, Hit, PagePicture, Passage
from qa.notes import Note
from qa.presentation import markup
from qa.types import Answer, Citation, ModelInfo, Sentence, Timings
from ui.page import noted, view
from ui.page.choices import Choices
from ui.page.here import Here
from ui.page.pictured import Sheet, Sheets
from ui.page.sources import Remarks, note_in_article, sources
from ui.page.view import Exchange

TEXT = "The harbour bridge opened in 2014.\n\nIt cost 41 million pounds, the council said. Holt led the building."
QUOTE = "It cost 41 million pounds, the council said."

HOSTILE = [
    "<script>fetch('http://evil.example/')</script>",
    "<img src=http://evil.example/a.png onerror=alert(1)>",
    "![x](http://evil.example/a.png) [y](javascript:alert(1))",
    "\"><svg onload=alert(1)><a href='javascript:alert(1)'>",
    "' onmouseover='alert(1)",
    "`${alert(1)}` {{constructor.constructor('alert(1)')()}}",
    "</mark></div></textarea></style><iframe src=//evil.example>",
    "<style>@import 'http://evil.example/a.css'; body{background:url(//evil.example/b)}</style>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#x3c;img src=x onerror=alert(1)&#x3e;",
    "<!--><img src=x onerror=alert(1)>-->",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "a\x00b\x1b[31m\u202egnp.exe\u2066x\u2069",
]


def article(text: str = TEXT, **more: Any) -> Article:
    given = {
        "title": "Harbour bridge",
        "url": "https://example.org/bridge",
        "publisher": "Example Post",
        "published": "2021-06-01",
    }
    return Article("a1", text=text, **(given | more))


def cite(source: Article, quote: str, number: int = 1) -> Citation:
    start = source.text.index(quote)
    return Citation(number, source, start, start + len(quote), quote, 0.9)


def answered(**more: Any) -> Answer:
    source = article()
    given: dict[str, Any] = {
        "question": "What did it cost?",
        "standalone": "What did it cost?",
        "short": "41 million pounds",
        "text": "The bridge cost 41 million pounds.",
        "sentences": (Sentence("The bridge cost 41 million pounds.", (1,), True),),
        "citations": (cite(source, QUOTE),),
        "abstained": False,
        "reason": "",
        "confidence": 0.874,
        "hits": (),
        "prompt_tokens": 100,
        "timings": Timings(total=1.234),
        "model": ModelInfo("tiny", "test"),
    }
    return Answer(**(given | more))


class Seen(HTMLParser):
    """What a browser would make of it: the elements, their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "input":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "mark" in self.open:
            self.marked += data

    def of(self, class_: str) -> list[dict[str, str | None]]:
        return [
            attributes for _, attributes in self.elements if class_ in (attributes.get("class") or "").split()
        ]


def everywhere(text: str) -> str:
    """The whole page with `text` in every place that isn't ours."""
    source = article(
        f"Before {text} after. {text} The end.",
        title=text,
        url=text,
        publisher=text,
        published=text,
        source=text,
    )
    far = replace(source, id="a2")
    found = answered(
        question=text,
        standalone=text + "?",
        short=text,
        text=text + ".",
        sentences=(Sentence(text, (1,), True), Sentence(text, (), False)),
        citations=(cite(source, text),),
        hits=(Hit(Passage(1, "a2", 0, 20 + len(text)), far, 1.0, 1),),
        model=ModelInfo(text, text),
    )
    refused = replace(found, abstained=True, reason=text)
    talk = (Exchange(text, found), Exchange(text, refused), Exchange(text, problem=text))
    parts = [
        view.conversation(talk, [text], private=True),
        view.conversation((), [text]),
        view.draft(text, text, text),
        view.problem(text),
    ]
    parts += [sources(talk, turn, opened, 1) for turn in range(3) for opened in (None, 1)]
    noting = Remarks({("a1", found.citations[0].start, found.citations[0].end): text}, {1: text})
    parts += [sources(talk, 0, None, 1, noting), note_in_article(found.citations[0], text)]
    parts += [view.library_line(1, 2, text), view.progress(text, 1, 2), view.report([text], [text])]
    return "".join(parts)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    harmless, hostile = Seen(everywhere("harmless words")), Seen(everywhere(text))
    # The same elements with the same attributes, whatever the text is.
    assert [(tag, sorted(a)) for tag, a in hostile.elements] == [
        (tag, sorted(a)) for tag, a in harmless.elements
    ]
    allowed = {
        "div p h2 h3 span button article section q ul ol li bdi mark details summary blockquote progress",
        "form fieldset legend label input textarea svg path",
    }
    assert {tag for tag, _ in hostile.elements} <= set(" ".join(allowed).split())
    assert not any(
        name.startswith("on") or name in ("src", "style", "href") for _, a in hostile.elements for name in a
    )


def test_a_hostile_text_is_shown_letter_by_letter() -> None:
    assert Seen(view.problem(HOSTILE[3])).text == HOSTILE[3]


def test_characters_that_reorder_text_are_made_visible_one_by_one() -> None:
    assert markup.escape("a\u202eb\u2066c\x1bd") == "a\ufffdb\ufffdc\ufffdd"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//evil.example/a",
        "http:///nohost",
        "https://a b.example",
        "https://example.org/\u202egnp",
        "https://example.org\\@evil.example",
        "http://[::1",
        "",
        None,
    ],
)
def test_links_that_nobody_should_follow_are_left_out(url: str | None) -> None:
    assert markup.safe_link(url) is None
    source = article(url=url)
    html = sources((Exchange("q", answered(citations=(cite(source, QUOTE),))),), 0)
    assert "href" not in html


def test_a_link_opens_elsewhere_and_tells_nothing() -> None:
    seen = Seen(sources((Exchange("q", answered()),), 0))
    [link] = [attributes for tag, attributes in seen.elements if tag == "a"]
    assert link["href"] == "https://example.org/bridge"
    assert link["target"] == "_blank"
    assert {"noopener", "noreferrer"} <= set((link["rel"] or "").split())


@pytest.mark.parametrize(
    ("publisher", "said"),
    [
        ("Example.org", "Example.org (opens in a new tab)"),
        ("Post", "Post · www.example.org (opens in a new tab)"),
    ],
)
def test_a_publisher_that_is_the_links_host_is_said_once(publisher: str, said: str) -> None:
    source = article(url="https://www.example.org/bridge", publisher=publisher, published=None)
    html = sources((Exchange("q", answered(citations=(cite(source, QUOTE),))),), 0)
    byline = html.partition('class="fn-byline">')[2].partition("</p>")[0]
    assert re.sub("<[^>]*>", "", byline) == said


def test_an_answer_shows_its_short_form_its_text_and_its_markers() -> None:
    seen = Seen(view.conversation((Exchange("What did it cost?", answered()),)))
    assert "41 million pounds" in seen.text
    assert "The bridge cost 41 million pounds.[1]" in seen.text
    assert "1.2 s · tiny · confidence 87%" in seen.text
    [marker] = seen.of("fn-marker")
    assert (marker["data-turn"], marker["data-number"]) == ("0", "1")
    assert marker["aria-label"] == "Source 1: Harbour bridge"


def test_a_short_form_that_is_the_whole_answer_is_said_once() -> None:
    seen = Seen(view.conversation((Exchange("q", answered(short="The bridge cost 41 million pounds")),)))
    assert not seen.of("fn-short")
    assert seen.text.partition("What is wrong?")[0].count("41 million pounds") == 1


def test_a_sentence_without_support_is_marked_as_such() -> None:
    sentences = (Sentence("It is blue.", (), False),)
    seen = Seen(view.conversation((Exchange("q", answered(sentences=sentences)),)))
    assert seen.of("fn-unsupported")
    assert "not found in the articles" in seen.text


def test_a_marker_without_a_citation_is_not_shown() -> None:
    sentences = (Sentence("It is blue.", (7,), True),)
    assert ">[7]<" not in view.conversation((Exchange("q", answered(sentences=sentences)),))


def test_a_rewritten_question_is_shown() -> None:
    told = view.conversation((Exchange("And its cost?", answered(standalone="What did the bridge cost?")),))
    assert "Searched for: What did the bridge cost?" in Seen(told).text
    assert "Searched for" not in view.conversation((Exchange("q", answered()),))


def test_an_abstention_says_why_and_shows_the_closest_passages() -> None:
    refused = answered(abstained=True, reason="Nothing in them states it.", short="", text="")
    seen = Seen(view.conversation((Exchange("q", refused),)))
    assert "The articles don’t answer this." in seen.text
    assert "Nothing in them states it." in seen.text
    assert QUOTE in seen.text
    assert "Closest passages" in Seen(sources((Exchange("q", refused),), 0)).text


def test_the_opened_article_is_whole_and_marks_the_exact_words() -> None:
    talk = (Exchange("q", answered()),)
    seen = Seen(sources(talk, 0, 1))
    assert seen.marked == QUOTE
    assert TEXT in seen.text
    assert Seen(sources(talk, 0)).marked == ""


def test_offsets_hold_among_characters_that_are_replaced() -> None:
    source = article("\u202ea\x00 & <b> It cost much.")
    talk = (Exchange("q", answered(citations=(cite(source, "It cost much."),))),)
    assert Seen(sources(talk, 0, 1)).marked == "It cost much."


def test_a_source_tells_where_it_is_from() -> None:
    text = Seen(sources((Exchange("q", answered()),), 0)).text
    assert all(
        part in text for part in ("[1]", "Harbour bridge", "Example Post", "1 June 2021", "example.org")
    )


@pytest.mark.parametrize(("turn", "opened"), [(None, None), (5, 1), (-1, 1), (0, 99), (1, 1)])
def test_a_source_that_does_not_exist_opens_nothing(turn: int | None, opened: int | None) -> None:
    talk = (Exchange("q", answered()), Exchange("r", problem="Stopped."))
    assert Seen(sources(talk, turn, opened)).marked == ""


def test_passages_that_no_citation_lies_in_are_folded_away() -> None:
    source = article()
    used = Hit(Passage(1, "a1", 36, 80), source, 2.0, 1)
    unused = Hit(Passage(2, "a1", 0, 34), source, 1.0, 2)
    seen = Seen(sources((Exchange("q", answered(hits=(used, unused))),), 0))
    assert "Also found, not used (1)" in seen.text
    assert "opened in 2014" in seen.text
    [details] = [a for tag, a in seen.elements if tag == "details"]
    assert "open" not in details


@pytest.mark.parametrize(
    ("published", "shown"),
    [("2017-05-19T10:00:00Z", "19 May 2017"), ("2017-13-01", "2017-13-01"), ("spring", "spring")],
)
def test_dates_as_people_write_them(published: str, shown: str) -> None:
    assert markup.date(published) == shown


def test_an_empty_library_says_how_to_begin() -> None:
    seen = Seen(view.conversation((), ["What?"], empty=True))
    assert "The library is empty" in seen.text
    assert not seen.of("fn-chip")


def test_examples_can_be_clicked() -> None:
    assert [chip["data-example"] for chip in Seen(view.conversation((), ["A?", "B?"])).of("fn-chip")] == [
        "0",
        "1",
    ]


def test_the_library_line_counts() -> None:
    assert Seen(view.library_line(1, 1200, "/x")).text == "1 article, 1,200 passages"


def test_an_exchange_can_be_edited_asked_again_and_copied() -> None:
    chosen = Choices("balanced", "lead")
    talk = [Exchange("What did it cost?", answered(kind="explain"), chosen=chosen)] * 2
    page = Seen(view.conversation(talk))
    assert [b["data-copy"] for b in page.of("fn-copy")] == [str(answered(kind="explain"))] * 2
    levels = [b.get("data-level") or b.get("data-writing") for b in page.of("fn-retry")]
    assert levels == ["strict", "eager", "quotes", "full"] * 2
    assert "Asking again removes the question below." in page.text
    # A fact has nothing written above it, and what went wrong is tried again as it was.
    fact = Seen(view.conversation([Exchange("What did it cost?", answered(), chosen=chosen)]))
    assert [b.get("data-writing") for b in fact.of("fn-retry")] == [None, None]
    wrong = Seen(view.conversation([Exchange("What did it cost?", problem="Stopped.")]))
    assert len(wrong.of("fn-retry")) == 1
    assert not wrong.of("fn-copy")


def test_a_follow_up_can_be_corrected() -> None:
    read = answered(question="And what?", standalone="What did the bridge cost?")
    [button] = Seen(view.conversation([Exchange("And what?", read)])).of("fn-correct")
    assert button["data-fill"] == "What did the bridge cost?"
    assert not Seen(view.conversation([Exchange("What did it cost?", answered())])).of("fn-correct")


def test_a_refusal_says_how_to_get_further() -> None:
    refused = answered(abstained=True, short="", kind="fact")
    eager = Exchange("What did it cost?", refused, chosen=Choices("eager", "lead"))
    page = Seen(view.conversation([replace(eager, chosen=Choices("strict", "lead", since="2020"))]))
    assert "Use the words of the closest passages" in page.text
    assert "Ask all articles" in page.text
    assert "Ask again, eagerly" in page.text
    assert "Ask again, eagerly" not in Seen(view.conversation([eager])).text


def test_asking_once_more_asks_first_where_it_would_drop_what_follows() -> None:
    wrong = Exchange("What did it cost?", problem="Stopped.")
    refused = Exchange(
        "Who built it?", answered(abstained=True, short=""), chosen=Choices("strict", "lead", since="2020")
    )
    talk = [wrong, refused, wrong]
    page = Seen(view.conversation(talk))
    # Behind the last one there is nothing to drop. Of the others a click only unfolds the question.
    assert [part["id"] for part in page.of("fn-anyway")] == [
        "fn-sure-0-same",
        "fn-sure-1-all",
        "fn-sure-1-level",
    ]
    assert all("hidden" in part for part in page.of("fn-anyway"))
    opened = {each["aria-controls"] for each in page.of("fn-unfold")}
    assert {part["id"] for part in page.of("fn-anyway")} <= opened
    assert page.text.count("Asking again removes the 2 questions below.") == 2  # once for editing
    assert not Seen(view.conversation([wrong])).of("fn-anyway")
    assert "/account?library=a" in view.who("anna", Here("a", ("a", "b")))


def test_accounts_that_differ_stand_side_by_side() -> None:
    one, other = article(), replace(article("It cost 39 million pounds."), id="a2", title="Another")
    both = (cite(one, "Holt led the building.", 1), cite(one, QUOTE, 2), cite(other, other.text, 3))
    said = Sentence("Accounts differ: Post gives 41 million, Another 39 million.", (2, 3), True)
    page = sources([Exchange("q", answered(citations=both, sentences=(said,)))], 0)
    beside = page[page.index("fn-versus") : page.index("Source 1")]
    assert "Source 2" in beside
    assert "Source 3" in beside
    assert "fn-versus" not in sources([Exchange("q", answered(citations=both))], 0)


def test_a_quote_is_noted_where_notes_can_be_kept() -> None:
    talk, quote = [Exchange("q", answered())], answered().citations[0]
    assert "fn-noting" not in sources(talk, 0)
    assert "Keep the quote of source 1 as a note" in sources(talk, 0, noting=Remarks())
    kept = sources(talk, 0, noting=Remarks({(quote.article.id, quote.start, quote.end): "My remark."}))
    assert "Change the note on source 1" in kept
    assert "My remark." in kept


@pytest.mark.parametrize("text", HOSTILE)
def test_notes_stay_text(text: str) -> None:
    def listed(text: str) -> str:
        source = Article("a1", text, text, text, text, text, text)
        return noted.listing([Note(text, text, text, text, text, source, 0, 1, text)], 1) + noted.listing(
            [], 1, text
        )

    hostile, plain = Seen(listed(text)), Seen(listed("x"))
    assert [(tag, sorted(a)) for tag, a in hostile.elements] == [
        (tag, sorted(a)) for tag, a in plain.elements
    ]


def test_a_page_is_offered_where_there_is_one_to_show() -> None:
    cited = cite(article(source="bridge.pdf", pages=(0, TEXT.index(QUOTE))), QUOTE)
    exchange = Exchange("?", answered(citations=(cited,)))
    label = "Show page 2 of source 1"
    for opened in (None, 1):
        assert label in sources([exchange], 0, opened, sheets=Sheets(lambda id: id == "a1"))
        assert label not in sources([exchange], 0, opened, sheets=Sheets(lambda _: False))
        assert label not in sources([exchange], 0, opened)
    plain = Exchange("?", answered(citations=(cite(article(), QUOTE),)))
    assert "fn-page" not in sources([plain], 0, sheets=Sheets(lambda _: True))


@pytest.mark.parametrize("text", HOSTILE)
def test_the_picture_of_a_page_shows_titles_as_what_they_are(text: str) -> None:
    cited = cite(article(title=text, pages=(0,)), QUOTE)
    exchange = Exchange("?", answered(citations=(cited,)))
    made = PagePicture(1, 3, b"", 100, 200, (Box(0.1, 0.2, 0.4, 0.25),), "Some words aren’t there.")
    html = sources([exchange], 0, 1, sheets=Sheets(lambda _: True, Sheet(1, made)))
    assert "left:10.000%;top:20.000%;width:30.000%;height:5.000%" in html
    assert 'src="/articles/a1/pages/1.png"' in html
    assert "Some words aren’t there." in html
    assert [tag for tag in ("<script", "<svg", "<iframe", "<style", "<math") if tag in html] == []
    assert html.count("<img") == 1
    refused = sources([exchange], 0, 1, sheets=Sheets(lambda _: True, Sheet(1, problem=text)))
    assert "fn-problem" in refused
    assert "<img" not in refused

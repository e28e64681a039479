"""What programs send and get, as pydantic models: the forms of the typed endpoints. Knows no logic of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from index.library import Library
from index.types import Article, PagePicture
from qa.retrieve import Found
from qa.serialise import answer_to_dict, article_to_dict, hits_to_list
from qa.types import Answer, Outcome
from qa.understand.asking import LONGEST_QUESTION

Name = Annotated[str, Field(max_length=300)]


class Form(BaseModel):
    """What is sent; a field that doesn't exist is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Scoped(Form):
    """Which articles to read."""

    library: Name | None = Field(None, description="A name from /api/libraries; the first one if left out.")
    since: Name | None = Field(
        None, description="Only articles published on or after it: 2017, 2017-05, '19 May 2017'."
    )
    until: Name | None = Field(None, description="Only articles published on or before it.")
    publisher: Name | None = Field(None, description="Only articles of this publisher: NPR, npr.org.")

    as_of: Name | None = Field(
        None,
        description="What was known on that day: nothing later, and the versions of pages that stood then.",
    )

    @property
    def scope(self) -> tuple[str | None, str | None, str | None, str | None]:
        """Since, until, publisher and as of."""
        return self.since, self.until, self.publisher, self.as_of


class Exchange(Form):
    """An earlier question, and what was answered."""

    question: Annotated[str, Field(max_length=LONGEST_QUESTION)]
    answer: Annotated[str, Field(max_length=100_000)]


class AskRequest(Scoped):
    """A question, and the conversation that it may lean on."""

    question: Annotated[str, Field(max_length=LONGEST_QUESTION, examples=["Who led the operation?"])]
    history: list[Exchange] = Field([], max_length=100, description="The conversation so far, oldest first.")
    stream: bool = Field(
        False, description="Answer as server-sent events; Accept: text/event-stream does, too."
    )


class SearchRequest(Scoped):
    """What passages are looked for."""

    question: Annotated[str, Field(max_length=LONGEST_QUESTION)]
    k: int | None = Field(None, ge=1, le=100, description="Passages to retrieve.")


class ArticleReply(BaseModel):
    """An article without its text. `published` is an ISO 8601 date, as precise as the source was."""

    id: str
    title: str
    url: str | None
    publisher: str | None
    published: str | None
    source: str
    ocr: bool = Field(False, description="Whether words in it were read from images.")


Page = Annotated[int | None, Field(description="The page it begins on; null where the article has no pages.")]
Place = Annotated[
    str, Field(description='The page or pages for a reader: "p. 3", "pp. 3–4", "slide 3" or "".')
]


class CitationReply(BaseModel):
    """What a marker [number] stands for: `quote` is characters `start` to `end` of the article's text."""

    number: int
    article: ArticleReply
    start: int
    end: int
    quote: str
    support: float
    page: Page = None
    place: Place = ""


class SentenceReply(BaseModel):
    """A sentence, and the numbers of its citations."""

    text: str
    citations: list[int]
    supported: bool = True


class PointReply(BaseModel):
    """One item of an answer; `when` is the date it is about, `about` the heading it stands under."""

    text: str
    citations: list[int]
    when: str = ""
    about: str = ""


class TableReply(BaseModel):
    """A comparison: of each row the cells, which are lists of points. `silent` are the columns without any."""

    columns: list[str]
    rows: list[list[list[PointReply]]]
    silent: list[str]


class ModelReply(BaseModel):
    """Which model answered."""

    name: str
    engine: str
    adapted: bool = False


class AskReply(BaseModel):
    """An answer with what it rests on, or a refusal: `abstained` is true, and `citations` are the closest passages.

    `outcome` is answered, unsure (`short` may be the answer: whoever reads its sentence decides) or refused.
    """

    question: str
    standalone: str
    kind: str
    short: str
    text: str
    sentences: list[SentenceReply]
    points: list[PointReply]
    table: TableReply | None
    lead: list[SentenceReply]
    citations: list[CitationReply]
    outcome: Outcome
    abstained: bool
    reason: str
    confidence: float
    model: ModelReply
    prompt_tokens: int
    timings: dict[str, float]

    @classmethod
    def of(cls, answer: Answer) -> AskReply:
        """The reply that an Answer makes."""
        return cls.model_validate(answer_to_dict(answer))


class PointsEvent(BaseModel):
    """What can be shown at once: the points of an open answer, or without points the sentence closest to a fact."""

    points: list[PointReply]
    table: TableReply | None
    sentences: list[SentenceReply]
    citations: list[CitationReply]

    @classmethod
    def of(cls, answer: Answer) -> PointsEvent:
        """The event that a partial answer makes."""
        return cls.model_validate(answer_to_dict(answer))


class HitReply(BaseModel):
    """A passage: `text` is characters `start` to `end` of the article's text. Scores compare within one list only."""

    rank: int
    score: float
    article: ArticleReply
    start: int
    end: int
    text: str
    page: Page = None
    place: Place = ""


class SearchReply(BaseModel):
    """Passages, best first; where there are none, `nothing` says why."""

    hits: list[HitReply]
    nothing: str = ""

    @classmethod
    def of(cls, found: Found) -> SearchReply:
        """The reply that a search makes."""
        return cls.model_validate({"hits": hits_to_list(found.hits), "nothing": found.nothing})


class ArticlesReply(BaseModel):
    """A page of the articles that a filter leaves, `total` in all, in the order they were added."""

    total: int
    offset: int
    articles: list[ArticleReply]

    @classmethod
    def of(cls, total: int, offset: int, articles: Sequence[Article]) -> ArticlesReply:
        """A page that begins at `offset`."""
        found = [ArticleReply.model_validate(article_to_dict(article)) for article in articles]
        return cls(total=total, offset=offset, articles=found)


class FullArticleReply(ArticleReply):
    """An article with its text from character `offset` on; `length` is that of the whole text."""

    text: str
    offset: int
    length: int

    @classmethod
    def of(cls, article: Article, offset: int = 0, limit: int | None = None) -> FullArticleReply:
        """At most `limit` characters of an article."""
        end = None if limit is None else offset + limit
        more: dict[str, Any] = {"offset": offset, "length": len(article.text)}
        return cls.model_validate({**article_to_dict(article), "text": article.text[offset:end], **more})


class MarkReply(BaseModel):
    """A rectangle over words on a page: shares of its width and height, counted from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


class PageReply(BaseModel):
    """A page's picture without the picture: its place and size in pixels, and where the words are that were asked for.

    `note` says why some of them aren't marked, "" where all are.
    """

    number: int
    pages: int
    width: int
    height: int
    marks: list[MarkReply]
    note: str

    @classmethod
    def of(cls, made: PagePicture) -> PageReply:
        """A page as it was drawn."""
        marks = [MarkReply(left=m.left, top=m.top, right=m.right, bottom=m.bottom) for m in made.marks]
        size = {"width": made.width, "height": made.height}
        return cls(number=made.number, pages=made.pages, **size, marks=marks, note=made.note)


class LibraryReply(BaseModel):
    """A library at a glance; `newest` and `oldest` are dates of publication."""

    name: str
    articles: int
    passages: int
    newest: str | None
    oldest: str | None
    publishers: list[str]

    @classmethod
    def of(cls, name: str, library: Library) -> LibraryReply:
        """What the library of that name holds; of its publishers those of most articles."""
        held = library.status()
        return cls(
            name=name,
            articles=held.articles,
            passages=held.passages,
            newest=held.newest,
            oldest=held.oldest,
            publishers=list(library.publishers()[:200]),
        )


class LibrariesReply(BaseModel):
    """The libraries that can be asked; the first one is meant where none is named."""

    libraries: list[LibraryReply]


class Problem(BaseModel):
    """What is the matter, in one line."""

    message: str
    type: str
    code: str | None = None


class ProblemReply(BaseModel):
    """What every refused request gets."""

    error: Problem

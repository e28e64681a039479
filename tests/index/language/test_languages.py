"""In which language a text is."""

import pytest

from index.language.languages import folded, language_of
from index.language.names import names
from lab.languages.measure import rows
from qa.understand.kind import kinds_of


@pytest.mark.parametrize("row", rows("articles.jsonl"), ids=lambda row: row["id"])
def test_articles_are_of_the_language_they_are_in(row: dict[str, str]) -> None:
    expected = "unspaced" if row["id"][:2] in ("zh", "ja") else row["id"][:2]
    assert language_of(folded(f"{row['title']}\n{row['text']}")) == expected


@pytest.mark.parametrize(
    "text", ["", "?", "1,300", "Las Palmas", "Die Hard in LA", "Who saw de la Cruz in Los Alamos?"]
)
def test_what_tells_nothing_is_english(text: str) -> None:
    assert language_of(folded(text)) == "en"


def test_questions_of_other_languages_are_no_greetings(embedder) -> None:
    assert kinds_of("大坝什么时候开始泄洪？", embedder)[0] == "fact"


def test_a_word_behind_an_opening_mark_is_no_name() -> None:
    assert names("¿Cuántos barrios fumigarán?") == frozenset()

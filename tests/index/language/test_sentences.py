"""Sentence spans: what news looks like, and that no text at all breaks them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.language.sentences import LONGEST, sentences, unbreakable


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


NEWS = [
    ["The U.S. government agreed.", "Mr. Ode met Dr. J. K. Rowling at 5 p.m. ET on Jan. 5.", "He left."],
    ["Gov. Ann Lee won.", "Lt. Gen. Smith and Rep. Jim Ode, R-Ohio, met."],
    ["She paid $3.5 million.", "Prices rose 3.2% vs. 4% in Sept. 2021.", "The No. 1 seed won."],
    ["“Is it true?” he asked.", "“It is.”", "She left."],
    ['"I won," he said.', '"You lost!"'],
    ["Apple Inc. said so.", "U.N. Secretary-General Ban spoke."],
    ["今日は晴れです。", "明日は雨でしょう。"],
    ["Have the records changed; 68 are lost."],
]


@pytest.mark.parametrize("expected", NEWS)
def test_splits_news_where_sentences_end(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


def test_a_headline_and_list_items_stand_alone() -> None:
    text = "Floods in the north\n\nThey lost:\n• two bridges\n• a mill\n- one road"
    assert split(text) == ["Floods in the north", "They lost:", "• two bridges", "• a mill", "- one road"]


def test_lines_that_are_merely_wrapped_stay_together() -> None:
    text = (
        "The mayor of the town said on Monday that the bridge over the\n"
        "River Ode would stay shut until the end of the year, as would\n"
        "Mill Lane. Nobody was hurt in the accident of last week."
    )
    assert [s.split()[0] for s in split(text)] == ["The", "Nobody"]
    assert split("The bridge over the\nriver is shut. Go.") == ["The bridge over the\nriver is shut.", "Go."]


def test_an_endless_sentence_is_cut_at_its_clauses() -> None:
    text = "; ".join(f"Town number {i} has reported losses to the state" for i in range(60)) + "."
    pieces = split(text)
    assert max(map(len, pieces)) <= LONGEST
    assert all(piece.endswith((";", ".")) for piece in pieces)


NASTY = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(
            list(".!?…。\"'“”()[]•-—;:,\n\n  \t\f\r\x1c\x85\u2028\u200b\u200d\u0301\ufe0f👩🏽אبA1a")
        ),
    ),
    max_size=120,
)


@given(NASTY)
@settings(max_examples=200, deadline=None)
def test_spans_cover_every_character_that_is_no_space(text: str) -> None:
    at = 0
    for start, end in sentences(text):
        assert at <= start < end <= len(text)
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        assert not unbreakable(text, start)
        at = end
    assert not text[at:].strip()


@pytest.mark.parametrize("piece", ["a", "( a", ". ", "e\u0301", "A. ", "\n", "'", "👩\u200d", "\u0301"])
def test_monotonous_text_is_no_trap(piece: str) -> None:
    text = piece * 8000
    spans = sentences(text)
    assert sum(len(text[a:b].split()) for a, b in spans) >= len(text.split())


ABROAD = {
    "German": [
        "Die Brücke ist seit dem 3. Oktober gesperrt.",
        "Sie kostet 14 Mio. Euro.",
        "Dr. Großmann sprach, d. h. sie las, z. B. aus dem 19. Jahrhundert vor.",
        "Der Minister a. D. kam am 5. Mai.",
    ],
    "Spanish": [
        "La Sra. García llegó con el Sr. Pérez.",
        "Vive en EE. UU. desde 2010.",
        "¿Y los lectores?",
        "¡Qué sorpresa!",
        "Véase la pág. 12.",
    ],
    "French": ["M. Faure est venu avec Mme. Dupont.", "Mgr. Rey parle.", "C'est fini !", "Vraiment ?"],
    "Portuguese": ["O Sr. João e a Sra. Lima saíram.", "A Profa. Ana mora na Av. Paulista."],
    "Italian": ["Il sig. Bruno Tarsi ha parlato.", "L'on. Verdi e il dott. Bianchi tacciono."],
    "Dutch": ["Dhr. Jansen en mevr. De Vries kwamen, bijv. gisteren.", "Dat is o.a. waar."],
    "Polish": ["Prof. Wolski mówił m.in. o drodze.", "Mieszka przy ul. Długiej.", "To jest tzw. Nowa Huta."],
    "Russian": [
        "Он живёт в г. Москве на ул. Ленина.",
        "А. С. Пушкин родился в 1799 г. в Москве.",
        "См. рис. 3.",
    ],
    "Arabic": ["هل سيجد العمال وظائف جديدة؟", "وعد المحافظ بافتتاح مركز."],
    "Chinese": ["大坝将于当晚开始泄洪。", "居民已被疏散！", "他说：“我们走。”", "票价不变；工程继续。"],
    "Japanese": ["県は発表した。", "「もう帰ります。」と彼は言った。", "「本を読めます」と話す。"],
}


@pytest.mark.parametrize("language", ABROAD)
def test_sentences_of_other_languages(language: str) -> None:
    text = ("" if language in ("Chinese", "Japanese") else " ").join(ABROAD[language])
    assert split(text) == ABROAD[language]

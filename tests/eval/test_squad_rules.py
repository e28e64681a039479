"""Exact match and token F1 against arithmetic done by hand, and against the official SQuAD 2.0 script.

The figures of CASES were computed by `get_raw_scores` of the script itself (evaluate-v2.0.py of Rajpurkar et al., Know
What You Don't Know, 2018) and, apart from it, by `get_raw_scores` of transformers 4.57.6
(transformers.data.metrics.squad_metrics), which agree on every case. None of them comes from Footnote's code.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics.exact_match import exact_match
from eval.metrics.normalise import normalise, squad
from eval.metrics.token_f1 import token_f1


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The Beatles", "beatles"),
        ("a cat and an owl", "cat and owl"),
        ("Another theatre, anyway", "another theatre anyway"),
        ("U.S.A.", "usa"),
        ("twenty-one", "twentyone"),
        ("the-end", "theend"),
        ("A.N. Other", "other"),
        ("it's", "its"),
        ("  5,000\tpeople\n", "5000 people"),
        ("$5.50", "550"),
        ("5 €", "5 €"),
        ("“Quoted”", "“quoted”"),
        ("İstanbul", "i̇stanbul"),
        ("a the an", ""),
        ("?!", ""),
        ("", ""),
    ],
)
def test_normalising_follows_the_official_script(text: str, normal: str) -> None:
    assert squad(text) == normal


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Obama’s", "Obama's"),
        ("“Hamlet”, „Hamlet“ and «Hamlet»", '"Hamlet", "Hamlet" and "Hamlet"'),
        ("2010–2012, 5−3", "2010-2012, 5-3"),
        ("wait… now", "wait... now"),
        ("New\u00a0York", "New York"),
        ("“The Hobbit”", '"The Hobbit"'),
    ],
)
def test_typographic_characters_count_as_plain_ones(text: str, plain: str) -> None:
    assert normalise(text) == normalise(plain) == squad(plain)
    assert (exact_match(text, [plain]), exact_match(plain, [text]), token_f1(text, [plain])) == (1, 1, 1)


@pytest.mark.parametrize(
    ("prediction", "gold"),
    [
        ("two dozen", "24"),
        ("$1.5m", "1.5 million"),
        ("thirty thousand", "30,000"),
        ("Sept. 3", "3 September"),
    ],
)
def test_numbers_and_dates_written_otherwise_are_no_exact_match(prediction: str, gold: str) -> None:
    assert exact_match(prediction, [gold]) == 0


@settings(deadline=None)
@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_text_is_normalised_by_the_official_rules(text: str) -> None:
    assert normalise(text) == squad(text)


@settings(deadline=None)
@given(st.text())
def test_normalising_is_free_of_case_punctuation_and_spare_space(text: str) -> None:
    normal = normalise(text)
    assert normal == " ".join(normal.split())
    assert not set(normal) & set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


@pytest.mark.parametrize(
    ("prediction", "golds", "em", "f1"),
    [
        ("Nile", ["Nile"], 1, 1),
        ("the NILE!", ["Amazon", "Nile"], 1, 1),
        ("Nile river", ["Nile"], 0, 2 / 3),  # P=1/2, R=1/1
        ("river", ["Nile"], 0, 0),
        ("big red dog", ["red dog barks loudly"], 0, 4 / 7),  # 2 shared of 3 and 4
        ("dog dog dog", ["dog"], 0, 0.5),  # the gold has it once: P=1/3, R=1
        ("1931 April", ["April 1931"], 0, 1),
        ("in 1931", ["April 1931", "1931"], 0, 2 / 3),  # the better of 1/2 and 2/3
        ("", ["Nile"], 0, 0),
        ("", [], 1, 1),
        ("the", [], 1, 1),
        ("Nile", [], 0, 0),
        ("A", ["A"], 1, 1),  # a gold that vanishes leaves only ""
        ("Nile", ["the", "Nile"], 1, 1),
    ],
)
def test_exact_match_and_token_f1(prediction: str, golds: list[str], em: float, f1: float) -> None:
    assert exact_match(prediction, golds) == em
    assert token_f1(prediction, golds) == pytest.approx(f1)


# What the case is about, the prediction, the gold answers, the script's exact match, its F1 (to six decimals).
CASES: list[tuple[str, str, list[str], int, float]] = [
    ("equal", "Nile", ["Nile"], 1, 1),
    ("case", "nILE", ["Nile"], 1, 1),
    ("article in front", "the Nile", ["Nile"], 1, 1),
    ("article inside", "Bank of the West", ["Bank of West"], 1, 1),
    ("article as part of a word", "Theatre", ["atre"], 0, 0),
    ("article at the end", "Vitamin A", ["Vitamin"], 1, 1),
    ("all three articles", "a pear, an apple and the plum", ["pear apple and plum"], 1, 1),
    ("article made by dropping stops", "A.N. Other", ["Other"], 1, 1),
    ("article made by dropping an apostrophe", "Th'e end", ["end"], 1, 1),
    ("article joined by a hyphen", "the-end", ["end"], 0, 0),
    ("foreign article", "Los Angeles", ["Angeles"], 0, 0.666667),
    ("accent makes another word", "thé", ["the"], 0, 0),
    ("combining accent ends the article", "the\u0301", ["\u0301"], 1, 1),
    ("final stop", "1999.", ["1999"], 1, 1),
    ("abbreviation", "U.S.A.", ["USA"], 1, 1),
    ("spaced abbreviation", "U. S. A.", ["USA"], 0, 0),
    ("hyphen joins", "twenty-one", ["twenty one"], 0, 0),
    ("hyphen against none", "twenty-one", ["twentyone"], 1, 1),
    ("en dash stays", "2010–2012", ["2010-2012"], 0, 0),
    ("slash joins", "and/or", ["and or"], 0, 0),
    ("underscore vanishes", "snake_case", ["snakecase"], 1, 1),
    ("typographic apostrophe stays", "Obama’s", ["Obama's"], 0, 0),
    ("apostrophe vanishes", "Obama's", ["Obamas"], 1, 1),
    ("typographic quotes stay", "“Hamlet”", ["Hamlet"], 0, 0),
    ("article behind a typographic quote", "“The Hobbit”", ["“ Hobbit”"], 1, 1),
    ("straight quotes vanish", '"The Hobbit"', ["Hobbit"], 1, 1),
    ("brackets", "Paris (Texas)", ["Paris, Texas"], 1, 1),
    ("dollar vanishes", "$5.50", ["550"], 1, 1),
    ("dollar against pound", "$5 million", ["£5 million"], 0, 0.500000),
    ("euro stays", "€5", ["5"], 0, 0),
    ("euro apart", "5 €", ["5"], 0, 0.666667),
    ("per cent sign", "40%", ["40 percent"], 0, 0.666667),
    ("thousands", "1,000", ["1000"], 1, 1),
    ("decimal point", "3.5", ["35"], 1, 1),
    ("minus", "-5", ["5"], 1, 1),
    ("degree sign stays", "5°C", ["5C"], 0, 0),
    ("full-width digit", "５", ["5"], 0, 0),
    ("dotted capital I", "İstanbul", ["istanbul"], 0, 0),
    ("sharp s", "STRASSE", ["Straße"], 0, 0),
    ("composed and combining", "caf\u00e9", ["cafe\u0301"], 0, 0),
    ("no-break space splits", "New\u00a0York", ["New York"], 1, 1),
    ("zero-width space does not", "New\u200bYork", ["New York"], 0, 0),
    ("tabs and newlines", " New\t\nYork ", ["New York"], 1, 1),
    ("ideographic stop stays", "东京。", ["东京"], 0, 0),
    ("Chinese is one word", "东京都", ["东京"], 0, 0),
    ("emoji", "🙂 yes", ["yes"], 0, 0.666667),
    ("order of words", "1931 April", ["April 1931"], 0, 1),
    ("one word too many", "in April 1931", ["April 1931"], 0, 0.800000),
    ("one word too few", "April", ["April 1931"], 0, 0.666667),
    ("nothing shared", "May 1932", ["April 1931"], 0, 0),
    ("repeated in the prediction", "New New York", ["New York"], 0, 0.800000),
    ("repeated in the gold", "York", ["New York New York"], 0, 0.400000),
    ("repeated in both", "ha ha ha", ["ha ha"], 0, 0.800000),
    ("best of several", "in 1931", ["April 1931", "1931", "in the spring of 1931"], 0, 0.666667),
    ("exact in one, F1 in another", "1931", ["April 1931", "1931"], 1, 1),
    ("same gold twice", "Nile river", ["Nile", "Nile"], 0, 0.666667),
    ("no answer, none given", "", [], 1, 1),
    ("no answer, one given", "Nile", [], 0, 0),
    ("no answer, article given", "the", [], 1, 1),
    ("no answer, punctuation given", "?!", [], 1, 1),
    ("no answer, space given", "  ", [], 1, 1),
    ("answer, none given", "", ["Nile"], 0, 0),
    ("answer, only an article given", "the", ["Nile"], 0, 0),
    ("gold is empty", "", [""], 1, 1),
    ("gold is empty, answer given", "Nile", [""], 0, 0),
    ("gold is an article", "A", ["A"], 1, 1),
    ("gold is an article, none given", "", ["A"], 1, 1),
    ("gold is an article, other given", "B", ["A"], 0, 0),
    ("gold is punctuation", "!", ["?"], 1, 1),
    ("gold is an article, another stands beside", "", ["the", "Nile"], 0, 0),
    ("empty gold beside a real one", "Nile", ["", "Nile"], 1, 1),
    ("empty gold beside a real one, none given", "", ["", "Nile"], 0, 0),
    ("sentence for a phrase", "It flows into the Mediterranean Sea.", ["the Mediterranean Sea"], 0, 0.571429),
    ("phrase for a sentence", "Mediterranean", ["It flows into the Mediterranean Sea."], 0, 0.333333),
]


@pytest.mark.parametrize(
    ("prediction", "golds", "em", "f1"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_case_scores_as_the_official_script_scores_it(
    prediction: str, golds: list[str], em: int, f1: float
) -> None:
    assert exact_match(prediction, golds, squad) == em
    assert token_f1(prediction, golds, squad) == pytest.approx(f1, abs=5e-7)


@pytest.mark.parametrize(
    ("part", "n", "em", "f1"),
    [("all", 74, 44.594595, 57.934363), ("HasAns", 69, 42.028986, 56.335404), ("NoAns", 5, 80.0, 80.0)],
)
def test_the_means_over_all_cases_are_the_official_scripts(part: str, n: int, em: float, f1: float) -> None:
    """HasAns are the cases with a gold answer, even one of which nothing is left: so the script splits."""
    cases = [case for case in CASES if part == "all" or bool(case[2]) == (part == "HasAns")]
    assert len(cases) == n
    assert 100 * sum(exact_match(case[1], case[2], squad) for case in cases) / n == pytest.approx(
        em, abs=1e-6
    )
    assert 100 * sum(token_f1(case[1], case[2], squad) for case in cases) / n == pytest.approx(f1, abs=1e-6)

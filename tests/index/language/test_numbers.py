"""Numbers read back what a speller of the test's own writes, in every way that people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.numbers import plain
from index.language.numbers import read as numbers
from index.language.times import months_named

UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def spelled(n: int, hyphen: str = "-", joint: str = " and ") -> str:
    """`n` in words: `hyphen` within twenty-one, `joint` before what is below a hundred."""
    for scale, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if n >= scale:
            whole, rest = divmod(n, scale)
            # In the thousands a joint belongs to their own hundreds alone: "two hundred and five thousand".
            told = f"{spelled(whole, hyphen, joint)} {name}"
            if not rest:
                return told
            return told + (joint if rest < 100 else " ") + spelled(rest, hyphen, joint)
    if n < 20:
        return UNITS[n]
    ten, unit = divmod(n, 10)
    return TENS[ten - 2] + (hyphen + UNITS[unit] if unit else "")


def values(text: str) -> list[Fraction]:
    return [Fraction(number.value) for number in numbers(text)]


@given(
    st.integers(0, 10**9) | st.integers(0, 3000),
    st.sampled_from(["-", " "]),
    st.sampled_from([" and ", " "]),
    st.sampled_from([str.lower, str.upper, str.capitalize]),
)
def test_a_spelled_number_is_read_back(n: int, hyphen: str, joint: str, case: object) -> None:
    said = case(spelled(n, hyphen, joint))  # type: ignore[operator]
    assert values(said) == [n]
    assert values(f"They said {said} people, or more, had left.") == [n]


@given(st.integers(0, 10**15))
def test_digits_are_read_with_and_without_commas(n: int) -> None:
    assert values(f"{n}") == values(f"{n:,}") == values(f"so {n:,}.") == [n]
    assert plain(values(f"{n:,}")[0]) == str(n)


@given(
    st.integers(1, 9999),
    st.integers(0, 99),
    st.sampled_from(
        [
            ("hundred", 100, ""),
            ("thousand", 1000, "k"),
            ("million", 10**6, "m"),
            ("billion", 10**9, "bn"),
            ("trillion", 10**12, "tn"),
        ]
    ),
)
def test_a_scale_in_words_or_letters_multiplies(whole: int, part: int, scale: tuple[str, int, str]) -> None:
    name, value, letters = scale
    decimal = f"{whole}.{part:02}"
    meant = [Fraction(decimal) * value]
    assert values(f"{decimal} {name}") == values(f"{decimal}-{name}") == values(f"${decimal} {name}") == meant
    if letters:
        assert values(f"${decimal}{letters}") == values(f"€ {decimal}{letters.upper()}") == meant


@given(
    st.lists(st.sampled_from([*"0123456789,.$½ -'", " one ", " million ", " and ", " a ", " half ", "third"]))
)
def test_any_text_is_read_in_order_and_without_overlap(pieces: list[str]) -> None:
    found = numbers("".join(pieces))
    ends = [0, *(number.end for number in found)]
    assert all(end <= number.start < number.end for end, number in zip(ends, found, strict=False))
    assert all(Fraction(plain(number.value)) == number.value for number in found)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("two dozen men", ["24"]),
        ("a dozen, half a dozen, three and a half dozen", ["12", "6", "42"]),
        ("half a million and a half-million", ["500000", "500000"]),
        ("a quarter of a million, three quarters of a million", ["250000", "750000"]),
        ("one and a half million; a million and a half; 2½ million", ["1500000", "1500000", "2500000"]),
        ("a hundred, a thousand two hundred", ["100", "1200"]),
        ("twelve hundred and five", ["1205"]),
        ("two-thirds, two thirds, three-quarters, one-third", ["2/3", "2/3", "0.75", "1/3"]),
        ("three quarters in a row", ["3"]),
        ("the third man, the twenty-first century, the 27th", ["3", "21", "27"]),
        ("a twenty-second clip, the second", ["20"]),
        ("the 1980s, from 15, 000 to 30\u202f200", ["1980", "15000", "30200"]),
        ("$1.5m, £3bn, 30k, 2bn", ["1500000", "3000000000", "30000", "2000000000"]),
        ("a wall of 5m", ["5"]),
        ("4.5%, 40 per cent", ["4.5", "40"]),
        ("two thousand and 1,300; two thousand and three hundred", ["2000", "1300", "2000", "300"]),
        ("between two and three hundred, twenty, five", ["2", "300", "20", "5"]),
        ("two million two years ago", ["2000000", "2"]),
        ("dozens, hundreds, several hundred, a few million, many dozen", []),
        ("It was half of it, a quarter past", []),
    ],
)
def test_what_else_people_write(text: str, meant: list[str]) -> None:
    assert [plain(number.value) for number in numbers(text)] == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Sept. 3", ["september"]),
        ("3 Sep 2024, the 3rd Sept and Jan 2020", ["september", "september", "january"]),
        ("It may march on in May’s sun, 3 JULY", ["may", "july"]),
        ("Jan Smith met Dec", []),
    ],
)
def test_months_in_full_and_abbreviated(text: str, meant: list[str]) -> None:
    assert [month for *_, month in months_named(text)] == meant

"""Names are read whole, with what belongs to them and nothing else; a name that was cut in two is another one."""

from __future__ import annotations

import pytest

from index.language.names import cut, named_numbers, stands_whole, whole_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The mayor of Port Calder met Ada Holm.", ["Port Calder", "Ada Holm"]),
        ("Port Calder Mayor Ada Holm spoke.", ["Port Calder", "Mayor Ada Holm"]),
        (
            "Attorney General Petra Marsh flew to the U.S. on Sunday.",
            ["Attorney General Petra Marsh", "U.S."],
        ),
        ("He told NPR's Ada Holm so.", ["NPR", "Ada Holm"]),
        ("the Bank of Elm and J. K. Holm", ["Bank", "Elm", "J. K. Holm"]),
        ("members of Quay 18 and MS-13", ["Quay 18", "MS-13"]),
        ("María de la Cruz of Élan", ["María de la Cruz", "Élan"]),
        ("in 2016, on 3 May, it rained", []),
    ],
)
def test_names_are_whole(text: str, names: list[str]) -> None:
    assert [text[name.start : name.end] for name in whole_names(text)] == names


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("They were members of Quay 18.", ["18"]),
        ("They are members of the 18 gang or helped it.", ["18"]),
        ("We took the 42 bus.", ["42"]),
        ("In Elm 18 men were held.", []),
        ("Police held the 18 gang members.", []),
        ("Of the 18 held six had a record.", []),
        ("Police 18, thieves 40.", []),
        ("On Sunday 18 came, in May 30.", []),
        ("The 17 individuals deported this week came.", []),
    ],
)
def test_a_number_that_is_part_of_a_name_is_told_from_a_count(text: str, numbers: list[str]) -> None:
    assert [text[start:end] for start, end in named_numbers(text)] == numbers


def test_what_is_left_of_a_name_is_another_one() -> None:
    assert cut(["Calder"], ["Port", "Calder"])
    assert cut(["Elm", "Valley"], ["Elm", "Valley", "Times"])
    assert not cut(["Ada", "Holm"], ["Engineer", "Ada", "Holm"])
    assert not cut(["Ada", "Holm"], ["Ada", "Holm"])
    assert stands_whole(["Holm"], "Ada Holm came. “Rain,” Holm said.")
    assert not stands_whole(["Calder"], "Port Calder is a town. In Port Calder it rains.")

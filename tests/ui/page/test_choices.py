"""What a reader chooses for the next questions: read from a form, kept with an answer, said in few words."""

from __future__ import annotations

import pytest

from index.config import Config
from index.errors import BadSetting
from tests.ui.page.test_view import HOSTILE
from ui.page.choices import Choices, form, line, read

CONFIG = Config()


def test_a_form_is_read_and_said_in_few_words() -> None:
    said = {
        "level": "strict",
        "writing": "quotes",
        "since": " 2017 ",
        "until": "",
        "publisher": "NPR",
        "keep": "no",
    }
    chosen = read(said, Choices.of(CONFIG))
    assert chosen == Choices("strict", "quotes", "2017", None, "NPR", keep=False)
    assert "Strict; quotes alone; only articles by NPR and from 2017 or later." in line(chosen, CONFIG)
    assert line(Choices.of(CONFIG), CONFIG) == ""
    assert chosen.config(CONFIG).threshold == "strict"


def test_a_day_that_is_asked_as_of_is_kept_and_taken_back() -> None:
    chosen = read({"as_of": "May 2017"}, Choices.of(CONFIG))
    scope = chosen.scope()
    assert scope is not None
    assert (scope.until, scope.as_of) == ("2017-05", "2017-05")
    assert "nly articles from 2017-05 or earlier." in line(chosen, CONFIG)
    assert 'name="as_of" value="May 2017"' in form(chosen)
    assert Choices.kept({**chosen.limits}, CONFIG) == chosen
    assert chosen.again({"all": "all"}) == Choices.of(CONFIG)


def test_what_a_form_cant_hold_changes_nothing() -> None:
    before = Choices.of(CONFIG)
    assert read({"level": "0", "writing": 7, "since": ["x"], "keep": None}, before) == before


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"since": "some day"}, "“From”"),
        ({"since": "2018", "until": "2017"}, "“To”"),
        ({"publisher": "!!"}, "“Publisher”"),
        ({"as_of": "some day"}, "“As of”"),
        ({"as_of": "2018", "until": "2017"}, "“To” and “As of”"),
    ],
)
def test_what_is_wrong_is_said_by_the_names_of_the_fields(said: dict[str, str], field: str) -> None:
    with pytest.raises(BadSetting) as error:
        read(said, Choices.of(CONFIG))
    assert field in str(error.value)
    assert "--" not in str(error.value)


def test_a_configured_number_stays_a_choice() -> None:
    page = form(Choices(0.37, "lead"))
    assert "As configured (0.37)" in page
    assert read({"level": "0.37"}, Choices(0.37, "lead")).threshold == 0.37


@pytest.mark.parametrize(
    "settings", [{"threshold": "mad"}, {"writing": 3}, {"since": "some day"}, {"until": 4}]
)
def test_what_was_kept_and_cant_be_read_is_as_configured(settings: dict[str, object]) -> None:
    assert Choices.kept(settings, CONFIG) == Choices.of(CONFIG)
    assert Choices.kept({"threshold": "eager", "since": "2017"}, CONFIG) == Choices("eager", "lead", "2017")


@pytest.mark.parametrize("bad", HOSTILE)
def test_names_of_publishers_stay_text(bad: str) -> None:
    chosen, plain = Choices("strict", "lead", publisher=bad), Choices("strict", "lead", publisher="x")
    assert form(chosen, [bad]).count("<") == form(plain, ["x"]).count("<")
    assert form(chosen, [bad]).count('"') == form(plain, ["x"]).count('"')

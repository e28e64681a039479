"""What a reader chooses for the next questions: how sure, how much is written, which articles, whether it is kept.

Pure functions and a frozen value; `settings.js` gives the form its changes. Knows nothing of Gradio.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from index.config import LEVELS, WRITING, Config
from index.errors import BadSetting
from index.search.scope import Scope
from qa.offers import Offer, usable
from qa.presentation.markup import Html, el

SURE = {
    "strict": ("Strict", "Answers only what the articles say beyond doubt; refuses more."),
    "balanced": ("Balanced", "Answers what is well supported, and marks what isn’t certain."),
    "eager": ("Eager", "Answers more, and is wrong more often."),
}
WRITTEN = {
    "quotes": ("Quotes alone", "The articles’ own sentences; the fastest."),
    "lead": ("Quotes below a written lead", "One to three sentences, checked against the quotes."),
    "full": ("A written answer", "Several sentences; slow with a small model."),
}
LONGEST = 100
"""Characters that a date or a publisher may have."""
LIMITS = {"since": "From", "until": "To", "publisher": "Publisher", "as_of": "As of"}
"""What limits the articles: the names of settings, as the form's fields are called."""


@dataclass(frozen=True, slots=True)
class Choices:
    """How questions are answered: settings by their names; `keep` says whether new conversations are kept."""

    threshold: str | float
    writing: str
    since: str | None = None
    until: str | None = None
    publisher: str | None = None
    as_of: str | None = None
    keep: bool = True
    model: str = ""
    """The name of the language model; "" is the configured one."""

    @classmethod
    def of(cls, config: Config) -> Choices:
        """What is configured."""
        return cls(config.threshold, config.writing)

    @classmethod
    def kept(cls, settings: Mapping[str, Any], config: Config) -> Choices:
        """Those that an exchange was kept with; what can't be read is as configured."""
        try:
            limits: dict[str, Any] = {name: settings.get(name) for name in LIMITS}
            model = settings.get("model", config.model)
            chosen = cls(
                settings.get("threshold", config.threshold),
                settings.get("writing", config.writing),
                model=model if model != config.model and usable(model, config) else "",
                **limits,
            )
            chosen.config(config)
            chosen.scope()
        except (BadSetting, TypeError, AttributeError):
            return cls.of(config)
        return chosen

    def config(self, config: Config) -> Config:
        """The configuration with these settings. Raises BadSetting."""
        return replace(
            config, threshold=self.threshold, writing=self.writing, model=self.model or config.model
        )

    def scope(self) -> Scope | None:
        """The articles that alone are asked. Raises BadSetting for a date or a publisher that can't be used."""
        return Scope.of(**self.limits)

    @property
    def limits(self) -> dict[str, str | None]:
        """The texts that limit the articles, by the names of settings."""
        return {name: getattr(self, name) for name in LIMITS}

    def again(self, said: Mapping[str, Any], models: Sequence[str] = ()) -> Choices:
        """These, changed by what came with a click: a known level or way of writing, a model, or all articles.

        `models` are those to choose from, the configured one first.
        """
        level, writing, model = said.get("level"), said.get("writing"), said.get("model")
        after = replace(
            self,
            threshold=level if level in LEVELS else self.threshold,
            writing=writing if writing in WRITING else self.writing,
            model=("", *models[1:])[models.index(model)] if model in models else self.model,
        )
        unlimited: dict[str, Any] = dict.fromkeys(LIMITS)
        return replace(after, **unlimited) if said.get("all") == "all" else after

    def unlike(self, config: Config) -> list[str]:
        """What differs from what is configured, each in a few words."""
        names = []
        if self.threshold != config.threshold:
            names.append(
                SURE[str(self.threshold)][0].lower() if self.threshold in SURE else f"{self.threshold}"
            )
        if self.writing != config.writing:
            names.append(WRITTEN[self.writing][0].lower())
        if self.model:
            names.append(f"by {self.model}")
        scope = self.scope()
        return [*names, f"only articles {scope}"] if scope else names


def read(said: Mapping[str, Any], before: Choices, models: Sequence[str] = ()) -> Choices:
    """The choices that a form brings, the model one of `models`, of which the first is the configured one.

    Raises BadSetting; what the form can't hold stays as `before`.
    """
    limits: dict[str, Any] = {name: _text(said.get(name)) for name in LIMITS}
    after = replace(before.again(said, models), **limits, keep=said.get("keep") != "no")
    try:
        after.scope()
    except BadSetting as error:
        raise BadSetting(for_readers(str(error))) from None
    return after


def _text(given: object) -> str | None:
    return (" ".join(given.split())[:LONGEST] or None) if isinstance(given, str) else None


def for_readers(message: str) -> str:
    """An error's words with the names of the form's fields in place of those of the command line."""
    for name, field in LIMITS.items():
        message = message.replace(f"--{name.replace('_', '-')}", f"“{field}”")
    return message


def form(
    chosen: Choices,
    publishers: Sequence[str] = (),
    models: Sequence[Offer] = (),
    *,
    keeping: bool = False,
) -> Html:
    """The button that opens the settings, and their form; `publishers` are offered, others may be written.

    `models` are those to choose from, the configured one first; where there are none, none is asked for.
    """
    levels = [*SURE.items()]
    if chosen.threshold not in SURE:
        levels.append((f"{chosen.threshold}", (f"As configured ({chosen.threshold})", "")))
    parts = [
        _radios("How sure must an answer be?", "level", levels, str(chosen.threshold)),
        _radios("What is written to open questions?", "writing", [*WRITTEN.items()], chosen.writing),
        el(
            "fieldset",
            el("legend", "Which articles are asked?"),
            el(
                "div",
                _field("since", chosen, "2017-05-19"),
                _field("until", chosen, "2018"),
                class_="fn-dates",
            ),
            _field("publisher", chosen, "Any", list="fn-publishers"),
            _field("as_of", chosen, "What was known on a day: 2017-05-19"),
            el("datalist", *(el("option", value=name) for name in publishers), id="fn-publishers"),
        ),
    ]
    if models:
        parts.append(_models(models, chosen.model))
    if keeping:
        kinds = [
            ("yes", ("Kept", "Listed at the side until you delete them.")),
            ("no", ("Private", "Nothing of them is kept.")),
        ]
        parts.append(_radios("New conversations are", "keep", kinds, "yes" if chosen.keep else "no"))
    parts.append(el("p", "This holds for your next questions on this page.", class_="fn-hint"))
    parts.append(el("button", "Done", type="button", class_="fn-do fn-done"))
    gear = el(
        "svg",
        *(el("path", d=line) for line in ("M4 7h10M18 7h2M4 17h2M10 17h10", "M16 4.5v5M8 14.5v5")),
        viewBox="0 0 24 24",
        aria_hidden="true",
    )
    summary = el("summary", gear, aria_label="Settings", title="Settings")
    return el(
        "details",
        summary,
        el("form", *parts, class_="fn-choices", aria_label="Settings"),
        class_="fn-settings",
    )


def line(chosen: Choices, config: Config) -> Html:
    """What differs from what is configured, above the field for the question; nothing where nothing does."""
    if not (names := chosen.unlike(config)):
        return Html()
    said = "; ".join(names)
    return el("p", f"{said[0].upper()}{said[1:]}.", class_="fn-chosen", role="status", dir="auto")


def costs(offer: Offer) -> str:
    """What a model costs here, as far as it is known, in a line.

    >>> costs(Offer("small", disk=491_000_000, memory=1_900_000_000, seconds=4.2, licence="Apache-2.0"))
    '0.5 GB on disk, up to 1.9 GB of memory, usually 4 s here, licence Apache-2.0'
    """
    disk = f"{offer.disk / 1e9:.1f} GB on disk" if offer.disk else ""
    memory = f"up to {offer.memory / 1e9:.1f} GB of memory" if offer.memory else ""
    seconds = f"usually {max(1, round(offer.seconds))} s here" if offer.seconds is not None else ""
    return ", ".join(filter(None, (disk, memory, seconds, offer.licence and f"licence {offer.licence}")))


def _models(models: Sequence[Offer], chosen: str) -> Html:
    """The models to choose from; one that isn't on this machine says how to get it."""
    labels = []
    for each in models:
        field = el(
            "input",
            type="radio",
            name="model",
            value=each.name,
            checked=each.name == (chosen or models[0].name),
            disabled=not each.present,
        )
        said: list[object] = [each.name, el("span", f" {costs(each)}", class_="fn-hint")]
        if not each.present:
            fetch = f"{each.fetches / 1e9:.1f} GB to fetch: "
            said.append(
                el("span", "Not on this machine; ", fetch, el("code", each.getting), class_="fn-hint fn-get")
            )
        labels.append(el("label", field, el("span", *said), class_="fn-choice"))
    return el("fieldset", el("legend", "Which model answers?"), *labels, class_="fn-models")


def _radios(legend: str, name: str, kinds: Sequence[tuple[str, tuple[str, str]]], chosen: str) -> Html:
    labels = [
        el(
            "label",
            el("input", type="radio", name=name, value=value, checked=value == chosen),
            el("span", title, el("span", f" {about}", class_="fn-hint") if about else ""),
            class_="fn-choice",
        )
        for value, (title, about) in kinds
    ]
    return el("fieldset", el("legend", legend), *labels)


def _field(name: str, chosen: Choices, example: str, **more: object) -> Html:
    field = el(
        "input",
        name=name,
        value=chosen.limits[name] or "",
        placeholder=example,
        maxlength=LONGEST,
        autocomplete="off",
        **more,
    )
    return el("label", LIMITS[name], field, class_="fn-field")

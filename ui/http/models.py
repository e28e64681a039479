"""What OpenAI's two forms share below /v1: a library is a model, a marker in the text is a citation of an address."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from fastapi import APIRouter, HTTPException

from qa.presentation.annotated import Annotated as Written
from qa.serialise import citation_to_dict
from ui.http.libraries import Libraries, NoLibrary
from ui.http.service import Service

FOOTNOTES = "+footnotes"
"""Behind a library's name: the answer's text ends with its sources, for programs that show no annotations."""


def router(libraries: Libraries[Service]) -> APIRouter:
    """The routes that list the models."""
    routes = APIRouter(prefix="/v1", tags=["OpenAI's form"])

    @routes.get("/models")
    def models() -> dict[str, Any]:
        """Lists the libraries as models, each also with its sources below the answer."""
        names = [each for name in libraries.names for each in (name, name + FOOTNOTES)]
        return {"object": "list", "data": [_model(name) for name in dict.fromkeys(names)]}

    @routes.get("/models/{name:path}")
    def model(name: str) -> dict[str, Any]:
        """Tells of one of them."""
        named(libraries, name)
        return _model(name)

    return routes


def named(libraries: Libraries[Service], name: str) -> tuple[Service, bool]:
    """The service that a model's name means, and whether its sources stand below the answer. Raises HTTPException."""
    for library, footnotes in ((name, False), (name.removesuffix(FOOTNOTES), True)):
        with suppress(NoLibrary):
            return libraries.named(library), footnotes
    raise HTTPException(404, f"No model {name[:60]!r}: GET /v1/models lists {', '.join(libraries.names)}.")


def cited_in(written: Written) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Of each marker of a text the fields of OpenAI's `url_citation`, and what Footnote knows of the citation."""
    return [
        (
            {
                "start_index": mark.start,
                "end_index": mark.end,
                "title": mark.citation.article.title,
                "url": mark.citation.article.url or f"footnote://articles/{mark.citation.article.id}",
            },
            citation_to_dict(mark.citation),
        )
        for mark in written.marks
    ]


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "footnote"}

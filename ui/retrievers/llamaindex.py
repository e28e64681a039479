"""A library as a LlamaIndex retriever; needs the package `llama-index-core`. docs/programs.md shows how it is used."""

from __future__ import annotations

from pathlib import Path

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.config import Config
from index.library import Library
from ui.retrievers.passages import about, passages


class FootnoteRetriever(BaseRetriever):  # type: ignore[misc]
    """Gives the passages that best answer a question as nodes with scores.

    `library` is a folder or an open Library, `config` as for `qa.stream`; `since`, `until`, `publisher` and `as_of`
    keep to some articles. A node says where it stands: `article.text[start_char_idx:end_char_idx]` is its text.
    """

    def __init__(
        self,
        library: Library | str | Path | None = None,
        *,
        config: Config | None = None,
        k: int | None = None,
        since: str | None = None,
        until: str | None = None,
        publisher: str | None = None,
        as_of: str | None = None,
    ) -> None:
        self._library, self._config, self._k = library, config, k
        self._articles = since, until, publisher, as_of
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = passages(query_bundle.query_str, self._library, self._config, self._k, self._articles)
        return [
            NodeWithScore(
                node=TextNode(
                    id_=f"{hit.article.id}:{hit.passage.start}",
                    text=hit.text,
                    metadata=about(hit),
                    start_char_idx=hit.passage.start,
                    end_char_idx=hit.passage.end,
                ),
                score=hit.score,
            )
            for hit in hits
        ]

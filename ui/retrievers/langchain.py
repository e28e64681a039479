"""A library as a LangChain retriever; needs the package `langchain-core`. docs/programs.md shows how it is used."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from ui.retrievers.passages import about, passages


class FootnoteRetriever(BaseRetriever):  # type: ignore[misc]
    """Gives the passages that best answer a question as documents.

    `library` is a folder or an open Library, `config` as for `qa.stream`; `since`, `until`, `publisher` and `as_of`
    keep to some articles. A document's metadata say where it stands: `article.text[start:end]` is its `page_content`.
    """

    library: Any = None
    config: Any = None
    k: int | None = None
    since: str | None = None
    until: str | None = None
    publisher: str | None = None
    as_of: str | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        scope = self.since, self.until, self.publisher, self.as_of
        hits = passages(query, self.library, self.config, self.k, scope)
        return [Document(id=str(hit.passage.id), page_content=hit.text, metadata=about(hit)) for hit in hits]

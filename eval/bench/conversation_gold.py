"""Gold conversations: each question as typed, as it can be understood alone, its answer and its evidence.

The form of the file is told in `eval.bench.conversations`. Knows nothing of rewriting and of searching.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from eval.gold import GoldEvidence
from eval.reading import as_list, as_text, rows
from index.errors import BadGold
from qa.types import Turn

HALVES = ("development", "held-back")


@dataclass(frozen=True, slots=True)
class GoldTurn:
    """A question of a conversation as typed and as it can be understood alone, with what came before it."""

    conversation: str
    question: str
    standalone: str
    answer: str
    leans: bool
    kind: str
    evidence: tuple[GoldEvidence, ...]
    history: tuple[Turn, ...]

    @property
    def half(self) -> str:
        """Whether rules may be made by looking at it: "development" or "held-back"."""
        return HALVES[int(re.sub(r"\D", "", self.conversation)) % 2 == 0]


def load_turns(path: Path) -> list[GoldTurn]:
    """All turns of a gold set, first turns too. Raises BadGold, with file and line, for what can't be used."""
    found: list[GoldTurn] = []
    for where, row in rows(path):
        name = as_text(row.get("id"), "id", where)
        if not re.search(r"\d", name):
            raise BadGold(f"{where}: id {name!r} needs a number, which says what half it belongs to")
        history: list[Turn] = []
        for item in as_list(row, "turns", where):
            if not isinstance(item, dict) or not isinstance(item.get("leans"), bool):
                raise BadGold(f"{where}: each of turns must be an object with leans, true or false")
            text = {k: as_text(item.get(k), k, where) for k in ("question", "standalone", "kind")}
            answer = as_text(item.get("answer"), "answer", where, empty=True)
            quotes = as_list(item, "evidence", where)
            if not all(isinstance(quote, dict) and {"article", "quote"} <= quote.keys() for quote in quotes):
                raise BadGold(f"{where}: each of evidence must be an object with article and quote")
            evidence = tuple(GoldEvidence(quote["article"], quote["quote"]) for quote in quotes)
            found.append(
                GoldTurn(
                    name,
                    **text,
                    answer=answer,
                    leans=item["leans"],
                    evidence=evidence,
                    history=tuple(history),
                )
            )
            history.append(Turn(text["standalone"], answer))
    return found

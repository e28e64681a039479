"""NQ-open: questions with short answers and no passages. Knows nothing of other formats.

One JSON object a line: {"question": "...", "answer": ["...", ...]}. Lee et al. 2019 (arXiv:1906.00300).
"""

from __future__ import annotations

from pathlib import Path

from eval.gold import Gold, GoldQuestion
from eval.reading import as_list, as_text, field, identifier, rows, unique
from index.errors import BadGold


def read(path: Path, option: str, name: str) -> Gold:
    """The questions in `path`, about the user's own library.

    With the option "unanswerable" none has an answer there, which tries a library that is about other
    things. An id that a line lacks is "nq-" and the question's number.
    """
    questions = []
    new_id = unique()
    for number, (where, row) in enumerate(rows(path), start=1):
        found = [as_text(item, "each of answer", where) for item in as_list(row, "answer", where)]
        if not found:
            raise BadGold(f"{where}: answer is empty: name one that counts as right")
        answers = () if option == "unanswerable" else tuple(dict.fromkeys(found))
        questions.append(
            GoldQuestion(
                id=new_id(identifier(row, "id", where, f"nq-{number}")),
                question=field(row, "question", where),
                answers=answers,
                evidence=(),
                answerable=bool(answers),
            )
        )
    if not questions:
        raise BadGold(f"{path} holds no questions: write one JSON object a line")
    return Gold(name, questions, None)

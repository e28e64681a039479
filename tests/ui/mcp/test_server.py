"""The library as tools, used by MCP's own client over HTTP and over standard input and output."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from index.config import Config
from index.library import Library
from tests.conftest import ROOT
from tests.ui.conftest import NEWS, bridge_reply
from ui.http.keys import add, given
from ui.http.libraries import Libraries, serving
from ui.http.service import Service
from ui.mcp.server import build

WHY = "Explain why the dam at Orrin failed."
TEXTS = {article.id: article.text for article in NEWS}
TOOLS = {"ask", "search", "read_article", "list_articles"}

Use = Callable[[Client], Coroutine[Any, Any, Any]]


def used(server: Any, use: Use) -> Any:
    """What `use` gives with a client of a server."""

    async def main() -> Any:
        async with asyncio.timeout(60), Client(server) as client:
            return await use(client)

    return asyncio.run(main())


@pytest.fixture
def server(tmp_path: Path, embedder: Any, scripted: Any, newsroom: Any) -> Any:
    """A server over three articles, in this process."""
    config = Config(library=tmp_path / "mine", cache=tmp_path / "cache", writing="quotes")
    with Library.open(config.library, embedder=embedder, create=True) as library:
        library.add_articles(NEWS)
        yield build(Libraries(Service(library, scripted("none"), config)))


def test_tools_only_read_and_say_how_to_cite(server: Any) -> None:
    async def use(client: Client) -> Any:
        return (await client.list_tools()).tools, client.instructions

    tools, instructions = used(server, use)
    assert {tool.name for tool in tools} == TOOLS
    assert all(tool.annotations.read_only_hint and tool.output_schema for tool in tools)
    assert all(tool.description and len(tool.description) > 100 for tool in tools)
    assert "How to cite" in instructions


def test_an_answer_carries_its_sources(server: Any) -> None:
    async def use(client: Client) -> Any:
        return await client.call_tool("ask", {"question": WHY})

    done = used(server, use)
    text = done.content[0].text
    assert "rats had dug" in text
    assert "Sources:\n[1] Dam at Orrin gives way after a week of rain, The Courier, 2023-11-21" in text
    for cited in done.structured_content["citations"]:
        assert TEXTS[cited["article"]["id"]][cited["start"] : cited["end"]] == cited["quote"]


def test_articles_are_found_listed_and_read(server: Any) -> None:
    async def use(client: Client) -> Any:
        found = await client.call_tool("search", {"query": "Who won the chess final?", "limit": 1})
        hit = found.structured_content["hits"][0]
        about = {"id": hit["article"]["id"], "offset": hit["start"], "limit": 20}
        part = await client.call_tool("read_article", about)
        listed = await client.call_tool("list_articles", {"publisher": "Lakeside", "text": "dam"})
        return hit, part.structured_content, listed.structured_content

    hit, part, listed = used(server, use)
    assert part["text"] == TEXTS["a2"][hit["start"] : hit["start"] + 20]
    assert part["length"] == len(TEXTS["a2"])
    assert (listed["total"], [article["id"] for article in listed["articles"]]) == (1, ["a1"])


def test_articles_are_resources(server: Any) -> None:
    async def use(client: Client) -> Any:
        templates = (await client.list_resource_templates()).resource_templates
        library = (await client.read_resource("footnote://library")).contents[0]
        article = (await client.read_resource("footnote://articles/a2")).contents[0]
        with pytest.raises(MCPError, match="no article"):
            await client.read_resource("footnote://articles/nothing")
        return templates[0].uri_template, json.loads(library.text), article.text

    template, library, text = used(server, use)
    assert template == "footnote://articles/{id}"
    assert (library["articles"], text) == (3, TEXTS["a2"])


@pytest.mark.parametrize(
    ("tool", "arguments", "line"),
    [
        ("ask", {"question": "?!"}, "the question is empty"),
        ("ask", {"question": "Who?", "since": "someday"}, "since"),
        ("search", {"query": "Who?", "limit": 0}, "limit"),
        ("search", {"query": "Who?", "as_of": "someday"}, "as-of"),
        ("read_article", {"id": "nothing"}, "list_articles says"),
        ("list_articles", {"until": "someday"}, "until"),
    ],
)
def test_what_goes_wrong_is_a_line_for_the_model(server: Any, tool: str, arguments: Any, line: str) -> None:
    done = used(server, lambda client: client.call_tool(tool, arguments))
    assert done.is_error
    assert line in done.content[0].text


@pytest.fixture
def two(tmp_path: Path, embedder: Any, scripted: Any, newsroom: Any) -> Any:
    """A server over a library of two articles, and one of the third."""
    config = Config(cache=tmp_path / "cache", writing="quotes")
    made = [Library.open(tmp_path / name, embedder=embedder, create=True) for name in ("dams", "chess")]
    made[0].add_articles(NEWS[:2])
    made[1].add_articles(NEWS[2:])

    def service(library: Library, config: Config, name: str, first: Service | None) -> Service:
        return Service(library, scripted("none"), config, name=name, beside=first)

    yield build(serving(made, config, service))
    for library in made:
        library.close()


def test_of_several_libraries_each_is_read_by_its_name(two: Any) -> None:
    async def use(client: Client) -> Any:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        listed = await client.call_tool("list_libraries", {})
        found = {
            name: (
                await client.call_tool("list_articles", {"library": name} if name else {})
            ).structured_content
            for name in ("", "dams", "chess")
        }
        answered = await client.call_tool("ask", {"question": "Who won the chess final?", "library": "chess"})
        [chess] = found["chess"]["articles"]
        read = await client.call_tool("read_article", {"id": chess["id"]})
        there = await client.read_resource(f"footnote://articles/{chess['id']}")
        wrong = await client.call_tool("search", {"query": "chess", "library": "attic"})
        return tools, listed, found, answered, (read, there, chess), wrong, client.instructions

    tools, listed, found, answered, (read, there, chess), wrong, instructions = used(two, use)
    assert set(tools) == {*TOOLS, "list_libraries"}
    for name in TOOLS:
        assert ["dams", "chess"] in [
            each.get("enum") for each in tools[name].input_schema["properties"]["library"]["anyOf"]
        ]
    held = [(each["name"], each["articles"]) for each in listed.structured_content["libraries"]]
    assert held == [("dams", 2), ("chess", 1)]
    assert [found[name]["total"] for name in ("", "dams", "chess")] == [2, 2, 1]
    cited = {each["article"]["id"] for each in answered.structured_content["citations"]}
    assert cited == {chess["id"]}
    assert read.structured_content["text"] == there.contents[0].text == TEXTS[chess["id"]]
    assert wrong.is_error
    assert "dams" in wrong.content[0].text
    assert "chess" in wrong.content[0].text
    assert "list_libraries" in instructions
    assert "How to cite" in instructions


def test_with_one_library_none_can_be_named(server: Any) -> None:
    async def use(client: Client) -> Any:
        return (await client.list_tools()).tools, client.instructions

    tools, instructions = used(server, use)
    assert all("library" not in tool.input_schema["properties"] for tool in tools)
    assert "list_libraries" not in instructions


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_same_is_served_beside_the_page(newsroom: Any, tmp_path: Path, mode: Any) -> None:
    key = add("app", tmp_path / "keys")
    site = newsroom(keys=given(tmp_path / "keys"))
    line, askers = site.chat.desk.line, list[str]()
    turn = line.turn
    line.turn = lambda client, *given, **more: askers.append(client) or turn(client, *given, **more)

    async def main() -> Any:
        headers = {"Authorization": f"Bearer {key}"}
        async with asyncio.timeout(60), httpx2.AsyncClient(headers=headers, timeout=30) as http:
            transport = streamable_http_client(f"{site.address}/mcp", http_client=http)
            async with Client(transport, mode=mode) as client:
                tools = {tool.name for tool in (await client.list_tools()).tools}
                return tools, await client.call_tool("ask", {"question": WHY})

    tools, done = asyncio.run(main())
    assert tools == TOOLS
    assert "rats had dug" in done.content[0].text
    assert [asker.partition(" ")[0] for asker in askers] == ["key"]


def test_a_program_starts_it_over_standard_input_and_output(tmp_path: Path, embedder: Any) -> None:
    """With what needs no weights: the articles themselves, and questions on the library."""
    with Library.open(tmp_path / "lib", embedder=embedder, create=True) as library:
        library.add_articles(NEWS)
    command = ["-m", "ui.terminal.start", "mcp", "--library", str(tmp_path / "lib"), "--quotes"]
    environment = {"FOOTNOTE_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    program = StdioServerParameters(command=sys.executable, args=command, env=environment, cwd=tmp_path)

    async def use(client: Client) -> Any:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        listed = await client.call_tool("list_articles", {})
        return tools, listed.structured_content["total"]

    assert used(stdio_client(program), use) == (TOOLS, 3)


def test_a_library_that_is_missing_is_said_before_anything(footnote: Any) -> None:
    code, printed, line = footnote("mcp")
    assert (code, printed) == (3, "")
    assert line.count("\n") == 1


def test_the_model_stops_when_the_caller_leaves(served: Any, scripted: Any, endless: Any) -> None:
    model = endless(scripted(bridge_reply))
    site = served(model)
    call = {"name": "ask", "arguments": {"question": "What did the harbour bridge cost?"}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    headers = {"Accept": "application/json, text/event-stream"}
    with (
        httpx2.Client(base_url=site.address, timeout=httpx2.Timeout(30, read=1)) as client,
        pytest.raises(httpx2.ReadTimeout),
    ):
        client.post("/mcp", json=body, headers=headers)
    assert model.closed.wait(20)

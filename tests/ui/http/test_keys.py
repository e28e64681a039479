"""Keys for programs: where they come from, what they open, and what they don't."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.errors import BadSetting
from ui.http.keys import VARIABLE, Keys, add, given

DOORS = ("/v1/models", "/api/articles", "/mcp")


@pytest.fixture
def key(tmp_path: Path) -> str:
    return add("app", tmp_path / "keys")


def statuses(site: Any, authorization: str = "", paths: tuple[str, ...] = DOORS) -> list[int]:
    headers = {"Authorization": authorization} if authorization else {}
    with httpx.Client(base_url=site.address, timeout=30, headers=headers) as client:
        return [client.get(path).status_code for path in paths]


def test_without_keys_and_password_programs_need_none(served: Any) -> None:
    assert 401 not in statuses(served())


def test_programs_need_a_key_where_there_are_some(served: Any, key: str, tmp_path: Path) -> None:
    site = served(keys=given(tmp_path / "keys"))
    assert statuses(site) == [401] * 3
    assert statuses(site, f"Bearer {key[:-1]}") == [401] * 3
    assert statuses(site, f"Bearer {key}")[:2] == [200, 200]
    assert statuses(site, paths=("/",)) == [200]
    with httpx.Client(base_url=site.address) as client:
        refused = client.get("/v1/models")
        assert refused.json()["error"]["type"] == "authentication_error"
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert client.get("/v1/models", auth=("anybody", key)).status_code == 200


def test_a_key_opens_no_page_and_the_password_opens_all(served: Any, key: str, tmp_path: Path) -> None:
    site = served(password="correct horse", keys=given(tmp_path / "keys"))
    pages = ("/", "/runs", "/gradio_api/info")
    assert statuses(site, f"Bearer {key}", pages) == [401] * 3
    assert statuses(site, f"Bearer {key}")[:2] == [200, 200]
    assert statuses(site, "Bearer correct horse", ("/", *DOORS[:2])) == [200] * 3
    assert statuses(site) == [401] * 3


def test_the_password_guards_programs_too(served: Any) -> None:
    site = served(password="correct horse")
    assert statuses(site) == [401] * 3
    assert statuses(site, "Bearer correct horse")[:2] == [200, 200]
    for _ in range(10):
        statuses(site, "Bearer wrong", DOORS[:1])
    with httpx.Client(base_url=site.address) as client:
        waiting = client.get("/v1/models", headers={"Authorization": "Bearer wrong"})
    assert (waiting.status_code, waiting.json()["error"]["type"]) == (429, "rate_limit_error")


def test_the_file_holds_hashes_for_its_owner_alone(key: str, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    other = add("other", file)
    assert key not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    keys = given(file)
    assert keys
    assert all(keys.hold(f"Bearer {each}") for each in (key, other))
    file.write_text("# none\n")
    emptied = given(file)
    assert emptied is not None
    assert not emptied.hold(f"Bearer {key}")


def test_keys_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(None) is None
    monkeypatch.setenv(VARIABLE, f"{'a' * 20}, {'b' * 30}")
    keys = given(None)
    assert isinstance(keys, Keys)
    assert keys.hold(f"Bearer {'b' * 30}")
    assert not keys.hold("Bearer ")
    monkeypatch.setenv(VARIABLE, "short")
    with pytest.raises(BadSetting, match="fewer than 20"):
        given(None)


def test_a_file_that_holds_no_keys_is_said(tmp_path: Path, footnote: Any) -> None:
    file = tmp_path / "keys"
    for text in ("app secret", "app"):
        file.write_text(f"{text}\n")
        with pytest.raises(BadSetting, match="line 1 of"):
            given(file)
    with pytest.raises(BadSetting, match="can't read"):
        given(tmp_path / "missing")
    assert footnote("key", "my app", "--keys", "new")[0] == 2
    code, printed, _ = footnote("key", "app", "--keys", "new")
    assert code == 0
    keys = given(tmp_path / "new")
    assert keys
    assert keys.hold(f"Bearer {printed.strip()}")


def test_the_command_line_hands_the_keys_on(footnote: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    monkeypatch.setattr("ui.http.web.serve", lambda _config, **more: calls.append(more["keys"]))
    key = footnote("key", "app", "--keys", "new")[1].strip()
    assert footnote("serve", "--keys", "new")[0] == 0
    assert footnote("serve")[0] == 0
    assert calls[0].hold(f"Bearer {key}")
    assert calls[1] is None
    assert footnote("serve", "--keys", "missing")[0] == 2

"""What is in `deploy/`: the chart rendered by Helm itself, its settings and its probe tried on a real server.

No cluster and no container runs here.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml  # type: ignore[import-untyped]

from index.config import SECRETS, Config
from lab.postgres import Server, started
from tests.conftest import Scripted
from tests.lm_server import Speaking
from tests.test_guide import parse
from tests.ui.served_alone import serving
from ui.http import people

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "deploy" / "helm" / "footnote"
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose" / "compose.yaml").read_text(encoding="utf-8"))
KUBERNETES = ("1.30", "1.37")
"""The oldest and the newest release whose schemas the manifests are compared with."""
VALUES = {
    "image": {"repository": "images.example.org/footnote"},
    "host": "footnote.example.org",
    "library": "postgresql://newsroom@db.example.org/news?sslmode=verify-full&connect_timeout=5",
    "model": "http://gpu1:8000/v1,http://gpu2:8000/v1#qwen&3",
    "settings": {"k": 15, "threshold": "strict", "metrics": True, "seconds": 60.5},
}
HELM = """
import json, sys
import helm_python as helm
chart, values = sys.argv[1], json.loads(sys.argv[2])
found = {"lint": helm.lint(chart, values, strict=True)}
try:
    with helm.Chart.load(chart) as loaded:
        found["files"] = loaded.render(values, name="news", namespace="paper")
except helm.HelmError as error:
    found["refused"] = str(error)
print(json.dumps(found))
"""


def rendered(**more: Any) -> dict[str, Any]:
    """What Helm makes of the chart, in a process of its own since its library is Go's."""
    done = subprocess.run(
        [sys.executable, "-c", HELM, str(CHART), json.dumps({**VALUES, **more})],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def manifests(found: dict[str, Any]) -> dict[str, Any]:
    """The rendered manifests, by kind."""
    texts = [text for name, text in found["files"].items() if name.endswith(".yaml")]
    return {each["kind"]: each for text in texts for each in yaml.safe_load_all(text) if each}


@pytest.fixture(scope="module")
def chart() -> dict[str, Any]:
    return manifests(rendered())


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"ingress": {"tls": "certificate", "className": "nginx"}, "imagePullSecrets": [{"name": "images"}]},
        {"replicas": 1, "data": {"claim": "data"}, "models": {"claim": "models"}, "nodeSelector": {"a": "b"}},
        {"ingress": {"enabled": False}, "tolerations": [{"key": "gpu", "operator": "Exists"}]},
    ],
)
def test_helm_finds_nothing_and_kubernetes_knows_each_field(more: dict[str, Any]) -> None:
    found = rendered(**more)
    assert [each for each in found["lint"]["messages"] if each["severity"] > 1] == []
    for manifest in manifests(found).values():
        for release in KUBERNETES:
            kubernetes_validate.validate(manifest, release, strict=True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"library": "postgresql://newsroom:secret@db/news"}, "/library"),
        ({"host": ""}, "/host"),
        ({"replica": 3}, "'replica' not allowed"),
        ({"data": {"claim": "data"}}, "data.claim is for one replica only"),
    ],
)
def test_values_that_would_not_work_are_refused(more: dict[str, Any], said: str) -> None:
    assert said in rendered(**more)["refused"]


def test_it_does_no_more_than_it_needs(chart: dict[str, Any]) -> None:
    pod = chart["Deployment"]["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert f"USER {pod['securityContext']['runAsUser']}:" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "memory" in container["resources"]["limits"]


def test_its_parts_fit_each_other_and_the_program(chart: dict[str, Any]) -> None:
    template = chart["Deployment"]["spec"]["template"]
    [container] = template["spec"]["containers"]
    parse(" ".join(container["args"]))
    parse(" ".join(template["spec"]["initContainers"][0]["args"]))
    labels = chart["Service"]["spec"]["selector"]
    assert labels.items() <= template["metadata"]["labels"].items()
    assert chart["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert chart["Service"]["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]
    backend = chart["Ingress"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": chart["Service"]["metadata"]["name"], "port": {"name": "http"}}
    mounted = {each["name"] for each in container["volumeMounts"]}
    assert mounted == {each["name"] for each in template["spec"]["volumes"]}
    named = {each["name"] for each in container["env"] if each["name"].startswith("FOOTNOTE_")}
    assert named <= {f"FOOTNOTE_{name.upper()}" for name in Config.__dataclass_fields__} | set(SECRETS)


@pytest.fixture
def database() -> Any:
    with started() as server:
        yield server


def test_a_server_takes_its_settings_and_its_probe(
    chart: dict[str, Any], database: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = chart["ConfigMap"]["data"]["footnote.toml"]
    settings = tomllib.loads(written)
    assert settings["model"] == VALUES["model"]
    assert container_env(chart)["FOOTNOTE_LIBRARY"] == VALUES["library"]
    (tmp_path / "secret").mkdir()
    people.put(tmp_path / "secret" / "people", "anna", "correct-horse-battery", new=True)
    (tmp_path / "secret" / "keys").write_text("")
    (tmp_path / "config" / "footnote").mkdir(parents=True)
    there = written.replace("/secret/", f"{tmp_path}/secret/")
    (tmp_path / "config" / "footnote" / "footnote.toml").write_text(there)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("FOOTNOTE_PASSWORD", raising=False)
    [container] = chart["Deployment"]["spec"]["template"]["spec"]["containers"]
    options = [each.replace("/secret/", f"{tmp_path}/secret/") for each in container["args"][1:]]
    model = Speaking(Scripted("Yes."))
    address = database.create("news")
    try:
        with serving(tmp_path, model.url, *options, "--library", address) as server:
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                asked = container[probe]["httpGet"]
                headers = {each["name"]: each["value"] for each in asked["httpHeaders"]}
                assert status(server.address + asked["path"], headers) == 200
            assert status(server.address + "/sign-in", {"Host": VALUES["host"]}) == 200
            assert status(server.address + "/sign-in", {"Host": "other.example.org"}) == 403
            assert status(server.address + "/metrics", {"Host": "localhost"}) == 401, "there, and not for all"
    finally:
        model.close()


def container_env(chart: dict[str, Any]) -> dict[str, str]:
    [container] = chart["Deployment"]["spec"]["template"]["spec"]["containers"]
    return {each["name"]: each.get("value", "") for each in container["env"]}


def status(address: str, headers: dict[str, Any]) -> int:
    import httpx

    return httpx.get(address, headers=headers).status_code


def test_the_compose_file_fits_the_program_and_the_guide() -> None:
    services = COMPOSE["services"]
    known = {f"FOOTNOTE_{name.upper()}" for name in Config.__dataclass_fields__}
    volumes = set(COMPOSE["volumes"])
    for name in ("footnote-1", "footnote-2"):
        service = services[name]
        parse(" ".join(service["command"]))
        assert {each for each in service["environment"] if each.startswith("FOOTNOTE_")} <= known
        assert set(service["depends_on"]) <= set(services)
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert {each.split(":")[0] for each in service["volumes"] if each[0] != "."} <= volumes
        assert (ROOT / "deploy" / "compose" / service["build"] / "Dockerfile").is_file()
    assert [name for name, each in services.items() if "ports" in each] == ["nginx"]
    ours = (ROOT / "deploy" / "compose" / "nginx.conf").read_text(encoding="utf-8").partition("\n")[2]
    [guide] = re.findall(
        r"```nginx\n(upstream.*?)```", (ROOT / "docs/guide/newsroom.md").read_text("utf-8"), re.DOTALL
    )
    for number in (1, 2):
        guide = guide.replace(f"127.0.0.1:786{number}", f"footnote-{number}:7860")
    assert ours == guide.replace("server_name footnote.example.org", "server_name _")
    assert os.path.basename(services["nginx"]["volumes"][0].split(":")[0]) == "nginx.conf"

"""Pages over real connections: which addresses are asked, what is sent, and where it ends."""

import gzip
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from index.errors import BadDocument
from index.web import connection
from index.web.addresses import looked_up, refused
from index.web.fetching import Fetcher, normal
from tests.index.web.conftest import Site


def fetch(address: str, **how: Any) -> Any:
    with Fetcher(**{"allow_private": True, **how}) as fetcher:
        return fetcher.page(address)


@pytest.mark.parametrize(
    "address",
    (
        "127.0.0.1 127.9.9.9 0.0.0.0 10.1.2.3 172.16.0.1 192.168.0.1 169.254.169.254 100.64.0.1 224.0.0.1 240.0.0.1 "
        "255.255.255.255 ::1 :: fe80::1 fe80::1%eth0 fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:192.168.0.1 "
        "64:ff9b::7f00:1 2002:7f00:1:: ::127.0.0.1"
    ).split(),
)
def test_this_machine_and_its_networks_are_refused(address: str) -> None:
    assert refused(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_other_machines_are_not(address: str) -> None:
    assert refused(address) == ""


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "[::1]", "127.1"])
def test_this_machine_is_not_asked_however_it_is_written(site: Site, host: str) -> None:
    with pytest.raises(BadDocument, match="this machine"):
        fetch(f"http://{host}:{site.port}/", allow_private=False)
    assert site.asked == []


def test_a_name_is_judged_by_every_address_it_stands_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(*_: Any, **__: Any) -> list[Any]:
        return [(0, 0, 0, "", ("8.8.8.8", 80)), (0, 0, 0, "", ("192.168.0.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(BadDocument, match=r"two\.example \(192\.168\.0\.1\) is in a private"):
        looked_up("two.example", 80, allow_private=False)


def test_the_address_that_was_judged_is_the_one_connected_to(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that stands for another address the next time it is looked up gains nothing by that."""
    real, asked = socket.getaddrinfo, []

    def answer(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host != "changing.example":
            return real(host, port, *rest, **more)
        asked.append(host)
        return [(0, 0, 0, "", ("8.8.8.8" if len(asked) == 1 else "127.0.0.1", port))]

    def connect(self: Any, host: str, port: int, *_: Any) -> Any:
        raise httpcore.ConnectError(f"to {host}")

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(BadDocument, match=r"to 8\.8\.8\.8"):
        fetch(f"http://changing.example:{site.port}/", allow_private=False)
    assert site.asked == []


@pytest.mark.parametrize(("host", "trusted"), [("named.example", True), ("other.example", False)])
def test_the_certificate_is_checked_against_the_name(
    host: str, trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although it is an address that is connected to."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path / "site.pem", "named.example"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "site.pem"))
    monkeypatch.setattr(connection, "looked_up", lambda *_, **__: ["127.0.0.1"])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"page")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        address = f"https://{host}:{server.server_port}/"
        if trusted:
            assert fetch(address).data == b"page"
        else:
            with pytest.raises(BadDocument, match="certificate"):
                fetch(address)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def certificate(path: Path, name: str) -> Path:
    """A certificate for that name, signed by itself, and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, *form)
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


def test_a_redirect_is_judged_as_well(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []

    def look(host: str, port: int, *, allow_private: bool) -> list[str]:
        judged.append(host)
        if host == "localhost":
            raise BadDocument("localhost is this machine")
        return ["127.0.0.1"]

    monkeypatch.setattr(connection, "looked_up", look)
    site.leads("/go", f"http://localhost:{site.port}/secret")
    with pytest.raises(BadDocument, match="localhost is this machine"):
        fetch(f"http://public.example:{site.port}/go", allow_private=False)
    assert "/secret" not in site.asked
    assert judged[-1] == "localhost"


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://example.org/", "http://me:pass@127.0.0.1/"])
def test_redirects_lead_to_pages_alone(site: Site, to: str) -> None:
    with pytest.raises(BadDocument):
        fetch(site.leads("/go", to))


def test_redirects_end(site: Site) -> None:
    with pytest.raises(BadDocument, match="more than 5 times"):
        fetch(site.leads("/round", "/round"))


def test_the_address_after_redirects_is_the_pages(site: Site) -> None:
    site.page("/there", "Rain", "It rained.")
    page = fetch(site.leads("/here", "/there#top") + "#x")
    assert (page.asked, page.url) == (f"{site.address}/here", f"{site.address}/there")


def test_no_cookies_and_a_plain_name(site: Site) -> None:
    site.put("/a", "", status=302, Location="/b", **{"Set-Cookie": "id=1"})
    site.put("/b", "page", **{"Set-Cookie": "id=2"})
    with Fetcher(allow_private=True) as fetcher:
        fetcher.page(f"{site.address}/a")
        fetcher.page(f"{site.address}/b")
    assert site.asked == ["/robots.txt", "/a", "/b", "/b"]
    assert all("cookie" not in headers and "referer" not in headers for headers in site.headers)
    assert {headers["user-agent"] for headers in site.headers} == {"Footnote/1"}


def test_what_robots_txt_forbids_is_left_alone(site: Site) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /private", "text/plain")
    site.page("/private/1", "Secret", "Nobody's business.")
    site.leads("/public", "/private/1")
    for path in ("/private/1", "/public"):
        with pytest.raises(BadDocument, match=r"robots\.txt asks"):
            fetch(site.address + path)
    assert "/private/1" not in site.asked
    assert fetch(site.page("/open", "Rain", "It rained.")).kind == "text/html"


def test_a_site_whose_robots_txt_fails_is_left_alone(site: Site) -> None:
    site.put("/robots.txt", "", status=503)
    with pytest.raises(BadDocument, match="answers 503"):
        fetch(site.page("/1", "Rain", "It rained."))
    assert site.asked == ["/robots.txt"]


def test_a_page_too_large_is_not_read_however_well_it_is_packed(site: Site) -> None:
    packed = gzip.compress(b"a" * 5_000_000)
    address = site.put("/big", packed, **{"Content-Encoding": "gzip"})
    with pytest.raises(BadDocument, match="larger than the 1 MiB"):
        fetch(address, most=2**20)


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"])
def test_who_answers_drop_by_drop_is_given_up(begin: bytes) -> None:
    """In the headers as well as in the page: each drop comes in time, but all of them never end."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while not ended.is_set():
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    asked = client.recv(4096)
                    try:
                        if b"robots" in asked:
                            client.sendall(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
                            continue
                        client.sendall(begin or b"HTTP/1.1 200 OK\r\nX: ")
                        while not ended.wait(0.02):
                            client.sendall(b"x")
                    except OSError:
                        pass

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with pytest.raises(BadDocument, match="too long"):
                fetch(f"http://127.0.0.1:{server.getsockname()[1]}/", seconds=0.5)
        finally:
            ended.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_answers_that_are_no_pages(site: Site) -> None:
    for address, why in (
        (f"{site.address}/none", "answers 404 Not Found"),
        (site.put("/empty", ""), "is empty"),
        (site.put("/garbled", b"no gzip", **{"Content-Encoding": "gzip"}), "can't be fetched"),
    ):
        with pytest.raises(BadDocument, match=why) as raised:
            fetch(address)
        assert str(raised.value).startswith(address)
        assert "\n" not in str(raised.value)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(BadDocument, match="can't be fetched"):
        fetch(f"http://127.0.0.1:{port}/")
    with pytest.raises(BadDocument, match="can't be found"):
        fetch("http://nowhere.invalid/")


@pytest.mark.parametrize(
    "address", ["http://", "http://me:secret@a.org/", "http://[::1", "http://a.org/" + "x" * 5000]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(BadDocument) as raised:
        normal(address)
    assert "secret" not in str(raised.value)

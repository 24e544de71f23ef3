"""Asking a server that is slow, endless, lying, or somewhere that it must not be."""

import ssl
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from kb.errors import ConfigError
from kb.online import NotFound, OnlineError
from kb.online.fetching import Answer, Policy, Session
from tests.online.conftest import Web, in_turn, packed, raw, redirects, says

JSON = ("application/json",)


def get(web: Web, path: str = "/a", **policy: object) -> Answer:
    return web.session(**policy).get(web.url(path), JSON)


def refusal(web: Web, path: str = "/a", **policy: object) -> str:
    with pytest.raises(OnlineError) as error:
        get(web, path, **policy)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_an_answer_is_read_whole(web: Web) -> None:
    web.answers["/a"] = says(b"[1]", "Application/JSON; charset=UTF-8")
    assert get(web) == Answer(web.url("/a"), "application/json", "utf-8", b"[1]")


def test_who_asks_says_so_and_nothing_more(web: Web) -> None:
    web.answers["/a"] = says([1], Set_Cookie="id=1")
    session = web.session(contact="ann@example.org")
    session.get(web.url("/a"), JSON)
    session.get(web.url("/a"), JSON)
    assert web.headers.pop("User-Agent").startswith("evidence-kb/")
    assert web.headers == {
        "Host": f"127.0.0.1:{web.port}",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }


@pytest.mark.parametrize(
    ("contact", "shown"),
    [("ann@example.org", "(mailto:ann@example.org)"), ("https://a.org", "(+https://a.org)")],
)
def test_a_contact_is_given_where_there_is_one(web: Web, contact: str, shown: str) -> None:
    web.answers["/a"] = says([1])
    get(web, contact=contact)
    assert web.headers["User-Agent"].endswith(f" {shown}")


@pytest.mark.parametrize("contact", ["Ann", "a@b\r\nX-Evil: 1", "a@b) (c", "ü@example.org"])
def test_a_contact_must_be_an_address(contact: str) -> None:
    with pytest.raises(ConfigError, match=r"online\.contact"):
        Session(Policy(contact=contact))


def test_packed_and_chunked_answers_are_unpacked(web: Web) -> None:
    def chunked(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
            b"\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n"
        )

    web.answers |= {"/chunked": chunked, "/packed": packed(b"[1]" * 100_000)}
    assert get(web, "/chunked").body == b"[1,2]"
    assert get(web, "/packed").body == b"[1]" * 100_000


# ---- redirects


def test_redirects_are_followed_and_the_last_address_is_told(web: Web) -> None:
    web.answers |= {"/a": redirects("b?c=d", 301), "/b": redirects("/ü", 303)}
    web.answers["/%C3%BC"] = says([1])
    assert get(web).address == web.url("/%C3%BC")


def test_five_redirects_are_followed_and_no_more(web: Web) -> None:
    web.answers |= {f"/{n}": redirects(f"/{n + 1}") for n in range(6)}
    web.answers["/6"] = says([1])
    assert get(web, "/1").body == b"[1]"
    web.asked.clear()
    assert "more than 5 redirects" in refusal(web, "/0")
    assert web.asked == [f"/{n}" for n in range(6)]


def test_a_circle_of_redirects_ends(web: Web) -> None:
    web.answers["/a"] = redirects("/a")
    assert "more than 5 redirects" in refusal(web)


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://127.0.0.1/", "127.0.0.1, which is not on the public internet"),
        ("http://127.0.0.1:22/", "port 22"),
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254, which is not on the"),
        ("http://[::1]/", "::1, which is not"),
        ("http://[::ffff:a00:1]/", "which is not"),
        ("http://2130706433/", "127.0.0.1, which is not"),
        ("http://１２７.０.０.１/", "127.0.0.1, which is not"),
        ("file:///etc/passwd", "only addresses that begin with http"),
        ("http://user@127.0.0.1/", "user name"),
        ("http://[half", "no address"),
        ("", "nowhere"),
    ],
)
def test_a_redirect_is_checked_as_the_first_address_was(web: Web, location: str, why: str) -> None:
    web.answers["/a"] = redirects(location.encode().decode("latin-1"))
    assert why in refusal(web)
    assert web.asked == ["/a"]


def test_a_name_that_leads_to_a_private_network_is_not_asked(web: Web) -> None:
    web.answers["/a"] = says([1])
    web.policy = replace(web.policy, resolve=lambda host, port: ("10.0.0.5",))
    assert "it leads to 10.0.0.5, which is not on the public internet" in refusal(web)
    # One private number among others is enough, wherever it stands.
    web.policy = replace(web.policy, resolve=lambda host, port: ("127.0.0.1", "10.0.0.5"))
    assert "10.0.0.5" in refusal(web)
    assert web.asked == []


def test_dns_cannot_change_between_check_and_connection(web: Web) -> None:
    lookups = []

    def changing(host: str, port: int) -> tuple[str, ...]:
        lookups.append(host)
        return ("127.0.0.1",) if len(lookups) == 1 else ("10.0.0.5",)

    web.answers["/a"] = says([1])
    session = web.session(resolve=changing)
    # The name exists nowhere: only the number that was checked can have been connected to.
    assert session.get(web.url("/a", "changing.invalid"), JSON).body == b"[1]"
    assert lookups == ["changing.invalid"]
    with pytest.raises(OnlineError, match=r"10\.0\.0\.5"):
        session.get(web.url("/a", "changing.invalid"), JSON)


def test_without_a_policy_for_tests_this_machine_is_not_asked(web: Web) -> None:
    with pytest.raises(OnlineError, match="not asked: port"):
        Session().get(web.url("/a"), JSON)
    with pytest.raises(OnlineError, match="not on the public internet"):
        Session().get("http://localhost/", JSON)
    assert web.asked == []


def test_a_host_that_does_not_exist_is_told_as_such(web: Web) -> None:
    with pytest.raises(OnlineError, match="no such host, or no connection to the internet"):
        web.session().get("http://host.invalid/", JSON)


# ---- limits


def test_a_slow_answer_is_given_up(web: Web) -> None:
    def drop_by_drop(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
        for _ in range(100):
            request.wfile.write(b"X-A: b\r\n")
            time.sleep(0.05)

    def silent(request: BaseHTTPRequestHandler) -> None:
        time.sleep(1)

    def body_by_drops(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        for _ in range(100):
            request.wfile.write(b"1")
            time.sleep(0.05)

    for number, slow in enumerate((drop_by_drop, silent, body_by_drops)):
        web.answers[f"/{number}"] = slow
        start = time.monotonic()
        assert "no whole answer within 0 seconds" in refusal(web, f"/{number}", seconds=0.3)
        assert time.monotonic() - start < 2.5


def test_redirects_share_the_time_of_one_answer(web: Web) -> None:
    def slowly(handler: Callable[[BaseHTTPRequestHandler], None]) -> Callable[..., None]:
        def wait(request: BaseHTTPRequestHandler) -> None:
            time.sleep(0.2)
            handler(request)

        return wait

    web.answers |= {f"/{n}": slowly(redirects(f"/{n + 1}")) for n in range(5)}
    assert "no whole answer" in refusal(web, "/0", seconds=0.5)


def test_an_endless_body_is_cut_off(web: Web) -> None:
    sent = []

    def endless(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        for _ in range(10_000):
            request.wfile.write(b"1" * 10_000)
            sent.append(10_000)

    web.answers["/a"] = endless
    assert "larger than 1,000,000 bytes" in refusal(web, max_bytes=1_000_000)
    assert sum(sent) < 50_000_000


def test_a_body_that_says_it_is_too_large_is_not_read(web: Web) -> None:
    web.answers["/a"] = says(b"", Content_Length="1001")
    assert "larger than 1,000 bytes" in refusal(web, max_bytes=1000)


def test_a_gzip_bomb_does_not_go_off(web: Web) -> None:
    web.answers["/a"] = packed(bytes(50_000_000))
    assert "larger than 1,000,000 bytes" in refusal(web, max_bytes=1_000_000)


def test_a_body_that_ends_early_is_no_body(web: Web) -> None:
    web.answers |= {
        "/a": says(b"[1]", Content_Length="10"),
        "/b": says(b"\x1f\x8b\x08\0\0\0\0\0\0\x03", Content_Encoding="gzip"),
    }
    assert "it ended before all of it had come" in refusal(web, "/a")
    assert "it ended before all of it had come" in refusal(web, "/b")


def test_a_packing_that_was_not_asked_for_is_refused(web: Web) -> None:
    web.answers |= {
        "/a": says(b"[1]", Content_Encoding="br"),
        "/b": says(b"[1]", Content_Encoding="gzip"),
    }
    assert "packed as 'br'" in refusal(web, "/a")
    assert "not a proper answer" in refusal(web, "/b")


def test_an_endless_header_is_cut_off(web: Web) -> None:
    def header(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(1000):
            request.wfile.write(b"X-A: " + b"b" * 1000 + b"\r\n")

    def hints(request: BaseHTTPRequestHandler) -> None:
        for _ in range(10_000):
            request.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    web.answers |= {"/a": header, "/b": hints}
    assert "header is longer than 65,536 bytes" in refusal(web, "/a")
    assert "header is longer than 65,536 bytes" in refusal(web, "/b")


@pytest.mark.parametrize("nonsense", [b"", b"\x1b[31mhello\r\n\r\n", b"HTTP/1.1 9999 x\r\n\r\n"])
def test_what_is_not_http_is_no_answer(web: Web, nonsense: bytes) -> None:
    web.answers["/a"] = raw(nonsense)
    assert refusal(web).isprintable()


def test_another_content_type_is_refused(web: Web) -> None:
    web.answers["/a"] = says("<html>", "text/html")
    assert "sends 'text/html', not application/json" in refusal(web)
    web.answers["/a"] = says("[1]", None)
    assert "application/octet-stream" in refusal(web)


# ---- politeness


def test_a_host_is_asked_no_more_often_than_the_interval(web: Web) -> None:
    web.answers["/a"] = says([1])
    session = web.session(interval=0.2)
    start = time.monotonic()
    for _ in range(3):
        session.get(web.url("/a"), JSON)
    assert time.monotonic() - start >= 0.4


def test_another_host_need_not_wait(web: Web) -> None:
    web.answers["/a"] = says([1])
    session = web.session(interval=2)
    start = time.monotonic()
    for host in ("one.test", "two.test", "three.test"):
        session.get(web.url("/a", host), JSON)
    assert time.monotonic() - start < 2


def test_a_second_is_the_interval_unless_told_otherwise() -> None:
    assert Policy().interval == 1.0


def test_a_busy_server_is_asked_again_when_it_says(web: Web) -> None:
    web.answers["/a"] = in_turn(says("", status=429, Retry_After="1"), says([1]))
    start = time.monotonic()
    assert get(web).body == b"[1]"
    assert time.monotonic() - start >= 1.0


def test_retry_after_may_be_a_date(web: Web) -> None:
    later = formatdate(time.time() + 3600, usegmt=True)
    web.answers["/a"] = says("", status=503, Retry_After=later)
    assert "it asks to wait 3" in refusal(web)
    assert len(web.asked) == 1


@pytest.mark.parametrize("value", ["soon", "-5", "9" * 5000, "1.5", ""])
def test_a_senseless_retry_after_is_not_followed(web: Web, value: str) -> None:
    web.answers["/a"] = in_turn(says("", status=429, Retry_After=value), says([1]))
    assert get(web).body == b"[1]"


def test_a_wait_of_hours_is_not_waited_for_and_not_forgotten(web: Web) -> None:
    web.answers["/a"] = says("", status=429, Retry_After="54000")
    session = web.session()
    for _ in range(2):
        with pytest.raises(OnlineError, match=r"asks to wait 5[34]\d{3} s"):
            session.get(web.url("/a"), JSON)
    assert len(web.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_out_of_order_is_asked_three_times(web: Web, status: int) -> None:
    web.answers["/a"] = says("", status=status)
    assert f"busy or out of order (HTTP {status}); try again later" in refusal(web)
    assert len(web.asked) == 3


def test_what_is_not_there_or_not_for_everyone_is_told_as_such(web: Web) -> None:
    with pytest.raises(NotFound, match=r"nothing at this address \(HTTP 404\)"):
        get(web, "/nowhere")
    web.answers["/a"] = says("", status=403)
    assert "not given to everyone (HTTP 403); if you may read it, save it" in refusal(web)
    web.answers["/a"] = says("", status=418)
    assert "answers HTTP 418" in refusal(web)


# ---- https


@pytest.fixture
def trust(web: Web, tmp_path: Path) -> ssl.SSLContext:
    """The server speaks https as secure.test; what believes its certificate."""
    made = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    name = ["-subj", "/CN=secure.test", "-addext", "subjectAltName=DNS:secure.test"]
    try:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *made, *name],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no openssl here to make a certificate with")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    web.server.socket = server.wrap_socket(web.server.socket, server_side=True)
    web.answers["/a"] = says([1])
    return ssl.create_default_context(cafile=tmp_path / "cert.pem")


def test_https_is_for_the_name_though_the_number_is_connected_to(
    web: Web, trust: ssl.SSLContext
) -> None:
    session = web.session(trust=trust)
    address = f"https://secure.test:{web.port}/a"
    assert session.get(address, JSON) == Answer(address, "application/json", "", b"[1]")


def test_a_certificate_for_another_name_is_not_trusted(web: Web, trust: ssl.SSLContext) -> None:
    with pytest.raises(OnlineError, match=r"certificate cannot be trusted \(Hostname mismatch"):
        web.session(trust=trust).get(f"https://other.test:{web.port}/a", JSON)
    assert web.asked == []


def test_a_certificate_of_nobody_known_is_not_trusted(web: Web, trust: ssl.SSLContext) -> None:
    with pytest.raises(OnlineError, match=r"certificate cannot be trusted \(self.signed"):
        web.session().get(f"https://secure.test:{web.port}/a", JSON)
    assert web.asked == []

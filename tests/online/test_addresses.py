"""Which addresses may be asked at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.online import OnlineError
from kb.online.addresses import Address, is_public, objection, parse, resolve


@pytest.mark.parametrize(
    ("text", "as_asked"),
    [
        ("https://example.org", "https://example.org/"),
        ("  HTTP://Example.ORG./a?b=c#d ", "http://example.org/a?b=c"),
        (
            "https://example.org:443/a b/é?q=ü ü",
            "https://example.org/a%20b/%C3%A9?q=%C3%BC%20%C3%BC",
        ),
        ("https://example.org/already%20quoted", "https://example.org/already%20quoted"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://example。org/", "https://example.org/"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443/"),
    ],
)
def test_an_address_is_written_as_it_is_asked(text: str, as_asked: str) -> None:
    assert str(parse(text)) == as_asked


@pytest.mark.parametrize(
    "text",
    [
        "file:///etc/passwd",
        "ftp://example.org/paper.pdf",
        "gopher://example.org/",
        "data:text/html,<p>",
        "javascript:alert(1)",
        "//example.org/",
        "example.org",
        "",
        "https://",
        "https:///path",
        "https://user@example.org/",
        "https://user:secret@example.org/",
        "https://example.org@127.0.0.1/",
        "https://@example.org/",
        "https://example.org\\@127.0.0.1/",
        "https://127.0.0.1\\.example.org/",
        "https://example.org/\r\nHost: other",
        "https://exam\tple.org/",
        "https://example.org:99999/",
        "https://example.org:eighty/",
        "https://exa mple.org/",
        "https://example..org/",
        "https://a%40b.org/",
        "https://127.0.0.1%2f.example.org/",
        "https://[fe80::1%25eth0]/",
        "https://[::1/",
        "https://example.org／127.0.0.1/",
        f"https://{'a' * 64}.org/",
        f"https://{'a.' * 200}org/",
        "https://example.org/" + "a" * 5000,
    ],
)
def test_what_is_no_plain_web_address_is_refused(text: str) -> None:
    with pytest.raises(OnlineError):
        parse(text)


@pytest.mark.parametrize("end", ["", ":99999/", "/\\"])
def test_a_password_in_an_address_is_not_repeated(end: str) -> None:
    with pytest.raises(OnlineError) as error:
        parse(f"https://ann:secret@example.org{end}")
    assert "secret" not in str(error.value)


def test_what_would_move_a_terminal_is_not_repeated() -> None:
    with pytest.raises(OnlineError) as error:
        parse("https://exa\x9b31mmple\u202e.org:x/")
    assert str(error.value).isascii()
    assert str(error.value).isprintable()


@given(st.text())
def test_any_text_is_an_address_or_an_error(text: str) -> None:
    for candidate in (text, f"https://{text}", f"https://example.org/{text}"):
        try:
            address = parse(candidate)
        except OnlineError:
            continue
        assert isinstance(address, Address)
        assert str(address).isascii()
        assert not set(str(address)) & set(" \r\n\t\\")
        assert parse(str(address)) == address


@pytest.mark.parametrize(
    "number",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "not a number",
    ],
)
def test_a_number_that_is_not_public_is_objected_to(number: str) -> None:
    assert not is_public(number)
    assert "not on the public internet" in objection(number, 443)


@pytest.mark.parametrize(
    "number",
    ["1.1.1.1", "193.62.193.80", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"],
)
def test_a_public_number_is_not(number: str) -> None:
    assert objection(number, 443) == ""


def test_only_the_ports_of_web_servers_are_asked() -> None:
    assert objection("1.1.1.1", 80) == ""
    assert objection("1.1.1.1", 22) == "port 22 is not one that web servers use (80 or 443)"


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost"])
def test_this_machine_is_known_under_all_its_names(host: str) -> None:
    address = parse(f"http://{host}/")
    assert not any(is_public(number) for number in resolve(address.host, address.port))

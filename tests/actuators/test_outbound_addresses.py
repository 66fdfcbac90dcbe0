"""Where a request may go: hostile spellings of addresses, and names that answer with wrong ones (E_R24)."""

import asyncio
import socket
import subprocess
import sys
from ipaddress import ip_address, ip_network

import httpcore
import httpx
import pytest

from actuators import http_client
from actuators.given import Reach, Refused
from actuators.outbound import BlockingCheckedBackend, CheckedBackend, checked_addresses, checked_addresses_blocking
from actuators.outbound.addresses import is_own, may_be_dialled
from actuators.outbound.names import host_of, matches
from actuators.outbound.urls import parse_url
from tests.actuators.loopback import reach

BLOCKED = """
127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 169.254.170.2
100.64.0.1 100.100.100.200 192.0.0.8 192.0.0.192 192.0.2.2 192.88.99.1 198.18.0.1 198.51.100.7 203.0.113.9 168.63.129.16
224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
[::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:8.8.8.8] [::127.0.0.1] [::8.8.8.8] [64:ff9b::7f00:1]
[64:ff9b::169.254.169.254] [64:ff9b:1::1] [2002:7f00:1::] [2002:808:808::1] [2001:0:4136:e378:8000:63bf:3fff:fdd2]
[2001:db8::1] [fd00:ec2::254] [fc00::1] [fe80::1] [fec0::1] [ff02::1] [3fff::1] [3ffe::1] [5f00::1] [100::1]
[0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::FFFF:127.0.0.1] localhost LOCALHOST
"""
BAD = """
127.1 127.0.1 0 2130706433 0x7f000001 0x7F.0x0.0x0.0x1 017700000001 0177.0.0.1 127.0.0.01 00127.0.0.1 127.0.0.1.
localhost. 256.0.0.1 1.2.3.4.5 127.0.0.0x1 example.0x7f example.1 0x [::1%25lo] [::1%lo] [fe80::1%eth0] [127.0.0.1] [::1
::1 [] [:::1] [::g] [v1.x] user@127.0.0.1 user:pass@example.com example.com@127.0.0.1
\u2460\u2461\u2466.\u24ea.\u24ea.\u2460
\uff11\uff12\uff17.0.0.1
127\u30020\u30020\u30021 \u0661\u0662\u0667.0.0.1 \uff45xample.com ex℡.com \u212a.com
a..b .a a. -a.com a-.com ex%61mple.com 127%2e0.0.1 a,b.com a;b a'b a*b
xn--.com soft\u00adhyphen.com zero\u200bwidth.com turned\u202e.com a:b a:0 a:65536 a:99999 a:-1 a:80:80
"""
BAD_ENTIRELY = [
    "http://evil.test\0.allowed.test/", "http://a\r\nHost: b/", "http://a b/", "http://a\tb/", " http://a/",
    "http://a/ b",    "http://a\\@b/", "http:/a/", "http:a", "//a/", "a.test",
    "ftp://a/", "file:///etc/passwd", "gopher://a/", "dict://a/",
    "http://", "http:///etc", "http://?a", "http://#a", "javascript:1", "unix:///run/x", "http://a\x7f/", "http://\ud800/",
    "https://" + "a" * 64 + ".test/", "https://" + "a." * 127 + "test/", "https://a/" + "b" * 9000, "", "http+unix://x/",
]  # fmt: skip


@pytest.fixture
def dialled(monkeypatch):
    """The addresses that a connection was asked for; none is made."""
    asked = []

    async def connect_tcp(self, host, port, *rest):
        asked.append(host)
        raise httpcore.ConnectError("no packet leaves the test")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_tcp)
    return asked


def refusal(coroutine):
    with pytest.raises(Refused) as refused:
        asyncio.run(coroutine)
    return refused.value.code


def ask(url, given, **wanted):
    return refusal(http_client.run({"url": url}, given(reach=Reach(**wanted))))


@pytest.mark.hostile
@pytest.mark.parametrize("host", BLOCKED.split())
def test_E_R24_case_26_private_addresses_are_blocked_before_any_packet(host, given, dialled):
    assert ask(f"http://{host}/", given) == "blocked_address"
    assert ask(f"https://{host}:8443/x", given) == "blocked_address"
    assert dialled == []


@pytest.mark.hostile
@pytest.mark.parametrize("host", BAD.split())
def test_E_R24_case_30_spellings_that_readers_disagree_about_are_no_address(host, given, dialled):
    assert ask(f"http://{host}/", given, resolve=lambda *_: ["127.0.0.1"]) == "bad_address"
    assert "url" in http_client.check({"url": f"http://{host}/"})
    assert dialled == []


@pytest.mark.hostile
@pytest.mark.parametrize("url", BAD_ENTIRELY)
def test_E_R24_case_30_what_is_no_address_is_refused(url, given, dialled):
    assert ask(url, given, resolve=lambda *_: ["127.0.0.1"]) == "bad_address"
    assert dialled == []


@pytest.mark.hostile
def test_case_26_addresses_of_this_machine_are_blocked_whatever_they_look_like(given, dialled):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("a machine without a route has no address of its own")
        own = probe.getsockname()[0]
    assert is_own(ip_address(own))
    assert is_own(ip_address("127.0.0.1"))
    assert not is_own(ip_address("93.184.216.34"))
    assert ask(f"http://{own}/", given) == "blocked_address"


@pytest.mark.hostile
def test_case_26_a_public_address_of_this_machine_is_blocked():
    """In a network of its own, whose loopback has one."""
    code = "from actuators.outbound.addresses import may_be_dialled as may; print(may('93.184.216.34'), may('8.8.8.8'))"
    inside = f'ip link set lo up && ip address add 93.184.216.34/32 dev lo && {sys.executable} -c "{code}"'
    done = subprocess.run(["unshare", "-rn", "sh", "-c", inside], capture_output=True, text=True)
    if "unshare" in done.stderr or "not found" in done.stderr:
        pytest.skip(done.stderr)
    assert done.stdout == "False True\n", done.stderr


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::8.8.8.8"])
def test_public_addresses_may_be_dialled(address):
    assert may_be_dialled(address)


@pytest.mark.hostile
@pytest.mark.parametrize("answers", [["10.0.0.5"], ["93.184.216.34", "10.0.0.5"], ["93.184.216.34", "::1"], ["junk"]])
def test_case_27_one_wrong_address_refuses_the_name(given, dialled, answers):
    assert ask("http://mixed.test/", given, resolve=lambda *_: answers) == "blocked_address"
    assert dialled == []


@pytest.mark.hostile
def test_case_27_the_second_answer_of_a_name_is_never_used(given, dialled):
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    wanted = Reach(resolve=lambda *_: answers.pop(0))
    assert refusal(http_client.run({"url": "http://rebind.test/"}, given(reach=wanted))) == "connect_failed"
    assert dialled == ["93.184.216.34"]
    assert answers == [["127.0.0.1"]], "one look-up per connection"


@pytest.mark.hostile
def test_case_27_a_refusal_does_not_tell_what_our_network_looks_like(given):
    with pytest.raises(Refused) as refused:
        asyncio.run(
            http_client.run({"url": "http://db.internal.test/"}, given(reach=Reach(resolve=lambda *_: ["10.9.8.7"])))
        )
    assert "10.9" not in str(refused.value)


def test_a_name_that_is_not_known_is_no_connection(given):
    def unknown(host, port):
        raise socket.gaierror(-2, "Name or service not known")

    for resolve in (unknown, lambda *_: []):
        assert ask("http://nowhere.test/", given, resolve=resolve) == "connect_failed"


def test_ports_are_those_of_the_web_and_of_the_operator(given, dialled):
    assert ask("http://a.test:22/", given, resolve=lambda *_: ["93.184.216.34"]) == "blocked_address"
    assert dialled == []
    known = frozenset({22})
    assert ask("http://a.test:22/", given, resolve=lambda *_: ["93.184.216.34"], ports=known) == "connect_failed"
    assert ask("http://a.test/", given, resolve=lambda *_: ["93.184.216.34"], ports=known) == "blocked_address"


def test_the_operators_networks_are_reached_and_nothing_beside_them(site, given):
    site.say("/", body=b"inside")
    params = {"url": f"http://127.0.0.1:{site.port}/"}
    assert asyncio.run(http_client.run(params, given(reach=reach(site)))).stdout == "inside"
    beside = {"url": f"http://127.0.0.2:{site.port}/"}
    assert refusal(http_client.run(beside, given(reach=reach(site)))) == "blocked_address"
    mapped = {"url": f"http://[::ffff:127.0.0.1]:{site.port}/"}
    assert refusal(http_client.run(mapped, given(reach=reach(site)))) == "blocked_address"


def test_other_actuators_get_addresses_that_were_checked():
    inside = Reach(exceptions=(ip_network("10.1.0.0/16"),), resolve=lambda host, port: ["10.1.2.3", "10.1.2.3"])
    assert asyncio.run(checked_addresses("DB.test", 5432, inside)) == ["10.1.2.3"]
    assert checked_addresses_blocking("db.test", 5432, inside) == ["10.1.2.3"]
    assert refusal(checked_addresses("db.test", 5432, Reach(resolve=inside.resolve))) == "blocked_address"
    assert refusal(checked_addresses("/var/run/postgresql", 5432, inside)) == "bad_address"
    with pytest.raises(Refused, match="Port 5432"):
        checked_addresses_blocking("db.test", 5432, inside, ports={3306})


def test_httpx_and_httpcore_go_through_the_same_backend(site):
    site.say("/", body=b"ok")
    url = f"http://site.test:{site.port}/"
    with httpcore.ConnectionPool(network_backend=BlockingCheckedBackend(reach(site))) as pool:
        assert pool.request("GET", url).content == b"ok"
        with pytest.raises(Refused, match="Port 1 "):
            pool.request("GET", "http://site.test:1/")

    async def by_httpx():
        transport = httpx.AsyncHTTPTransport(trust_env=False)
        transport._pool = httpcore.AsyncConnectionPool(network_backend=CheckedBackend(reach(site)))
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            assert (await client.get(url)).text == "ok"
            with pytest.raises(Refused, match="cannot be reached"):
                await client.get(f"http://127.0.0.2:{site.port}/")

    asyncio.run(by_httpx())


@pytest.mark.hostile
def test_case_26_sockets_of_this_machine_are_no_destination(tmp_path):
    path = str(tmp_path / "socket")
    with pytest.raises(Refused):
        BlockingCheckedBackend(Reach()).connect_unix_socket(path)
    assert refusal(CheckedBackend(Reach()).connect_unix_socket(path)) == "blocked_address"


@pytest.mark.hostile
def test_case_26_proxies_of_the_environment_are_not_asked(site, given, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    site.say("/", body=b"straight")
    params = {"url": f"http://site.test:{site.port}/"}
    assert asyncio.run(http_client.run(params, given(reach=reach(site)))).stdout == "straight"


def test_names_have_one_spelling():
    assert host_of("Bücher.Example") == "xn--bcher-kva.example"
    assert host_of("_dmarc.A-b.test") == "_dmarc.a-b.test"
    assert host_of("2001:DB8:0:0::1") == "2001:db8::1"
    assert str(parse_url("HTTPS://EXAMPLE.com:443?q=ä#x")) == "https://example.com/?q=%C3%A4"
    assert str(parse_url("http://[2001:DB8::1]:8080/a%20b")) == "http://[2001:db8::1]:8080/a%20b"


@pytest.mark.hostile
def test_hosts_match_whole_names_only():
    patterns = ["api.example.com", "*.Example.org", "2606:4700::1", "*.0.0.1", "*", "*.", "", "a\0b"]
    for host in ("api.example.com", "a.example.org", "a.b.example.org", "2606:4700::1"):
        assert matches(host, patterns), host
    for host in ("example.com", "x.api.example.com", "apixexample.com", "example.org", "evilexample.org", "127.0.0.1",
                 "api.example.com.evil.test"):  # fmt: skip
        assert not matches(host, patterns), host

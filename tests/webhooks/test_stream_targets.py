"""Each kind of target: the bytes that it gets, and what counts as taken."""

import asyncio
import contextlib
import fcntl
import json
import os
import re
import socket
import ssl
import stat
import threading
import time
from types import SimpleNamespace
from uuid import uuid4

import anyio
import pytest

from actuators.given import Refused
from actuators.outbound import hand_over, handing
from tests.actuators.loopback import certificate, reach, server_tls
from tests.webhooks.receiving import tell, wait_for
from tests.webhooks.streaming import TOKEN, SyslogServer, carry_all, carry_due, row_of
from webhooks.streams import files, sending

FIELDS = re.compile(
    rb"<110>1 (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (?P<host>\S+) executor\.one - (?P<type>\S{1,32}) "
    rb'\[executor@32473 account="(?P<account>[^"]+)" seq="(?P<seq>\d+)" hash="(?P<hash>[0-9a-f]{64})"\] '
    rb"(?P<json>\{.*\})"
)

LOGS = "logs.example.com"

# --- http_json ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("format", "type"), [("array", "application/json"), ("ndjson", "application/x-ndjson"), (None, "application/json")]
)
def test_A14_http_json_is_an_array_or_lines_with_the_authorization_as_given(stream, member, receiver, format, type):
    stream("http_json", url=receiver.url, secret="Basic dTpw", **({"format": format} if format else {}))
    tell(member.account, uuid4(), uuid4())
    carry_all()
    request = receiver.requests[0]
    assert (request.headers["authorization"], request.headers["content-type"]) == ("Basic dTpw", type)
    body = request.body.decode("ascii")
    lines = [json.loads(line) for line in body.splitlines()] if format == "ndjson" else json.loads(body)
    assert [one["type"] for one in lines] == ["audit_stream.created", "goal.completed", "goal.completed"]


def test_http_json_without_a_secret_has_no_authorization(stream, receiver):
    stream("http_json", url=receiver.url)
    carry_all()
    assert "authorization" not in receiver.requests[0].headers


@pytest.mark.hostile
def test_case_31_a_name_that_turns_private_is_refused_when_it_is_dialled(
    stream, member, receiver, settings, monkeypatch
):
    from actuators.outbound import resolving

    settings.OUTBOUND_EXCEPTIONS = []
    monkeypatch.setattr(resolving, "system_resolve", lambda host, port: ["127.0.0.1"])
    stream("http_json", url=f"https://logs.example.com:{receiver.port}")
    outcome = carry_due()[0]
    assert "cannot be reached from here" in outcome.error
    assert receiver.connections == 0
    assert row_of(member.account).cursor == 0 or row_of(member.account).sent == 0


# --- syslog ---------------------------------------------------------------------------------------


def test_A14_syslog_is_rfc_5424_with_octet_counting(stream, member, syslog):
    stream("syslog", host="127.0.0.1", port=syslog.port, protocol="tcp")
    tell(member.account, *(uuid4() for _ in range(5)))
    carry_all()
    assert len(syslog.messages) == 6
    assert syslog.torn == b""
    for message in syslog.messages:
        said = FIELDS.fullmatch(message)
        event = json.loads(said["json"])
        assert said["at"].decode() == event["createdAt"]
        assert (said["account"].decode(), int(said["seq"])) == (event["account"], event["seq"])
        assert (said["hash"].decode(), said["type"].decode()) == (event["hash"], event["type"])
    seqs = [event["seq"] for event in syslog.events()]
    assert seqs == list(range(seqs[0], seqs[0] + 6))


def test_syslog_that_breaks_off_is_sent_again(stream, member, syslog):
    syslog.drops = True
    stream("syslog", host="127.0.0.1", port=syslog.port, protocol="tcp")
    tell(member.account, *(uuid4() for _ in range(400)))
    assert "broke the connection" in carry_due()[0].error
    assert row_of(member.account).sent == 0


@pytest.mark.parametrize("size", [1, 1000, 90_000])
@pytest.mark.parametrize("how", ["aborts", "closes"])
def test_bytes_that_nobody_reads_are_never_taken_for_read(syslog, how, size):
    """However the end of a server that reads nothing meets our bytes: before them, among them, behind them."""
    syslog.drops, refused = how, 0
    for _ in range(40):
        try:
            asyncio.run(hand_over(LOGS, syslog.port, b"5 hello" * size, reach(syslog), tls=False))
        except Refused:
            refused += 1
    assert (refused, syslog.messages) == (40, [])


def test_who_was_done_before_our_end_has_not_read_to_it():
    """Half closed at once, and open for reading: every byte is confirmed, and nothing ever reads them."""

    async def end_of(port):
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            accepted, _ = listener.accept()
            with accepted:
                accepted.shutdown(socket.SHUT_WR)
                await stream.send(b"5 hello")
                with pytest.raises(anyio.EndOfStream):  # it has come
                    await stream.receive()
                await handing._end(stream)

    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(ConnectionResetError):
        anyio.run(end_of, listener.getsockname()[1])


@pytest.mark.parametrize("reads", [True, False])
def test_a_tls_server_that_ends_without_saying_so_has_taken_nothing(tmp_path, reads):
    """As one that was killed: its machine may have confirmed every byte, and its TLS has not."""
    pem, private, _ = certificate(LOGS)
    context = server_tls(tmp_path, pem, private)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = SimpleNamespace(port=listener.getsockname()[1])
        for _ in range(5):
            served = threading.Thread(target=serve_and_die, args=(listener, context, reads))
            served.start()
            with pytest.raises(Refused):
                asyncio.run(hand_over(LOGS, place.port, b"5 hello", reach(place, authorities=pem), tls=True))
            served.join()


@pytest.mark.parametrize("pause", [0, 0.2])
def test_a_tls_server_that_says_its_end_and_reads_nothing_has_taken_nothing(tmp_path, pause):
    """As one that is being stopped."""
    pem, private, _ = certificate(LOGS)
    context = server_tls(tmp_path, pem, private)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = SimpleNamespace(port=listener.getsockname()[1])
        served = threading.Thread(target=serve_and_end, args=(listener, context, pause))
        served.start()
        with pytest.raises(Refused):
            asyncio.run(hand_over(LOGS, place.port, b"5 hello", reach(place, authorities=pem), tls=True))
        served.join()


def serve_and_end(listener, context, pause):
    """Agree on TLS, say close_notify without reading, and close a while after."""
    accepted, _ = listener.accept()
    came, said = ssl.MemoryBIO(), ssl.MemoryBIO()
    secured = context.wrap_bio(came, said, server_side=True)
    with accepted:
        while True:
            try:
                secured.do_handshake()
                break
            except ssl.SSLWantReadError:
                accepted.sendall(said.read())
                head = accepted.recv(5, socket.MSG_WAITALL)  # one record, and nothing of what follows it
                came.write(head + accepted.recv(int.from_bytes(head[3:]), socket.MSG_WAITALL))
        time.sleep(pause)
        with contextlib.suppress(ssl.SSLError):
            secured.unwrap()
        accepted.sendall(said.read())
        time.sleep(0.5)


def serve_and_die(listener, context, reads):
    """Agree on TLS, let the bytes come unread by TLS (or do not), and be gone."""
    accepted, _ = listener.accept()
    secured = context.wrap_socket(accepted, server_side=True)
    with socket.socket(fileno=secured.detach()) as raw, contextlib.suppress(TimeoutError):
        raw.settimeout(0.1)
        while reads and raw.recv(1 << 16):
            pass


@pytest.mark.hostile
@pytest.mark.parametrize("way", ["{}\r\n\r\n", "HTTP/1.1 200 {}\r\nbad line {}\r\n\r\n", "HTTP/1.1 2{}\r\n\r\n"])
def test_case_31_a_target_that_says_back_what_it_was_sent_shows_nobody_the_secret(stream, api, member, receiver, way):
    async def echo(request, writer):
        proof = f"Authorization: {request.headers['authorization']}"
        writer.write(way.format(proof, proof).encode())

    receiver.serve("/hook", echo)
    stream("http_json", url=receiver.url, secret="Bearer SECRETX9")
    (outcome,) = carry_due()
    assert outcome.error, "nobody takes that for an answer"
    assert "SECRETX9" not in outcome.error
    assert b"SECRETX9" not in api.get("/api/v1/audit/streams").content


def test_an_answer_without_an_end_of_depth_is_a_failure_in_words(stream, member, receiver):
    receiver.say("/hook", 200, body=b"[" * 100_000)
    stream(url=receiver.url, secret=TOKEN)
    assert carry_due()[0].error == "The answer 200 is not one of Splunk's event collector."


@pytest.mark.parametrize("status", [302, 500])
def test_code_0_is_no_success_with_another_status(stream, member, receiver, status):
    receiver.say("/hook", status, body=b'{"text":"Success","code":0}')
    stream(url=receiver.url, secret=TOKEN)
    (outcome,) = carry_due()
    assert outcome.error.startswith(f"The receiver answered {status}")


def test_syslog_that_reads_nothing_is_no_success(stream, member, syslog, monkeypatch):
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    syslog.hangs = True
    stream("syslog", host="127.0.0.1", port=syslog.port, protocol="tcp")
    assert "no whole answer" in carry_due()[0].error
    assert row_of(member.account).sent == 0


@pytest.fixture
def secured(loop, tmp_path):
    pem, private, _ = certificate("logs.example.com")
    made = SyslogServer(loop, tls=server_tls(tmp_path, pem, private))
    yield made, pem
    made.close()


def test_A14_syslog_over_tls_arrives_whole_and_is_confirmed(secured):
    server, pem = secured
    message = b"5 hello" * 40_000
    asyncio.run(hand_over("logs.example.com", server.port, message, reach(server, authorities=pem), tls=True))
    wait_for(lambda: len(server.messages) == 40_000, seconds=10)  # its TLS confirms, then it reads
    assert server.torn == b""


@pytest.mark.parametrize("host", ["other.example.com", "logs.example.com"])
def test_syslog_over_tls_goes_to_nobody_with_another_certificate(secured, host):
    server, pem = secured
    trusted = pem if host == "other.example.com" else ""
    with pytest.raises(Refused) as refused:
        asyncio.run(hand_over(host, server.port, b"5 hello", reach(server, authorities=trusted), tls=True))
    assert refused.value.code == "tls_failed"
    assert server.messages == []


def test_syslog_over_tls_that_breaks_off_is_no_success(secured):
    server, pem = secured
    server.drops = True
    with pytest.raises(Refused) as refused:
        asyncio.run(
            hand_over("logs.example.com", server.port, b"5 hello" * 90_000, reach(server, authorities=pem), tls=True)
        )
    assert refused.value.code in ("protocol_error", "tls_failed")


def test_bytes_without_tls_go_to_the_operator_s_networks_alone(syslog):
    from dataclasses import replace

    public = replace(reach(syslog), exceptions=(), resolve=lambda host, port: ["8.8.8.8"])
    with pytest.raises(Refused) as refused:
        asyncio.run(hand_over("logs.example.com", syslog.port, b"5 hello", public, tls=False))
    assert refused.value.code == "credential_host"


def test_a_port_that_is_not_allowed_is_not_dialled(syslog):
    with pytest.raises(Refused) as refused:
        asyncio.run(hand_over("127.0.0.1", 514, b"5 hello", reach(syslog), tls=True))
    assert refused.value.code == "blocked_address"


# --- file -----------------------------------------------------------------------------------------


@pytest.fixture
def folder(settings, tmp_path):
    settings.AUDIT_STREAM_DIR = tmp_path / "audit"
    return settings.AUDIT_STREAM_DIR


def seqs_in(*paths):
    return [json.loads(line)["seq"] for path in paths for line in path.read_text("ascii").splitlines()]


def test_A14_a_file_has_an_event_a_line_and_is_nobody_else_s(stream, member, folder):
    made = stream("file", start="beginning")
    carry_all()
    tell(member.account, uuid4(), uuid4())
    carry_all()
    path = folder / f"{made['id']}.jsonl"
    seqs = seqs_in(path)
    assert seqs == list(range(1, len(seqs) + 1))
    assert row_of(member.account).cursor == seqs[-1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_large_file_is_rotated_without_loss(stream, member, folder, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 1500)
    made = stream("file", start="beginning")
    for _ in range(8):
        tell(member.account, uuid4(), uuid4(), uuid4())
        carry_all()
    rotated = sorted(folder.glob(f"{made['id']}.*.jsonl"), key=lambda path: int(path.name.split(".")[1]))
    assert len(rotated) >= 3
    for path in rotated:
        assert seqs_in(path)[-1] == int(path.name.split(".")[1])
    seqs = seqs_in(*rotated, folder / f"{made['id']}.jsonl")
    assert seqs == list(range(1, row_of(member.account).cursor + 1))


def test_a_torn_line_of_a_writer_that_died_is_cut_off(tmp_path):
    files.append(tmp_path, "ast_x", b'{"seq":1}\n', 0)
    path = tmp_path / "ast_x.jsonl"
    for torn in (b'{"se', b"x" * 200_000):
        with path.open("ab") as written:
            written.write(torn)
        files.append(tmp_path, "ast_x", b'{"seq":2}\n', 1)
    assert seqs_in(path) == [1, 2, 2]
    path.write_bytes(b"x" * 70_000)
    files.append(tmp_path, "ast_x", b'{"seq":1}\n', 0)
    assert seqs_in(path) == [1]


def test_two_writers_never_mix_their_lines(tmp_path):
    """Each batch is whole, or its writer is told that another one has the file."""
    written = []

    def write(name):
        for at in range(200):
            try:
                files.append(tmp_path, "ast_x", f'{{"seq":{at},"by":"{name}"}}\n'.encode() * 20, at)
            except files.Busy:
                continue
            written.append((at, name))

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [json.loads(line) for line in (tmp_path / "ast_x.jsonl").read_text().splitlines()]
    blocks = [(lines[at]["seq"], lines[at]["by"]) for at in range(0, len(lines), 20)]
    assert sorted(blocks) == sorted(written)
    assert all(len({(one["seq"], one["by"]) for one in lines[at : at + 20]}) == 1 for at in range(0, len(lines), 20))


def test_a_file_that_somebody_else_holds_fails_and_is_tried_again(stream, member, folder):
    made = stream("file")
    folder.mkdir()
    with (folder / f"{made['id']}.jsonl").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert carry_due()[0].error == "Another courier is writing this file."
    assert row_of(member.account).failed == 1


def test_a_link_in_place_of_the_file_is_not_followed(stream, member, folder, tmp_path, caplog):
    made = stream("file")
    folder.mkdir()
    (folder / f"{made['id']}.jsonl").symlink_to(tmp_path / "elsewhere")
    assert "cannot be written" in carry_due()[0].error
    assert not (tmp_path / "elsewhere").exists()
    assert str(tmp_path) not in row_of(member.account).last_error, "paths are the operator's"


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    files.append(tmp_path, "ast_x", b'{"seq":1}\n', 0)
    before = (tmp_path / "ast_x.jsonl").read_bytes()

    def full(opened):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.append(tmp_path, "ast_x", b'{"seq":2}\n', 1)
    assert (tmp_path / "ast_x.jsonl").read_bytes() == before


def test_a_folder_that_the_operator_took_away_fails_in_words(stream, member, folder, settings):
    stream("file")
    settings.AUDIT_STREAM_DIR = None
    assert "AUDIT_STREAM_DIR" in carry_due()[0].error

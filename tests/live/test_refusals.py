"""What never reaches Django is refused in the same words: one error shape, a receipt, and the connection's end."""

import json
import socket
from http import HTTPStatus

import pytest

pytestmark = pytest.mark.live

MIB = 1024 * 1024
HOST = b"Host: localhost\r\n"
POST = b"POST /api/goals HTTP/1.1\r\n" + HOST

UNREADABLE = {
    "no request line": b"hello\r\n\r\n",
    "a byte beyond ASCII in the path": b"GET /api/\xff HTTP/1.1\r\n" + HOST + b"\r\n",
    "a byte beyond ASCII in the query": b"GET /api/goals?q=\xff HTTP/1.1\r\n" + HOST + b"\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "two ways to say the length": POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a length that is no number": POST + b"Content-Length: -1\r\n\r\n",
    "a chunk that is none": POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: gzip\r\n\r\n",
    "a header without a colon": b"GET /api/health HTTP/1.1\r\n" + HOST + b"nonsense\r\n\r\n",
    "a header's name with a blank": b"GET /api/health HTTP/1.1\r\n" + HOST + b"X Y: 1\r\n\r\n",
    "20 KiB of headers": b"GET /api/health HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 20_000 + b"\r\n\r\n",
}


def exchange(stack, *parts):
    """Send the parts, whatever is answered meanwhile; (status line, headers, body)."""
    with socket.create_connection(("127.0.0.1", stack.port), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
        answer = connection.makefile("rb")
        status = answer.readline().decode().strip()
        headers = {}
        while line := answer.readline().strip().decode():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        return status, headers, json.loads(answer.read(int(headers["content-length"])))


def assert_refused(answer, status, phrase, name):
    line, headers, body = answer
    assert line == f"HTTP/1.1 {status} {phrase}"
    assert headers["content-type"] == "application/problem+json"
    assert (body["code"], body["status"], body["name"], body["title"]) == (status, status, name, phrase)
    assert headers["x-receipt"] == body["receipt"]
    assert body["receipt"].startswith("rcp_")


@pytest.mark.parametrize("request_of", UNREADABLE.values(), ids=UNREADABLE)
def test_A_R8_what_is_no_http_is_refused_in_the_one_shape(stack, request_of):
    assert_refused(exchange(stack, request_of), 400, "Bad Request", "invalid_request")


@pytest.mark.parametrize("address", [b"/api/memory/a%FFb", b"/api/memory/%ed%a0%80", b"/api/memory?query=%c3"])
def test_an_address_that_is_no_text_is_refused(stack, address):
    answer = exchange(stack, b"GET " + address + b" HTTP/1.1\r\n" + HOST + b"\r\n")
    assert_refused(answer, 400, "Bad Request", "invalid_request")
    assert "not UTF-8" in answer[2]["message"]


def test_a_wish_for_another_protocol_is_ignored(stack):
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n"
    line, headers, body = exchange(stack, b"GET /wsx HTTP/1.1\r\n" + HOST + upgrade)
    assert (line, body["name"]) == ("HTTP/1.1 404 Not Found", "not_found")
    assert headers["x-receipt"] == body["receipt"]


def test_each_refusal_has_a_receipt_of_its_own(stack):
    first, second = (exchange(stack, UNREADABLE["two lengths"])[2]["receipt"] for _ in range(2))
    assert first != second


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(stack):
    answer = exchange(stack, POST + f"Content-Length: {100 * MIB}\r\nExpect: 100-continue\r\n\r\n".encode())
    assert_refused(answer, 413, HTTPStatus(413).phrase, "payload_too_large")


def test_a_client_that_sends_its_large_body_anyway_reads_the_answer(stack):
    answer = exchange(stack, POST + f"Content-Length: {8 * MIB}\r\n\r\n".encode(), b"x" * (8 * MIB))
    assert_refused(answer, 413, HTTPStatus(413).phrase, "payload_too_large")


def test_a_body_in_chunks_is_refused_where_it_grows_too_large(stack):
    chunks = [b"100000\r\n" + b"x" * MIB + b"\r\n"] * 4
    answer = exchange(stack, POST + b"Transfer-Encoding: chunked\r\n\r\n", *chunks)
    assert_refused(answer, 413, HTTPStatus(413).phrase, "payload_too_large")


def test_a_body_without_end_is_cut_off(stack):
    chunk = b"100000\r\n" + b"x" * MIB + b"\r\n"
    with pytest.raises(ConnectionError):
        exchange(stack, POST + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 200)


def test_the_largest_body_that_is_allowed_passes(client):
    body = json.dumps({"description": "x" * 100, "nothing": "y" * (2_621_440 - 200)})
    assert client.post("/api/goals", content=body, headers={"Content-Type": "application/json"}).status_code == 400

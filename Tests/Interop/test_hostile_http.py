"""Callers of the HTTP API that behave badly, and one beside them that must not notice."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import time
import urllib.parse

import pytest

HOST = b"Host: localhost\r\n"
SMUGGLED = b"DELETE /v1/devices/demo-phone HTTP/1.1\r\n" + HOST + b"\r\n"
MANY = 2_000 if os.environ.get("GATEHOUSE_LONG_TESTS") == "1" else 300


def connect(server) -> socket.socket:
    url = urllib.parse.urlsplit(server.control)
    return socket.create_connection((url.hostname, url.port), timeout=30)


def read_to_end(peer: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionError):
        while part := peer.recv(65_536):
            received += part
    return received


def exchange(server, request: bytes) -> bytes:
    """What is answered until the server hangs up."""
    with connect(server) as peer:
        with contextlib.suppress(ConnectionError):
            peer.sendall(request)
        return read_to_end(peer)


def problem(answer: bytes) -> tuple[int, str]:
    """Status and code of the one answer there is."""
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    head, _, body = answer.partition(b"\r\n\r\n")
    document = json.loads(body)
    status = int(head.split()[1])
    assert document["status"] == status and document["detail"], document
    assert b"application/problem+json" in head
    return status, document["code"]


def assert_others_are_served(server) -> None:
    assert [device["name"] for device in server.get("/v1/devices")["items"]] == ["demo-phone"]


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding: gzip\r\n",
        b"Transfer-Encoding: chunked, gzip\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 0\r\n",
        b"Content-Length: 5, 0\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x5\r\n",
        b"Content-Length: 99999999999999999999999\r\n",
        b"Content-Length : 5\r\n",
        b"X-Folded: one\r\n two\r\n",
        b" X-Folded: first\r\n",
        b"X-Nul: a\0b\r\n",
        b"X-Bare: a\rb\r\n",
        b"No-Colon\r\n",
    ],
)
def test_a_request_whose_end_is_in_doubt_is_refused_with_what_stands_behind_it(gatehouse, head):
    request = b"POST /v1/reset HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n" + head + b"\r\n"
    answer = exchange(gatehouse, request + b"0\r\n\r\n" + SMUGGLED)
    assert problem(answer) == (400, "malformed-request")
    assert_others_are_served(gatehouse)


@pytest.mark.parametrize(
    "body",
    [b"zz\r\n{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n", b"ffffffffffffffffff\r\n{}\r\n", b"2\r\n{}XX0\r\n\r\n", b"2\n{}\n0\n\n"],
)
def test_a_chunk_that_is_none_ends_the_connection(gatehouse, body):
    request = b"POST /v1/reset HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = exchange(gatehouse, request + body + SMUGGLED)
    assert problem(answer) == (400, "malformed-request")
    assert_others_are_served(gatehouse)


@pytest.mark.parametrize(
    "request_line",
    [b"GET /v1/info HTTP/9.9", b"GET /v1/info", b"G@T /v1/info HTTP/1.1", b"\x16\x03\x01\x00\xc8"],
)
def test_what_is_no_request_is_refused(gatehouse, request_line):
    assert problem(exchange(gatehouse, request_line + b"\r\n" + HOST + b"\r\n"))[0] == 400
    assert_others_are_served(gatehouse)


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET /v1/info?" + b"a" * 40_000 + b" HTTP/1.1\r\n" + HOST,
        b"GET /v1/info HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 40_000 + b"\r\n",
        b"GET /v1/info HTTP/1.1\r\n" + HOST + b"".join(b"X%d: %s\r\n" % (n, b"a" * 1_000) for n in range(40)),
        b"GET /v1/info HTTP/1.1\r\n" + HOST + b"".join(b"X%d: a\r\n" % n for n in range(200)),
    ],
    ids=["a long path", "a long header", "long headers together", "many headers"],
)
def test_headers_that_are_too_large_are_refused(gatehouse, request_head):
    assert problem(exchange(gatehouse, request_head + b"\r\n")) == (431, "headers-too-large")
    assert_others_are_served(gatehouse)


def test_an_endless_header_is_refused_long_before_its_end(gatehouse):
    """The limit is on what has arrived: the server does not wait for the end of the line."""
    with connect(gatehouse) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 40_000)
        assert problem(read_to_end(peer)) == (431, "headers-too-large")


def test_the_limits_of_bodies_and_headers_are_the_configured_ones(start_gatehouse):
    server = start_gatehouse("--control-body-limit", "2000", "--control-header-limit", "1024")
    head = b"POST /v1/notifications/wait HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nConnection: close\r\n"
    sized = head + b"Content-Length: 2001\r\n\r\n" + b" " * 2_001
    assert problem(exchange(server, sized)) == (413, "content-too-large")
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n" + b"3e8\r\n" + b" " * 1_000 + b"\r\n3ea\r\n" + b" " * 1_002 + b"\r\n0\r\n\r\n"
    assert problem(exchange(server, chunked)) == (413, "content-too-large")
    assert problem(exchange(server, b"GET /" + b"a" * 1_100 + b" HTTP/1.1\r\n" + HOST + b"\r\n")) == (431, "headers-too-large")
    assert_others_are_served(server)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /v1/info HTTP/1.1\r\n" + HOST + b"X: ",
        b"POST /v1/reset HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{",
        b"POST /v1/reset HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n{",
    ],
    ids=["nothing", "a head", "a body", "a chunk"],
)
def test_a_request_that_drips_in_is_let_go(start_gatehouse, begun):
    server = start_gatehouse("--control-timeout", "1s")
    with connect(server) as peer:
        peer.sendall(begun)
        peer.settimeout(0.05)
        deadline = time.monotonic() + 20
        answer = None
        while answer is None:
            assert time.monotonic() < deadline
            try:
                answer = peer.recv(65_536)
            except TimeoutError:
                if begun:
                    with contextlib.suppress(ConnectionError):
                        peer.send(b" ")
        if begun:
            peer.settimeout(20)
            assert problem(answer + read_to_end(peer)) == (408, "request-timeout")
        else:
            assert answer == b""
    assert_others_are_served(server)


def test_a_wait_may_be_longer_than_a_request_may_take_to_arrive(start_gatehouse):
    server = start_gatehouse("--control-timeout", "500ms")
    began = time.monotonic()
    answer = server.post("/v1/notifications/wait", {"count": 1, "timeoutMs": 1_500})
    assert not answer["satisfied"] and time.monotonic() - began >= 1.4


def test_connections_beyond_the_limit_displace_those_that_wait(start_gatehouse):
    server = start_gatehouse("--control-connection-limit", "5")
    with contextlib.ExitStack() as peers:
        silent = [peers.enter_context(connect(server)) for _ in range(5)]
        for peer in silent:
            peer.sendall(b"GET / HTTP/1.1\r\n")
        assert_others_are_served(server)
        gone, _, _ = select.select(silent, [], [], 20)
        assert [peer.recv(1) for peer in gone] == [b""]


def test_connections_that_are_being_answered_are_not_displaced(start_gatehouse):
    server = start_gatehouse("--control-connection-limit", "2")
    with contextlib.ExitStack() as peers:
        streams = [peers.enter_context(connect(server)) for _ in range(2)]
        for stream in streams:
            stream.sendall(b"GET /v1/events HTTP/1.1\r\n" + HOST + b"\r\n")
            assert b" 200 " in stream.recv(4_096)
        with connect(server) as third:
            assert problem(read_to_end(third)) == (503, "too-many-connections")
        streams[0].close()
        deadline = time.monotonic() + 20
        while True:
            try:
                assert_others_are_served(server)
                break
            except (OSError, AssertionError):
                assert time.monotonic() < deadline


def test_a_caller_that_never_reads_is_let_go(start_gatehouse):
    server = start_gatehouse("--control-timeout", "1s")
    with connect(server) as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        peer.settimeout(20)
        request = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n" + b"GET /metrics HTTP/1.1\r\n" + HOST + b"\r\n"
        # As many answers as no buffer of the system holds; then the server stops reading, and at last hangs up.
        with pytest.raises(OSError):
            while True:
                peer.sendall(request * 100)
    assert_others_are_served(server)


def test_many_slow_callers_leave_room_for_others(gatehouse):
    with contextlib.ExitStack() as peers:
        for _ in range(MANY):
            peers.enter_context(connect(gatehouse)).sendall(b"GET / HTTP/1.1\r\nX: ")
        assert_others_are_served(gatehouse)

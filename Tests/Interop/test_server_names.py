"""A service that has a name and several servers: one of them goes down, and the name leads to another."""

from __future__ import annotations

import signal
import socket

import pytest

from gatehouse import TOPIC
from rawclient import RawClient, enhanced

NAME = "gateway.sandbox.push.apple.com"
TOKEN = bytes(range(32))


@pytest.fixture
def names(monkeypatch) -> dict[str, list[tuple[str, int]]]:
    """What names lead to, for this process: addresses in the order in which they are tried."""
    known: dict[str, list[tuple[str, int]]] = {}
    resolve = socket.getaddrinfo

    def look_up(host, port, *arguments, **options):
        if host not in known:
            return resolve(host, port, *arguments, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place) for place in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.fixture
def two_servers(start_gatehouse, names):
    """Two servers that know the same phone, behind one name."""
    phone = {"name": "phone-1", "apps": [{"topic": TOPIC, "token": TOKEN.hex()}]}
    servers = [start_gatehouse(config={"devices": [phone]}) for _ in range(2)]
    names[NAME] = [server.address("gateway") for server in servers]
    return servers


def push(server, address, identifier: int) -> None:
    with RawClient(address, server.ready, server.identity()) as client:
        client.send(enhanced(TOKEN, identifier=identifier))
        server.wait(identifier=identifier, fate="delivered")


@pytest.mark.seed("004-09", "004-10")
def test_when_a_server_goes_down_its_name_leads_to_another_and_its_address_nowhere(two_servers):
    first, second = two_servers
    push(first, (NAME, 2195), identifier=1)
    assert second.counters()["received"] == 0

    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(first.seconds_to_stop) == 0

    with pytest.raises(ConnectionRefusedError):
        push(first, first.address("gateway"), identifier=2)
    push(second, (NAME, 2195), identifier=2)
    assert second.counters()["delivered"] == 1

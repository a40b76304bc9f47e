"""What parallel test runs rest on: a server that finds its own ports and says so when they are open."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack

from gatehouse import Gatehouse


def test_feature_3_twenty_at_once_share_no_port_and_every_port_accepts(binary, tmp_path):
    # One directory that none of them has prepared: whoever comes first makes the root, and all use the same.
    certs = tmp_path / "certs"
    servers = []
    with ExitStack() as started:
        for number in range(20):
            directory = tmp_path / f"server-{number}"
            directory.mkdir()
            servers.append(Gatehouse(binary, directory, certs))
            started.callback(servers[-1].stop)

        ports = []
        for server in servers:
            server.read_ready(timeout=120)
            for address in server.ports():
                # At this instant: no second attempt.
                socket.create_connection(address, timeout=5).close()
                ports.append(address[1])
        assert len(ports) == 20 * 4
        assert len(set(ports)) == len(ports)

        assert len({server.ready["pid"] for server in servers}) == 20
        assert len({server.ready["caFile"] for server in servers}) == 1


def test_the_ready_record_is_what_info_says(gatehouse):
    info = gatehouse.get("/v1/info")
    for name, value in gatehouse.ready.items():
        if name != "devices":
            assert info[name] == value
    # A device in `info` says more than the record does: how it stands with the service right now.
    for device, more in zip(gatehouse.ready["devices"], info["devices"], strict=True):
        assert {name: more[name] for name in ("name", "environment", "connected")} == {
            name: device[name] for name in ("name", "environment", "connected")
        }
        assert [(app["topic"], app["token"]) for app in more["apps"]] == [
            (app["topic"], app["token"]) for app in device["apps"]
        ]
    assert gatehouse.ready["service"] == "gatehouse"
    assert gatehouse.ready["pid"] == gatehouse.process.pid
    (device,) = gatehouse.ready["devices"]
    assert (device["name"], device["connected"]) == ("demo-phone", True)


def test_only_loopback_is_listened_on(gatehouse):
    assert {host for host, _ in gatehouse.ports()} == {"127.0.0.1"}


def test_it_is_ready_and_alive(gatehouse):
    gatehouse.get("/readyz")
    gatehouse.get("/livez")


def test_the_ready_file_holds_the_same_record(start_gatehouse, tmp_path):
    file = tmp_path / "ready.json"
    server = start_gatehouse("--ready-file", str(file))
    assert json.loads(file.read_text(encoding="utf-8")) == server.ready

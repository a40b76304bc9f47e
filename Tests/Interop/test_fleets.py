"""Fleets: thousands of phones in one process, by command and by API; and networks of a user's own."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager, suppress

import pytest

from gatehouse import TOPIC, Refused, environment, run
from rawclient import enhanced, provider

SATISFIED, WRONG_USAGE, CANNOT_READ = 0, 2, 3
SECONDS = 120


class Devices:
    """A running `gatehouse device`, told what to do on the command line and nothing else."""

    def __init__(self, binary, directory, *arguments: str, stderr=subprocess.PIPE, **variables: str):
        self.process = subprocess.Popen(
            [str(binary), "device", "--json", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            cwd=directory,
            env=environment(**variables),
        )

    def until(self, count: int, matches) -> list[dict]:
        """Reads its events until so many match."""
        found = []
        while len(found) < count:
            line = self.process.stdout.readline()
            assert line, f"ended with {self.process.wait()}: {self.process.stderr and self.process.stderr.read()}"
            event = json.loads(line)
            if matches(event):
                found.append(event)
        return found

    def tokens(self, count: int) -> dict[str, str]:
        """The token of each device, once so many are registered."""
        return {event["device"]: event["token"] for event in self.until(count, lambda event: "token" in event)}

    def stop(self) -> str:
        """Asks it to end as Ctrl-C does; what it said on standard error."""
        self.process.send_signal(signal.SIGINT)
        _, talk = self.process.communicate(timeout=SECONDS)
        assert self.process.returncode == SATISFIED, talk
        return talk or ""


@pytest.fixture
def start_devices(binary, tmp_path):
    started = []

    def start(*arguments: str, **options) -> Devices:
        started.append(Devices(binary, tmp_path, *arguments, **options))
        return started[-1]

    yield start
    for devices in started:
        if devices.process.poll() is None:
            devices.process.kill()
            devices.process.wait()


def push_to_all(server, tokens) -> None:
    with provider(server) as gateway:
        gateway.send(b"".join(enhanced(bytes.fromhex(token), identifier=n) for n, token in enumerate(tokens, 1)))
        server.wait(count=len(tokens), timeout=SECONDS, topic=TOPIC, fate="delivered")


# By command


def test_300_devices_of_one_command_all_receive_a_push_and_a_pipe_sees_no_progress(gatehouse, start_devices):
    devices = start_devices(
        "--control", gatehouse.control, "--name", "crowd", "--count", "300", "--connect-rate", "500", "--app", TOPIC
    )
    tokens = devices.tokens(300)
    assert set(tokens) == {f"crowd-{n}" for n in range(1, 301)} and len(set(tokens.values())) == 300
    push_to_all(gatehouse, tokens.values())
    received = devices.until(300, lambda event: "payload" in event)
    assert {event["device"] for event in received} == set(tokens)
    assert gatehouse.counters()["delivered"] == 300
    assert devices.stop() == ""


def test_progress_of_a_fleet_is_shown_on_a_terminal(gatehouse, start_devices):
    terminal, ours = pty.openpty()
    devices = start_devices(
        "--control", gatehouse.control, "--count", "40", "--connect-rate", "200", "--app", TOPIC, stderr=ours
    )
    os.close(ours)
    devices.tokens(40)
    told = b""
    while b"40 of 40 devices are connected" not in told:
        assert select.select([terminal], [], [], SECONDS)[0], told
        told += os.read(terminal, 4096)
    devices.stop()
    with suppress(OSError):
        while chunk := os.read(terminal, 4096):
            told += chunk
    os.close(terminal)
    assert b"1 of 40" in told and told.count(b"\n") == 0, "one line, written over"


def test_a_mix_of_networks_is_shared_out_by_weight(gatehouse, start_devices):
    devices = start_devices(
        "--control", gatehouse.control, "--name", "mixed", "--count", "8", "--network", "ideal=3,roaming-off=1",
        "--app", TOPIC,
    )
    tokens = devices.tokens(6)
    assert "mixed-4" not in tokens and "mixed-8" not in tokens or len(set(tokens)) == 6
    push_to_all(gatehouse, tokens.values())
    devices.stop()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--name", ""], ["--name", "needs a name"]),
        (["--name", "x" * 300], ["--name", "256 bytes"]),
        (["--name", "x" * 255, "--count", "5"], ["--name", "256 bytes"]),
        (["--name", "a\nb"], ["--name", "control characters"]),
        (["--app", ""], ["--app", "com.example.app"]),
        (["--network", "lfit"], ["lfit", "Did you mean `lift`?", "edge-of-coverage"]),
        (["--network", "lift=0"], ["lift=0", "1 to 10000"]),
        (["--network", "lift=,ideal"], ["lift="]),
        (["--connect-rate", "0"], ["--connect-rate", "devices a second"]),
        (["--connect-rate", "fast"], ["fast"]),
        (["--reconnect-jitter", "soon"], ["soon"]),
        (["--reconnect-jitter", "2d"], ["--reconnect-jitter", "a day"]),
        (["--count", "0"], ["--count"]),
        (["--keep-alive", "never"], ["never", "quarter-hour"]),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(binary, tmp_path, arguments, words):
    result = run(binary, "device", "--control", "http://127.0.0.1:1", *arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (WRONG_USAGE, ""), result.stderr
    assert all(word in result.stderr for word in words), result.stderr
    assert "Fatal error" not in result.stderr


# A process that sees nothing but the courier


@contextmanager
def relay_to(address):
    """A port elsewhere that leads to one port of the server, and to no other; yields it and what it has carried."""
    listener = socket.create_server(("127.0.0.1", 0))
    carried = []

    def carry(source, target):
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def accept():
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(address)
                carried.append(near)
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=carry, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname(), carried
    finally:
        listener.close()


def test_a_device_process_needs_the_courier_and_its_authority_and_nothing_else(gatehouse, start_devices, tmp_path):
    """The mock device sees only the courier port: a process on another address needs no change in the server."""
    before = gatehouse.get("/v1/connections", open="true")["items"]
    with relay_to(gatehouse.address("courier")) as ((host, port), carried):
        devices = start_devices(
            "--courier", f"{host}:{port}", "--ca", gatehouse.ready["caFile"], "--name", "elsewhere", "--app", TOPIC,
            # Nobody answers there: whoever asks for more than the courier fails.
            GATEHOUSE_CONTROL="http://127.0.0.1:1", GATEHOUSE_CONTROL_URL="http://127.0.0.1:1",
            HOME=str(tmp_path), XDG_RUNTIME_DIR=str(tmp_path), XDG_DATA_HOME=str(tmp_path),
        )
        ((name, token),) = devices.tokens(1).items()
        push_to_all(gatehouse, [token])
        (event,) = devices.until(1, lambda event: "payload" in event)
        assert json.loads(event["payload"]) == {"aps": {"alert": "Hi"}}
        assert len(carried) == 1, "one connection, to the courier"
        opened = [
            connection for connection in gatehouse.get("/v1/connections", open="true")["items"]
            if connection["id"] not in {known["id"] for known in before} and connection["service"] == "courier"
        ]
        assert [connection["device"] for connection in opened] == [name]
        (device,) = [device for device in gatehouse.get("/v1/devices")["items"] if device["name"] == name]
        assert device["connected"] and not device["managed"]
        assert device["apps"][0]["token"] == token
        devices.stop()


# By API


def test_a_fleet_by_api_wakes_up_and_gets_the_last_push(gatehouse):
    gatehouse.post("/v1/fleets", {"name": "sleepers", "count": 50, "connected": False, "apps": [{"topic": TOPIC}]})
    devices = gatehouse.get("/v1/devices", fleet="sleepers")["items"]
    tokens = [device["apps"][0]["token"] for device in devices]
    with provider(gatehouse) as gateway:
        for _ in range(2):
            gateway.send(b"".join(enhanced(bytes.fromhex(token)) for token in tokens))
        gatehouse.wait(count=100, timeout=SECONDS, topic=TOPIC, verdict="accepted")
        gatehouse.post("/v1/fleets/sleepers/wake-up", {"connectRate": 500})
        told = gatehouse.post("/v1/fleets/sleepers/wait", {"received": 50, "connected": 50, "timeoutMs": 60000})
        assert told["satisfied"], told
        gatehouse.wait(count=50, timeout=SECONDS, topic=TOPIC, fate="delivered")
        gatehouse.wait(count=50, timeout=SECONDS, topic=TOPIC, fate="coalesced")
    storm = gatehouse.post("/v1/fleets/sleepers/reconnect", {"jitter": "500ms"})
    assert storm["cut"] == 50
    told = gatehouse.post("/v1/fleets/sleepers/wait", {"connected": 50, "online": 50, "timeoutMs": 60000})
    assert told["satisfied"] and told["fleet"]["counts"]["connections"] == 100, told
    gatehouse.delete("/v1/fleets/sleepers")
    assert [device["name"] for device in gatehouse.get("/v1/devices")["items"]] == ["demo-phone"]


def test_a_fleet_outlives_the_process_with_a_state_file(start_gatehouse, tmp_path):
    state = str(tmp_path / "state.db")
    server = start_gatehouse("--state", state)
    server.post("/v1/fleets", {"name": "kept", "count": 12, "reconnectJitter": "1s", "apps": [{"topic": TOPIC}]})
    assert server.post("/v1/fleets/kept/wait", {"connected": 12, "timeoutMs": 60000})["satisfied"]
    server.delete("/v1/devices/kept-5")
    tokens = {d["name"]: d["apps"][0]["token"] for d in server.get("/v1/devices", fleet="kept")["items"]}
    server.stop()
    server = start_gatehouse("--state", state)
    assert server.post("/v1/fleets/kept/wait", {"connected": 11, "timeoutMs": 60000})["satisfied"]
    again = {d["name"]: d["apps"][0]["token"] for d in server.get("/v1/devices", fleet="kept")["items"]}
    assert again == tokens and "kept-5" not in again
    assert server.get("/v1/fleets/kept")["reconnectJitter"] == "1s"
    server.delete("/v1/fleets/kept")
    server.stop()
    server = start_gatehouse("--state", state)
    assert server.get("/v1/fleets")["items"] == []
    assert not [d for d in server.get("/v1/devices")["items"] if d["name"].startswith("kept")]


# Networks of one's own


@pytest.fixture
def networks(tmp_path):
    directory = tmp_path / "networks"
    directory.mkdir()
    (directory / "a.json").write_text('[{"name": "mine", "idleCutoff": "3m"},\n {"name": "lift", "latency": "2s"}]')
    (directory / "b.yaml").write_text("# on top of another file's\nname: slower\nprofile: mine\njitter: 1s\n")
    (directory / "notes.txt").write_text("no profile")
    return directory


def test_a_users_own_networks_are_listed_and_used_like_those_that_come_along(start_gatehouse, networks):
    server = start_gatehouse(
        config={
            "network-profiles": str(networks),
            "devices": [{"name": "phone", "network": "slower", "connected": False, "apps": [{"topic": TOPIC}]}],
        }
    )
    known = {network["name"]: network for network in server.get("/v1/networks")["items"]}
    assert known["mine"]["bearers"][0]["idleCutoff"] == "3m"
    assert known["slower"]["bearers"][0] == known["mine"]["bearers"][0] | {"jitter": "1s"}
    assert known["lift"]["bearers"][0]["latency"] == "2s", "one of a known name takes its place"
    assert "edge-of-coverage" in known
    (phone,) = server.get("/v1/devices")["items"]
    assert phone["network"]["name"] == "slower"
    changed = server.request("PATCH", "/v1/devices/phone", {"network": "mine"})
    assert changed["network"]["name"] == "mine"
    server.post("/v1/fleets", {"name": "f", "count": 2, "connected": False, "networks": "slower", "apps": []})
    with pytest.raises(Refused, match="422"):
        server.request("PATCH", "/v1/devices/phone", {"network": "yours"})


def test_a_users_own_networks_are_known_by_flag_and_variable_to_every_command(binary, networks, tmp_path):
    for arguments, variables in [
        (["--network-profiles", str(networks)], {}), ([], {"GATEHOUSE_NETWORK_PROFILES": str(networks)}),
    ]:
        listed = run(binary, "device", "networks", "--json", *arguments, cwd=tmp_path, **variables)
        assert listed.returncode == SATISFIED, listed.stderr
        assert {"mine", "slower", "ideal"} <= {network["name"] for network in json.loads(listed.stdout)["items"]}
        shown = run(binary, "config", "show", "--json", *arguments, cwd=tmp_path, **variables)
        (row,) = [row for row in json.loads(shown.stdout)["options"] if row["option"] == "network-profiles"]
        assert row["value"] == str(networks)
        assert row["origin"] == (arguments[0] if arguments else "GATEHOUSE_NETWORK_PROFILES")
    table = run(binary, "device", "networks", cwd=tmp_path).stdout
    assert "edge-of-coverage" in table and "mine" not in table


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("c.json", '[\n  {"name": "mine2", "latency": "fast"}\n]', [":2:", "`latency`", "300ms"]),
        ("c.yml", "name: bad\nbearers:\n  - kind: fax\n", [":3:", "`bearers.0.kind`", "cellular"]),
        ("c.yaml", "name: bad\nlatencyy: 3s\n", [":2:1", "`latencyy`", "is not known here"]),
        ("c.yaml", "latency: 3s\n", [":1:1", "name", "must be there"]),
        ("c.yaml", "name: mine\n", [":1:1", "`mine` already", "a.json:1:"]),
        ("c.yaml", "name: a,b\n", [":1:7", "no comma"]),
        ("c.yaml", "name: [\n", ["c.yaml:", "not YAML"]),
        ("c.json", "", ["c.json:1:1", "empty"]),
    ],
)
def test_a_bad_network_file_is_refused_with_file_and_line(binary, networks, tmp_path, name, text, words):
    (networks / name).write_text(text)
    for command in (["serve", "--port", "0"], ["device", "networks"], ["device", "--courier", "127.0.0.1:1"], ["config"]):
        result = run(binary, *command, "--network-profiles", str(networks), cwd=tmp_path)
        assert (result.returncode, result.stdout) == (WRONG_USAGE, ""), (command, result.stdout, result.stderr)
        assert f"{networks}/{name}" in result.stderr, result.stderr
        assert all(word in result.stderr for word in words), result.stderr


def test_a_directory_of_networks_that_is_not_there_is_named_with_what_named_it(binary, tmp_path):
    nowhere = str(tmp_path / "nowhere")
    result = run(binary, "serve", "--port", "0", cwd=tmp_path, GATEHOUSE_NETWORK_PROFILES=nowhere)
    assert result.returncode == CANNOT_READ
    assert nowhere in result.stderr and "GATEHOUSE_NETWORK_PROFILES" in result.stderr

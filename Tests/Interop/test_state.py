"""`--state FILE`: what was told to anybody is still so after SIGKILL at any moment."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sqlite3
import struct
import subprocess
import threading
import time

import pytest

from gatehouse import SECOND_TOPIC, TOPIC, Gatehouse, Refused, is_open, run
from rawclient import FAR_FUTURE, RawClient, framed

MAXIMUM_KEPT = 20_000
KILLS = 200 if os.environ.get("GATEHOUSE_LONG_TESTS") == "1" else 10


@pytest.fixture
def kept(binary, certs, tmp_path):
    """Starts one server after the other on the same state file."""
    state = tmp_path / "state.db"
    servers = []

    def start(*arguments: str, config: dict | None = None) -> Gatehouse:
        directory = tmp_path / f"life-{len(servers) + 1}"
        directory.mkdir()
        server = Gatehouse(start.binary, directory, certs, "--state", str(state), *arguments, config=config)
        servers.append(server)
        server.read_ready()
        return server

    start.file = state
    start.binary = binary
    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()
        server.process.stdout.close()


def kill(server: Gatehouse) -> None:
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()


def frame(token: str, identifier: int, text: str) -> bytes:
    """A command-2 notification that may wait for ever."""
    payload = json.dumps({"aps": {"alert": text}}).encode()
    return framed(
        (1, bytes.fromhex(token)), (2, payload), (3, struct.pack(">I", identifier)), (4, struct.pack(">I", FAR_FUTURE)), (5, b"\x0a")
    )


def provider(server: Gatehouse, service: str = "gateway", topic: str = TOPIC):
    return RawClient(server.address(service), server.ready, server.identity(topic))


def push(server: Gatehouse, token: str, text: str, topic: str = TOPIC) -> None:
    """Pushes, and returns when the service has said that it has seen it."""
    with provider(server, topic=topic) as connection:
        connection.send(frame(token, 1, text))
        server.wait(token=token)


def adds_up(counters: dict) -> bool:
    fates = ("delivered", "inFlight", "stored", "coalesced", "expired", "undeliverable", "lost")
    return counters["received"] == counters["accepted"] + counters["rejected"] + counters[
        "discarded"
    ] and counters["accepted"] == sum(counters[fate] for fate in fates)


def test_everything_that_can_be_seen_is_still_there_after_a_kill(kept):
    config = {"devices": [{"name": "phone-1", "apps": [{"topic": TOPIC}, {"topic": SECOND_TOPIC}]}]}
    server = kept(config=config)
    token = server.token("phone-1")
    gone = server.put_device("away", TOPIC, connected=False)["apps"][0]["token"]
    removed = server.token("phone-1", SECOND_TOPIC)
    server.delete(f"/v1/devices/phone-1/apps/{SECOND_TOPIC}")
    for number in range(3):
        with provider(server) as connection:
            connection.send(frame(token, number, f"to the phone {number}") + frame(gone, 9, f"for later {number}"))
            server.wait(count=number + 1, token=gone)
    server.wait(count=3, token=token, fate="delivered")
    with provider(server, topic=SECOND_TOPIC) as connection:
        connection.send(frame(removed, 1, "to nobody"))
        server.wait(token=removed)
    server.post("/v1/faults", {"id": "never", "stage": "frame", "match": {"topic": "x"}, "action": {"type": "lose"}})
    server.request("PUT", "/v1/clock", {"mode": "manual"})
    server.post("/v1/clock/advance", {"ms": 3_600_000})

    paths = ("/v1/devices", "/v1/feedback", "/v1/faults", "/v1/clock", "/v1/notifications?limit=1000")
    before = {path: server.get(path) for path in paths}
    counters = server.counters()
    kill(server)

    server = kept(config=config)
    for path in paths:
        assert server.get(path) == before[path], path
    assert server.counters() == counters
    cursor = server.post("/v1/notifications/wait", {"count": 7, "timeoutMs": 0})["cursor"]
    # The slot is as it was: coming back, the device gets the last one, and only that.
    server.request("PUT", "/v1/devices/away", {"connected": True, "apps": [{"topic": TOPIC, "token": gone}]})
    delivered = server.wait(token=gone, fate="delivered")
    assert [item["payload"]["aps"]["alert"] for item in delivered] == ["for later 2"]
    push(server, token, "another")
    assert server.post("/v1/notifications/wait", {"count": 1, "after": cursor, "timeoutMs": 10_000})["items"]


def test_tokens_outlive_the_process_and_new_ones_are_never_those_of_another_device(kept):
    server = kept("--seed", "7")
    first = server.put_device("one")["apps"][0]["token"]
    kill(server)
    server = kept("--seed", "7")
    assert server.token("one") == first
    assert server.put_device("two")["apps"][0]["token"] != first
    kill(server)
    server = kept("--seed", "7")
    assert server.token("one") == first


def test_feedback_that_was_read_is_not_given_again_and_unread_is_not_lost(kept):
    config = {"devices": [{"name": "phone-1", "apps": [{"topic": TOPIC}, {"topic": SECOND_TOPIC}]}]}
    server = kept(config=config)
    token = server.token("phone-1", SECOND_TOPIC)
    server.delete(f"/v1/devices/phone-1/apps/{SECOND_TOPIC}")
    with provider(server, topic=SECOND_TOPIC) as connection:
        connection.send(frame(token, 1, "to nobody"))
        server.wait(token=token)
    kill(server)
    server = kept(config=config)
    assert read_feedback(server, SECOND_TOPIC) == [token]
    deadline = time.monotonic() + 10
    while server.get("/v1/feedback")["total"] and time.monotonic() < deadline:
        pass
    assert server.get("/v1/feedback")["total"] == 0
    kill(server)
    server = kept(config=config)
    assert read_feedback(server, SECOND_TOPIC) == []


def read_feedback(server: Gatehouse, topic: str = TOPIC, given: set[str] | None = None) -> list[str]:
    """One reading; whatever was read of it, were it cut off in the middle, is in `given`."""
    tokens, data = [], b""
    with provider(server, "feedback", topic) as connection:
        while part := connection.socket.recv(16384):
            data += part
            while len(data) >= 38:
                tokens.append(data[6:38].hex())
                data = data[38:]
            if given is not None:
                given.update(tokens)
    return tokens


def test_whether_a_refusal_was_told_outlives_the_process(kept):
    server = kept()
    token = server.token("demo-phone")
    with provider(server) as connection:
        connection.send(frame("ff" * 32, 7, "bad"))
        assert connection.read_error() == (8, 7)
    server.post("/v1/faults", {"id": "mute", "stage": "reply", "action": {"type": "close"}})
    with provider(server) as connection:
        connection.send(frame(token, 1, "good") + frame("fe" * 32, 8, "bad"))
        assert connection.read_to_end() == b""
    server.wait(count=2, verdict="rejected")
    told = {item["wire"]["identifier"]: item["replySent"] for item in server.notifications(verdict="rejected")}
    assert told == {7: True, 8: False}
    kill(server)
    server = kept()
    after = {item["wire"]["identifier"]: item["replySent"] for item in server.notifications(verdict="rejected")}
    assert after == told


def test_a_network_profile_outlives_the_process_as_it_was_changed_last(kept):
    server = kept()
    body = {"network": "edge-of-coverage", "connected": False, "apps": [{"topic": TOPIC}]}
    server.request("PUT", "/v1/devices/walker", body)
    server.put_device("sitter")
    server.request("PATCH", "/v1/devices/sitter", {"network": {"latency": "5ms"}})
    before = {name: server.get(f"/v1/devices/{name}")["network"] for name in ("walker", "sitter")}
    assert before["walker"] != before["sitter"]
    kill(server)
    server = kept()
    after = {name: server.get(f"/v1/devices/{name}")["network"] for name in ("walker", "sitter")}
    for name in before:
        assert {**after[name], "state": None, "bearer": None} == {**before[name], "state": None, "bearer": None}


@pytest.mark.parametrize("service", ["gateway", "feedback", "courier"])
def test_a_port_that_a_rule_keeps_closed_is_closed_after_a_restart_too(kept, service):
    """With the courier's port closed, the configured phone cannot connect: the service starts all the same."""
    server = kept()
    server.post("/v1/faults", {"id": "down", "stage": "listen", "match": {"service": service}, "action": {"type": "refuse"}})
    assert not is_open(server.address(service))
    kill(server)
    server = kept()
    assert [rule["id"] for rule in server.get("/v1/faults")["items"]] == ["down"]
    for other in ("gateway", "feedback", "courier"):
        assert is_open(server.address(other)) == (other != service)
    server.delete("/v1/faults/down")
    assert is_open(server.address(service))
    push(server, server.token("demo-phone"), "hello again")
    server.wait(fate="delivered")


def test_what_was_held_back_is_delivered_after_a_restart(kept):
    server = kept("--low-priority-delay", "1h")
    token = server.token("demo-phone")
    considerate = framed(
        (1, bytes.fromhex(token)), (2, b'{"aps":{"alert":"no hurry"}}'), (3, b"\0\0\0\1"), (4, struct.pack(">I", FAR_FUTURE)), (5, b"\x05")
    )
    with provider(server) as connection:
        connection.send(considerate)
        (held,) = server.wait(fate="stored")
    assert held["fateReason"]["code"] == "held-back"
    kill(server)
    # A device that comes back is awake: nothing is gained by waiting on.
    server = kept("--low-priority-delay", "1h")
    (delivered,) = server.wait(fate="delivered")
    assert delivered["id"] == held["id"]
    assert adds_up(server.counters())


def test_the_counters_of_what_was_forgotten_outlive_the_process(kept):
    server = kept()
    away = server.put_device("away", TOPIC, connected=False)["apps"][0]["token"]
    push(server, away, "for later")
    push(server, server.token("demo-phone"), "now")
    server.wait(fate="delivered")
    forgotten = server.request("DELETE", "/v1/notifications", token=away)
    assert forgotten is None or 1 in forgotten.values()
    counters = server.counters()
    assert counters["stored"] == 1 and adds_up(counters)
    kill(server)
    server = kept()
    assert server.counters() == counters
    assert [item["payload"]["aps"]["alert"] for item in server.notifications()] == ["now"]
    # Its slot was not touched: it arrives, and is counted.
    server.request("PATCH", "/v1/devices/away", {"connected": True})
    deadline = time.monotonic() + 20
    while server.counters()["delivered"] != 2:
        assert time.monotonic() < deadline, server.counters()
    assert adds_up(server.counters()) and server.counters()["stored"] == 0
    kill(server)
    server = kept()
    assert server.counters()["delivered"] == 2


@pytest.mark.parametrize("what", ["foreign", "damaged", "newer", "locked"])
def test_a_file_that_cannot_be_used_is_refused_with_status_3_and_left_as_it_is(kept, binary, certs, tmp_path, what):
    server = kept()
    push(server, server.token("demo-phone"), "hello")
    if what != "locked":
        server.stop()
    file = kept.file
    if what == "foreign":
        file.write_bytes(b"my diary\n" * 100)
    elif what == "damaged":
        data = bytearray(file.read_bytes())
        data[4096:12288] = os.urandom(8192)
        file.write_bytes(data)
    elif what == "newer":
        with sqlite3.connect(file) as database:
            database.execute("PRAGMA user_version=99")
        database.close()
    before = file.read_bytes()
    answer = run(binary, "serve", "--port", "0", "--certs", str(certs), "--state", str(file), cwd=tmp_path)
    assert answer.returncode == 3, answer
    words = {"foreign": "no state file", "damaged": "damaged", "newer": "newer", "locked": f"process {server.process.pid}"}
    assert words[what] in answer.stderr and str(file) in answer.stderr
    assert file.read_bytes() == before
    assert answer.stdout == ""


def test_a_full_disk_holds_everything_up_visibly_and_loses_nothing(kept, binary, tmp_path):
    # A limit on the size of files stands in for the disk; the signal that comes with it is not meant.
    patient = tmp_path / "patient"
    patient.write_text(f"#!/bin/sh\ntrap '' XFSZ\nexec '{binary}' \"$@\"\n")
    patient.chmod(0o755)
    kept.binary = patient
    server = kept()
    token = server.token("demo-phone")
    push(server, token, "before")
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    with provider(server) as connection:
        connection.send(frame(token, 5, "held up") + frame("ff" * 32, 7, "bad"))
        deadline = time.monotonic() + 20
        while readiness(server) != 503:
            assert time.monotonic() < deadline
        with pytest.raises(Refused) as refusal:
            server.counters()
        assert refusal.value.status == 503 and "state-not-written" in str(refusal.value)
        connection.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.socket.recv(6)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        connection.socket.settimeout(20)
        assert connection.socket.recv(6) == struct.pack(">BBI", 8, 8, 7)
    assert readiness(server) == 200
    kill(server)
    server = kept()
    alerts = [item["payload"]["aps"]["alert"] for item in server.notifications()]
    assert alerts == ["before", "held up", "bad"]


def readiness(server: Gatehouse) -> int:
    try:
        server.get("/readyz")
    except Refused as refusal:
        return refusal.status
    return 200


class Load:
    """Providers, a device that comes and goes, feedback reads and control calls, each noting what it was told."""

    def __init__(self, server: Gatehouse, memory: dict, seed: int):
        self.server = server
        self.memory = memory
        self.random = random.Random(seed)
        self.ending = False
        self.threads = [
            threading.Thread(target=self._loop, args=(work,))
            for work in (self.push, self.refused, self.watch, self.devices, self.feedback)
        ]
        for thread in self.threads:
            thread.start()

    def _loop(self, work) -> None:
        while not self.ending:
            try:
                work()
            except Refused as refusal:
                # 503 and 504 say that nothing was promised.
                assert refusal.status in (404, 409, 503, 504), refusal
            except (OSError, ConnectionError, EOFError):
                if self.server.process.poll() is not None:
                    return

    def join(self) -> None:
        self.ending = True
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()

    def push(self) -> None:
        """A stream of good frames to the connected and the absent phone."""
        with provider(self.server) as connection:
            for _ in range(40):
                tokens = self.random.choices(self.memory["tokens"], k=self.random.randint(1, 16))
                connection.send(b"".join(frame(token, 5, "x" * self.random.randint(0, 900)) for token in tokens))
                if self.ending:
                    return

    def refused(self) -> None:
        """Good frames, then a bad one: its error packet says that all before it were accepted."""
        marker = self.random.getrandbits(31)
        token = self.memory["tokens"][0]
        with provider(self.server) as connection:
            connection.send(frame(token, 1, f"before {marker}") + frame("ff" * 32, marker, "bad"))
            answer = connection.read_to_end()
        assert answer == struct.pack(">BBI", 8, 8, marker)
        self.memory["refused"].add(marker)

    def watch(self) -> None:
        """What a list has shown, with its final fate, is so for ever."""
        page = self.server.get("/v1/notifications", limit=40, order="desc")
        for item in page["items"]:
            known = self.memory["seen"].get(item["id"])
            note(self.memory, item, known)
        counters = self.server.counters()
        assert adds_up(counters), counters
        self.memory["received"] = max(self.memory["received"], counters["received"])

    def devices(self) -> None:
        name = f"device-{self.random.randrange(4)}"
        if self.random.random() < 0.3:
            self.memory["devices"].pop(name, None)
            self.server.delete(f"/v1/devices/{name}")
        else:
            self.memory["devices"].pop(name, None)
            device = self.server.put_device(name, connected=self.random.random() < 0.7)
            self.memory["devices"][name] = device["apps"][0]["token"]

    def feedback(self) -> None:
        token = self.random.randbytes(32).hex()
        self.server.post("/v1/feedback", {"topic": SECOND_TOPIC, "environment": "sandbox", "token": token})
        self.memory["listed"].add(token)
        if self.random.random() < 0.2:
            read_feedback(self.server, SECOND_TOPIC, self.memory["given"])


FINAL = {"delivered", "coalesced", "expired", "undeliverable", "lost"}


def note(memory: dict, item: dict, known: dict | None) -> None:
    facts = {key: item[key] for key in ("verdict", "token", "payload", "receivedAt", "status")}
    facts["fate"] = item["fate"] if item["fate"] in FINAL else None
    if known:
        for key, value in facts.items():
            assert known[key] == value or (key == "fate" and known[key] is None), (item, known)
    memory["seen"][item["id"]] = facts


# A life takes a few seconds on a busy machine.
@pytest.mark.timeout(120 + 10 * KILLS)
def test_nothing_told_is_lost_or_doubled_by_kills_at_random_moments(kept):
    seed = int(os.environ.get("GATEHOUSE_TEST_SEED", "0")) or random.randrange(1, 1 << 30)
    print(f"seed {seed}: GATEHOUSE_TEST_SEED repeats it")
    chance = random.Random(seed)
    config = {
        "identities": [{"topic": TOPIC, "environment": "sandbox"}, {"topic": SECOND_TOPIC, "environment": "sandbox"}],
        "devices": [
            {"name": "phone-1", "apps": [{"topic": TOPIC}]},
            {"name": "phone-2", "connected": False, "apps": [{"topic": TOPIC}]},
        ],
    }
    memory: dict = {"seen": {}, "refused": set(), "devices": {}, "listed": set(), "given": set(), "received": 0}
    for life in range(KILLS + 1):
        server = kept(config=config)
        memory["tokens"] = [server.token("phone-1"), server.token("phone-2")]
        memory.setdefault("first tokens", memory["tokens"])
        assert memory["tokens"] == memory["first tokens"]
        check(server, memory)
        if life == KILLS:
            return
        if memory["received"] > MAXIMUM_KEPT:
            # Long before the ledger prunes: what was forgotten on purpose must not come back either.
            server.post("/v1/reset", {"what": ["notifications"]})
            memory.update(seen={}, refused=set(), received=0)
        load = Load(server, memory, chance.getrandbits(30))
        time.sleep(chance.uniform(0.02, 0.8))
        kill(server)
        load.join()


def check(server: Gatehouse, memory: dict) -> None:
    """What anybody was told in an earlier life is so in this one."""
    counters = server.counters()
    assert adds_up(counters), counters
    assert counters["received"] >= memory["received"]
    items = server.notifications()
    by_id = {item["id"]: item for item in items}
    assert len(by_id) == len(items)
    numbers = sorted(item["seq"] for item in items)
    assert numbers == list(range(numbers[0], numbers[-1] + 1)) if numbers else True
    for identity, known in memory["seen"].items():
        assert identity in by_id, f"{identity} was shown and is gone"
        note(memory, by_id[identity], known)
    rejected = [item["wire"]["identifier"] for item in items if item["verdict"] == "rejected"]
    assert len(rejected) == len(set(rejected))
    for marker in memory["refused"]:
        assert marker in rejected, f"the refusal of {marker} was told and is gone"
        before = [item for item in items if item["payload"] == {"aps": {"alert": f"before {marker}"}}]
        assert len(before) == 1 and before[0]["verdict"] == "accepted"
    devices = {device["name"]: device for device in server.get("/v1/devices")["items"]}
    for name, token in memory["devices"].items():
        assert devices[name]["apps"][0]["token"] == token
    listed = {item["token"] for item in server.get("/v1/feedback", topic=SECOND_TOPIC)["items"]}
    missing = memory["listed"] - memory["given"] - listed
    assert not missing, f"{len(missing)} tuples were listed, given to nobody, and are gone"
    # What the list has been shown without never comes back.
    consumed = memory.setdefault("consumed", set())
    assert not consumed & listed
    consumed |= memory["listed"] - listed
    memory["listed"] -= consumed


# Export and import


SCENE = {
    "environment": "sandbox",
    "identities": [{"topic": TOPIC, "environment": "sandbox"}, {"topic": SECOND_TOPIC, "environment": "sandbox"}],
    "devices": [
        {"name": "phone-1", "apps": [{"topic": TOPIC}, {"topic": SECOND_TOPIC}]},
        {"name": "away", "connected": False, "apps": [{"topic": TOPIC}]},
    ],
    "faults": [{"id": "f-9", "stage": "frame", "match": {"topic": "com.example.none"}, "action": {"type": "lose"}}],
}


def accumulate(server: Gatehouse) -> str:
    """Something waits, an app is gone, and feedback lists its token. The token of what waits."""
    token, gone = server.token("away"), server.token("phone-1", SECOND_TOPIC)
    server.delete(f"/v1/devices/phone-1/apps/{SECOND_TOPIC}")
    push(server, token, "for later")
    push(server, gone, "to nobody", SECOND_TOPIC)
    return token


def state_command(server: Gatehouse, *arguments: str):
    return run(server.binary, "state", *arguments, "--control", server.control, cwd=server.log.parent)


def test_an_export_makes_the_same_service_elsewhere_by_import_and_as_a_configuration(start_gatehouse, tmp_path):
    first = start_gatehouse(config=SCENE)
    token = accumulate(first)
    file = tmp_path / "state.json"
    answer = state_command(first, "export", str(file))
    assert answer.returncode == 0, answer
    document = json.loads(file.read_text())
    assert document["version"] == 1 and len(document["accumulated"]["waiting"]) == 1

    second = start_gatehouse(config={"identities": SCENE["identities"], "devices": []})
    answer = state_command(second, "import", str(file))
    assert answer.returncode == 0, answer
    third = start_gatehouse("--config", str(file))
    for server in (second, third):
        assert server.get("/v1/state") == document
        assert server.get("/v1/feedback") == first.get("/v1/feedback")
        server.request("PATCH", "/v1/devices/away", {"connected": True})
        delivered = server.wait(token=token, fate="delivered")
        assert delivered[0]["payload"] == {"aps": {"alert": "for later"}}


def test_importing_twice_changes_nothing(start_gatehouse):
    first = start_gatehouse(config=SCENE)
    accumulate(first)
    document = first.get("/v1/state")
    for server in (first, start_gatehouse(config={"devices": []})):
        once = server.request("PUT", "/v1/state", document)
        counters, devices = server.counters(), server.get("/v1/devices")
        assert server.request("PUT", "/v1/state", document) == once
        assert (server.counters(), server.get("/v1/devices")) == (counters, devices)


@pytest.mark.parametrize(
    "change, pointer, status",
    [
        ({"version": 2}, "/version", 422),
        ({"extra": 1}, "/extra", 400),
        ({"devices": [{"name": "a", "apps": [{"topic": TOPIC, "token": "xyz"}]}]}, "/devices/0/apps/0/token", 422),
        ({"devices": [{"name": "a"}, {"name": "a"}]}, "/devices/1/name", 422),
        ({"devices": [{"name": "a", "environment": "production"}]}, "/devices/0/environment", 422),
        ({"accumulated": {"waiting": [{"device": "x"}]}}, "/accumulated/waiting/0/frame", 422),
        ({"accumulated": {"feedback": [{"topic": "a", "token": "ab", "since": "now"}]}}, "/accumulated/feedback/0/since", 422),
    ],
)
def test_a_mistake_in_a_document_is_pointed_at_and_nothing_is_changed(gatehouse, change, pointer, status):
    before = gatehouse.get("/v1/state")
    document = {"version": 1, "devices": [{"name": "new", "apps": [{"topic": TOPIC}]}], **change}
    with pytest.raises(Refused) as refusal:
        gatehouse.request("PUT", "/v1/state", document)
    assert refusal.value.status == status
    assert f'"{pointer}"' in str(refusal.value), refusal.value
    assert gatehouse.get("/v1/state") == before


def test_feature_26_an_export_that_is_killed_leaves_the_old_file_whole(gatehouse, binary, tmp_path):
    file = tmp_path / "state.json"
    assert state_command(gatehouse, "export", str(file)).returncode == 0
    before = file.read_text()
    for delay in (0.0, 0.01, 0.02, 0.03, 0.05):
        process = subprocess.Popen(
            [str(binary), "state", "export", "--control", gatehouse.control, str(file)], stderr=subprocess.DEVNULL
        )
        time.sleep(delay)
        process.kill()
        process.wait()
        assert json.loads(file.read_text()) == json.loads(before)

"""Acceptance lines of features, each as its sentence has it, where no other file is about the same thing."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from gatehouse import SANITIZER, TOPIC, bare_environment, environment, is_open, run
from rawclient import RawClient, enhanced, provider

# TLS tells of a reset in one of two ways, depending on what it was at.
CUT = (ConnectionResetError, ssl.SSLEOFError)
PAGES = Path(__file__).resolve().parent.parent.parent / "Sources" / "Gatehouse" / "Gatehouse.docc"


def haste() -> float:
    """By how much longer something may take than on a machine that does nothing else."""
    return max(1, os.getloadavg()[0] / (os.cpu_count() or 1)) * (10 if SANITIZER else 2)


def at_a_terminal(*words: str, cwd: Path, until: bytes | None = None) -> tuple[int, bytes]:
    """Runs a command at a terminal of its own. Its status, and all that stood there; `until`: SIGTERM when this has come."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.execve(words[0], list(words), environment())
    told = b""
    with suppress(OSError):
        while chunk := os.read(terminal, 4096):
            told += chunk
            if until is not None and until in told:
                os.kill(pid, signal.SIGTERM)
                until = None
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), told


# Feature 1

ALONE = '''
import fcntl, json, os, socket, struct, subprocess, sys, time

# A machine of its own, whose only network is the loopback.
with socket.socket() as s:
    name = struct.pack("16sh", b"lo", 0x1 | 0x40)
    fcntl.ioctl(s, 0x8914, name)

def start(home):
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.argv[1], "serve"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=home
    )
    for port in (2195, 2196, 5223):
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None, process.returncode
    took = time.monotonic() - began
    line = ""
    while " push --topic " not in line:
        line = process.stdout.readline()
        assert line
    pushed = subprocess.run(["sh", "-c", line], capture_output=True, text=True, cwd=home)
    process.terminate()
    process.wait()
    return {"seconds": took, "status": process.returncode, "push": pushed.returncode, "said": pushed.stdout + pushed.stderr}

print(json.dumps([start(sys.argv[2]), start(sys.argv[2])]))
'''


def test_feature_1_start_with_nothing(binary, tmp_path):
    """Networking off, an empty home: all three ports accept within a second, three on the first run, and the printed command
    makes a push appear."""
    if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
        pytest.skip("no rights to a network namespace of its own")
    command = ["unshare", "-n", sys.executable, "-c", ALONE, str(binary), str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, env=bare_environment(tmp_path))
    assert result.returncode == 0, result.stderr
    runs = json.loads(result.stdout)
    print("seconds to accept on three ports:", [f"{run['seconds']:.2f}" for run in runs])
    for one, limit in zip(runs, (3, 1)):
        assert one["seconds"] < limit * haste(), one
        assert (one["status"], one["push"]) == (0, 0), one
        assert "delivered" in one["said"]


# Feature 6


def test_feature_6_two_frames_are_refused_and_the_third_resets_the_connection(gatehouse):
    token = gatehouse.token("demo-phone")
    for words in (["answer:1:keep-open", "--times", "2"], ["reset", "--times", "1"]):
        added = run(gatehouse.binary, "fault", "add", *words, "--token", token, "--control", gatehouse.control)
        assert added.returncode == 0, added.stderr
    data = bytes.fromhex(token)
    with provider(gatehouse) as client:
        for identifier in (1, 2):
            client.send(enhanced(data, identifier=identifier))
            assert client.socket.recv(6) == struct.pack(">BBI", 8, 1, identifier)
        client.send(enhanced(data, identifier=3))
        with pytest.raises(CUT):
            while client.socket.recv(6):
                pass
    rules = gatehouse.get("/v1/faults")["items"]
    assert [(rule["hits"], rule["remaining"]) for rule in rules] == [(2, 0), (1, 0)]
    with provider(gatehouse) as client:
        client.send(enhanced(data, identifier=4))
        gatehouse.wait(identifier=4, fate="delivered")


# Feature 15


def magic_tokens() -> list[tuple[str, str]]:
    """The table of the documentation: how a token begins, and what happens."""
    text = (PAGES / "Faults.md").read_text(encoding="utf-8")
    table = text[text.index("| token begins |") :].split("\n\n")[0]
    rows = []
    for line in table.splitlines()[2:]:
        begins, what = (cell.strip() for cell in line.strip("|").split("|", 1))
        names = re.findall(r"`(fa17[0-9a-f]{2})`", begins)
        if " to " in begins:
            names = [f"fa17{n:02x}" for n in range(int(names[0][4:], 16), int(names[1][4:], 16) + 1)]
        rows += [(name, what.strip(" |")) for name in names]
    return rows


@pytest.mark.parametrize(("prefix", "what"), magic_tokens())
def test_feature_15_a_magic_token_does_what_the_table_says(gatehouse, prefix, what):
    token = bytes.fromhex(prefix) + bytes(29)
    good = bytes.fromhex(gatehouse.token("demo-phone"))
    with provider(gatehouse) as client:
        client.send(enhanced(good, identifier=7))
        client.send(enhanced(token, identifier=8))
        refused = re.match(r"refused with status (\d+) to (\d+)|refused with status ([\d, ]+)", what)
        number = int(prefix[4:], 16)
        if "then reset" in what:
            with pytest.raises(CUT):
                while client.socket.recv(6):
                    pass
        elif what.startswith("shutdown"):
            assert client.read_error() == (10, 7)
        elif "one second late" in what:
            assert client.read_error() == (8, 8)
        elif refused:
            assert client.read_error() == (number if number < 0x80 or number == 0xFF else 128, 8)
        elif what.startswith("closed"):
            assert client.read_to_end() == b""
        elif what.startswith("accepted"):
            (sent,) = gatehouse.wait(token=token.hex())
            assert sent["fate"] == ("lost" if "lost" in what else "undeliverable")
            listed = [entry["token"] for entry in gatehouse.get("/v1/feedback")["items"]]
            assert (token.hex() in listed) == ("feedback list" in what)
        else:
            # Nothing is said any more, and nothing that follows is judged.
            client.send(enhanced(good, identifier=9))
            gatehouse.wait(count=0, timeout=0.2, identifier=9, verdict="accepted")


# Feature 20


def test_feature_20_a_second_signal_ends_a_stop_that_takes_its_time(start_gatehouse):
    for _ in range(3):
        server = start_gatehouse()
        # Half a request: it is given two seconds.
        with socket.create_connection(server.ports()[0]) as slow:
            slow.sendall(b"POST /v1/notifications/wait HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                         b"Content-Length: 100\r\n\r\n{")
            server.process.send_signal(signal.SIGTERM)
            while is_open(server.address("gateway")):
                pass
            # The stop has begun. An echo within 300 milliseconds would count for nothing.
            with suppress(subprocess.TimeoutExpired):
                server.process.wait(0.35)
            if server.process.poll() is not None:
                # A machine so busy that two seconds were over.
                continue
            server.process.send_signal(signal.SIGTERM)
            again = time.monotonic()
            assert server.process.wait(5) == 128 + signal.SIGTERM
            assert time.monotonic() - again < 0.5 * haste()
            # The fixture has nothing left to stop, and would not like the status.
            server.process.returncode = 0
            return
    pytest.fail("three servers ended by themselves before they could be told again")


# Feature 24


def test_feature_24_a_lenient_profile_accepts_nothing_that_was_refused_without_saying_so(start_gatehouse):
    strict, lenient = start_gatehouse(), start_gatehouse("--profile", "lenient")
    verdicts = {}
    for server in (strict, lenient):
        token = bytes.fromhex(server.token("demo-phone"))
        odd = {
            1: enhanced(token, b'{"aps":{"alert":"' + b"x" * 3000 + b'"}}', identifier=1),
            2: enhanced(token, b"no JSON", identifier=2),
            3: enhanced(token, b'{"aps":{"alert":"hi"}}' + b" " * 2100, identifier=3),
        }
        for identifier, frame in odd.items():
            with provider(server) as client:
                client.send(frame)
            (found,) = server.wait(identifier=identifier)
            verdicts.setdefault(identifier, []).append(found)
    for identifier, (first, second) in verdicts.items():
        if first["verdict"] == "rejected" and second["verdict"] == "accepted":
            assert second.get("note"), f"{identifier} is accepted without a word: {second}"


# Feature 28


def test_feature_28_text_on_a_terminal_and_an_object_a_line_elsewhere(start_gatehouse, binary, certs, tmp_path):
    server = start_gatehouse("--log-level", "debug")
    token = bytes.fromhex(server.token("demo-phone"))
    with provider(server) as client:
        client.send(enhanced(token, identifier=1) + enhanced(bytes(32), identifier=2))
        client.read_to_end()
    with pytest.raises(OSError):
        RawClient(server.address("gateway"), server.ready, None).read_to_end()
    (rejected,) = server.wait(verdict="rejected")
    server.wait_until_closed(rejected["connectionId"])
    server.stop()
    lines = [json.loads(line) for line in server.talk().splitlines()]
    assert all({"at", "level", "message"} <= set(line) for line in lines)
    told = [line for line in lines if line.get("notificationId") == rejected["id"]]
    assert [(line["event"], line["connectionId"], line["status"]) for line in told] == [
        ("notification", rejected["connectionId"], 8)
    ]
    about = [line["event"] for line in lines if line.get("connectionId") == rejected["connectionId"]]
    assert about[:2] == ["connection.opened", "connection.ready"] and "connection.closed" in about
    (failed,) = [line for line in lines if line.get("event") == "connection.failed"]
    assert failed["level"] == "warning" and failed["code"] and failed["hint"]

    words = [str(binary), "serve", "--port", "0", "--certs", str(certs), "--log-level", "debug"]
    status, told = at_a_terminal(*words, cwd=tmp_path, until=b"connection.opened")
    assert status == 0
    assert re.search(rb"^c-\d+ connection\.opened \(courier, ", told, re.MULTILINE), told


def test_feature_28_the_level_says_how_much_is_told(start_gatehouse):
    quiet, chatty = start_gatehouse(), start_gatehouse("--log-level", "info", "--log-format", "text")
    for server in (quiet, chatty):
        token = server.token("demo-phone")
        assert server.command("push", "--topic", TOPIC, "--token", token, "--alert", "Hi").returncode == 0
        server.stop()
    assert [json.loads(line)["message"].split()[0] for line in quiet.talk().splitlines()] == ["Seed"]
    assert re.search(r"^c-\d+ n-1 (accepted|delivered) \(com\.example\.app on demo-phone\)$", chatty.talk(), re.MULTILINE)
    assert "connection.opened" not in chatty.talk()


def test_feature_28_nothing_of_what_was_pushed_is_in_the_log(start_gatehouse):
    server = start_gatehouse("--log-level", "debug")
    token = server.token("demo-phone")
    server.command("push", "--topic", TOPIC, "--token", token, "--alert", "a secret of two")
    server.wait(fate="delivered")
    server.stop()
    assert "a secret of two" not in server.talk() and token not in server.talk()


# Long work


@pytest.mark.parametrize("words", [("certs", "init"), ("conformance",)])
def test_long_work_tells_its_progress_on_a_terminal_and_is_silent_in_a_pipe(gatehouse, binary, tmp_path, words):
    where = ["--certs", str(tmp_path / "certs")] if words[0] == "certs" else ["--control", gatehouse.control, "--json"]
    piped = subprocess.run(
        [str(binary), *words, *where], capture_output=True, timeout=120, env=environment(), cwd=tmp_path
    )
    assert piped.returncode == 0, piped.stderr
    assert b"\r" not in piped.stdout + piped.stderr
    fresh = ["--certs", str(tmp_path / "more")] if words[0] == "certs" else where
    status, told = at_a_terminal(str(binary), *words, *fresh, cwd=tmp_path)
    assert status == 0
    assert re.search(rb"\r[^\r\n]+\x1b\[K", told), told
    assert b"\r\x1b[K" in told, "gone when it is done"


# verify, and certificates by name


def test_verify_ends_with_what_is_and_names_what_came_closest(gatehouse):
    token = gatehouse.token("demo-phone")
    gatehouse.command("push", "--topic", TOPIC, "--token", token, "--alert", "Hi", "--identifier", "7")
    gatehouse.wait(fate="delivered")
    held = gatehouse.command("verify", "--topic", TOPIC, "--fate", "delivered")
    assert (held.returncode, held.stdout) == (0, "1 matches; expected: exactly 1.\n")
    assert gatehouse.command("verify", "--verdict", "rejected", "--count", "0").returncode == 0
    assert gatehouse.command("verify", "--topic", TOPIC, "--at-most", "3").returncode == 0

    missed = gatehouse.command("verify", "--topic", TOPIC, "--identifier", "77", "--at-least", "2")
    assert missed.returncode == 1
    first, close, *criteria = missed.stdout.splitlines()
    assert first == "0 match; expected: at least 2."
    assert close == "Close: n-1 accepted delivered"
    assert "  as expected  topic is com.example.app" in criteria
    assert "  not          identifier is 7, not 77" in criteria

    answer = gatehouse.command("verify", "--identifier", "77", "--json")
    assert answer.returncode == 1
    assert json.loads(answer.stdout)["nearMisses"][0]["notification"]["id"] == "n-1"
    both = gatehouse.command("verify", "--count", "1", "--at-least", "1")
    assert both.returncode == 2 and "exactly" in both.stderr
    assert run(gatehouse.binary, "verify", "--control", "http://127.0.0.1:1").returncode == 4


def test_certificates_are_issued_by_the_app_s_name(binary, tmp_path):
    by_name = run(binary, "certs", "issue", "com.example.named", "--certs", str(tmp_path), "--json")
    by_option = run(binary, "certs", "issue", "--topic", "com.example.named", "--certs", str(tmp_path), "--json")
    assert by_name.returncode == 0, by_name.stderr
    assert by_name.stdout == by_option.stdout
    for words in ([], ["com.example.one", "--topic", "com.example.two"]):
        wrong = run(binary, "certs", "issue", *words, "--certs", str(tmp_path))
        assert wrong.returncode == 2 and "certs issue com.example.app" in wrong.stderr


def test_help_names_the_variable_of_every_option(binary):
    text = run(binary, "serve", "--help").stdout
    options = set(re.findall(r"^  --([a-z0-9-]+)", text, re.MULTILINE)) - {"version", "help"}
    flat = re.sub(r"\s+", " ", text)
    for option in options:
        assert f"[GATEHOUSE_{option.upper().replace('-', '_')}]" in flat, option

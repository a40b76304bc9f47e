"""Feature 20 and feature 1: predictable starts and stops."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress

import pytest

from gatehouse import TOPIC, Refused, bare_environment, environment, run


def test_feature_20_sigterm_answers_pending_waits_closes_and_ends_with_0(gatehouse):
    outcome = []

    def wait():
        try:
            outcome.append(gatehouse.post("/v1/notifications/wait", {"count": 1, "timeoutMs": 60_000}))
        except Refused as refused:
            outcome.append(refused.status)

    waiting = threading.Thread(target=wait)
    waiting.start()
    while gatehouse.get("/v1/waits")["total"] == 0:
        assert waiting.is_alive(), outcome
    started = time.monotonic()
    gatehouse.process.send_signal(signal.SIGTERM)
    gatehouse.process.send_signal(signal.SIGTERM)
    assert gatehouse.process.wait(5) == 0
    assert time.monotonic() - started < 5
    waiting.join(5)
    assert outcome == [503]
    for address in gatehouse.ports():
        with pytest.raises(OSError):
            socket.create_connection(address, timeout=5).close()


def test_feature_20_sighup_changes_nothing_for_a_service(gatehouse):
    gatehouse.process.send_signal(signal.SIGHUP)
    assert gatehouse.get("/v1/info")["service"] == "gatehouse"
    token = gatehouse.token("demo-phone")
    assert gatehouse.command("push", "--topic", TOPIC, "--token", token, "--alert", "Hi").returncode == 0
    assert "SIGHUP changes nothing" in gatehouse.talk()


def test_feature_20_a_port_in_use_ends_with_3_and_names_port_and_owner(binary, certs, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        port = occupant.getsockname()[1]
        result = run(
            binary, "serve", "--port", "0", "--gateway", f"127.0.0.1:{port}", "--certs", str(certs), cwd=tmp_path
        )
    assert result.returncode == 3
    assert str(port) in result.stderr and f"process {os.getpid()}" in result.stderr


def test_feature_1_serve_starts_in_an_empty_home_and_prints_a_command_that_makes_a_push_appear(binary, tmp_path):
    started = time.monotonic()
    process = subprocess.Popen(
        [str(binary), "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env=bare_environment(tmp_path),
    )
    try:
        lines = []
        while not (lines and " push --topic " in lines[-1]):
            line = process.stdout.readline()
            assert line, process.stderr.read()
            lines.append(line)
        print(f"first start: {time.monotonic() - started:.2f} s")
        pushed = subprocess.run(
            ["sh", "-c", lines[-1]], capture_output=True, text=True, timeout=60, env=environment(), cwd=tmp_path
        )
        assert pushed.returncode == 0 and "delivered" in pushed.stdout, pushed.stdout + pushed.stderr
    finally:
        process.terminate()
        process.communicate()
    assert process.returncode == 0


def test_long_work_shows_progress_on_a_terminal_and_none_in_a_pipe(binary, tmp_path):
    words = [str(binary), "exec", "--certs", str(tmp_path / "certs"), "--", "true"]
    piped = subprocess.run(words, capture_output=True, text=True, timeout=60, env=environment(), cwd=tmp_path)
    assert (piped.returncode, piped.stdout, piped.stderr) == (0, "", "")
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execve(words[0], words, environment())
    told = b""
    with suppress(OSError):
        while chunk := os.read(terminal, 4096):
            told += chunk
    os.close(terminal)
    os.waitpid(pid, 0)
    assert b"Starting; the first start makes keys and certificates" in told
    assert told.endswith(b"\r\x1b[K"), "gone when it is done"


# tail


def test_tail_tells_each_event_as_it_happens_and_goes_on_where_it_was(gatehouse):
    token = gatehouse.token("demo-phone")
    for number in (1, 2):
        gatehouse.command("push", "--topic", TOPIC, "--token", token, "--alert", "Hi", "--identifier", str(number))
    gatehouse.wait(count=2, fate="delivered")
    first = gatehouse.command("tail", "--types", "notification", "--from", "0", "--count", "1", "--json")
    assert first.returncode == 0, first.stderr
    event = json.loads(first.stdout)
    assert (event["event"], event["data"]["id"]) == ("notification", "n-1")
    second = gatehouse.command("tail", "--types", "notification", "--from", event["id"], "--count", "1")
    assert re.search(r" notification n-2 .*com\.example\.app", second.stdout), second.stdout


def test_tail_follows_what_is_yet_to_come_and_ends_with_its_server(gatehouse):
    process = subprocess.Popen(
        [str(gatehouse.binary), "tail", "--json", "--types", "notification,clock", "--control", gatehouse.control],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )
    token = gatehouse.token("demo-phone")
    try:
        # It says nothing until something happens, so things happen until it is there to see one.
        seen = []
        while not seen:
            gatehouse.command("push", "--topic", TOPIC, "--token", token, "--alert", "Hi")
            readable, _, _ = select.select([process.stdout], [], [], 0.2)
            if readable:
                seen.append(json.loads(process.stdout.readline()))
        assert seen[0]["data"]["topic"] == TOPIC
        gatehouse.process.terminate()
        assert gatehouse.process.wait(5) == 0
        assert process.wait(30) == 4
        assert "cut" in process.stderr.read()
    finally:
        process.kill()
        process.communicate()


def test_tail_without_a_server_and_with_an_event_there_is_not(gatehouse, binary):
    assert run(binary, "tail", "--control", "http://127.0.0.1:1").returncode == 4
    unknown = gatehouse.command("tail", "--types", "sneeze")
    assert unknown.returncode == 2 and "no such event" in unknown.stderr

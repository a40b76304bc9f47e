"""The pytest plugin, as a user meets it: installed beside pytest, in runs of pytest of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gatehouse import environment

pytest.importorskip("pytest_gatehouse", reason="tools/test installs the plugin")

# The provider under test of these runs: it is told what a fixture says, and nothing else.
CONFTEST = '''
import subprocess, pytest

@pytest.fixture
def send(gatehouse_binary):
    def send(app, alert):
        place = ["--gateway", "%s:%s" % app.gateway, "--cert", app.pem_file, "--ca", app.ca_file]
        message = ["--topic", app.topic, "--token", app.token, "--alert", alert]
        return subprocess.run([str(gatehouse_binary), "push", *place, *message], timeout=60).returncode
    return send
'''

USER_TEST = '''
def test_my_provider(push_app, gatehouse_faults, send):
    assert send(push_app, "Hello") == 0
    (arrived,) = push_app.wait_for_push(fate="delivered")
    assert arrived["payload"]["aps"]["alert"] == "Hello"

    gatehouse_faults.add({"type": "answer", "status": 8}, times=1)
    assert send(push_app, "Refused") == 1
    push_app.verify(verdict="rejected", status=8)

    push_app.reset()
    assert push_app.notifications() == gatehouse_faults.list() == []
    assert send(push_app, "Again") == 0
    push_app.verify(fate="delivered")
    print("the process", push_app.server.process.pid)
'''

TWO_TOPICS = '''
def test_each_app_sees_its_own(make_push_app, send):
    one, two = make_push_app(), make_push_app()
    rule = {"stage": "frame", "match": {"topic": one.topic}, "action": {"type": "answer", "status": 1}}
    one.server.post("/v1/faults", rule)
    for number in range(3):
        assert send(one, f"one {number}") == 1
        assert send(two, f"two {number}") == 0
    one.verify(3, verdict="rejected")
    two.verify(3, fate="delivered")
    assert {sent["topic"] for sent in two.notifications()} == {two.topic}
    assert (one.counters()["received"], two.counters()["received"]) == (3, 3)

    one.reset()
    assert one.notifications() == []
    two.verify(3)
    one.verify(0, timeout=0.1)
'''

OTHER_FIXTURES = '''
def test_a_phone_that_is_away(make_push_app, push_app, send):
    away = make_push_app(connected=False, environment="production")
    assert away.gateway != push_app.gateway
    assert send(away, "Later") == 0
    away.verify(fate="stored")
    away.connect()
    away.verify(fate="delivered")
    push_app.verify(0, timeout=0.1)

def test_feedback(gatehouse_feedback, push_app, make_push_app):
    other = make_push_app()
    gatehouse_feedback.add()
    other.server.post("/v1/feedback", {"topic": other.topic, "token": other.token})
    assert gatehouse_feedback.tokens() == [push_app.token]
    gatehouse_feedback.clear()
    assert gatehouse_feedback.tokens() == []
    assert other.server.get("/v1/feedback", topic=other.topic)["total"] == 1

def test_the_clock_moves(gatehouse_clock):
    assert gatehouse_clock.now == "2014-05-01T00:00:00.000Z"
    gatehouse_clock.advance(3600)
    assert gatehouse_clock.now == "2014-05-01T01:00:00.000Z"
    gatehouse_clock.run()

def test_the_clock_stands_again(gatehouse_clock, push_app):
    assert gatehouse_clock.now >= "2014-05-01T01:00:00.000Z"
    assert push_app.server.get("/v1/clock")["mode"] == "manual"
'''

SHARED = '''
import os

def test_a_worker(push_app, gatehouse_faults, send):
    assert push_app.server.control == os.environ["GATEHOUSE_CONTROL_URL"]
    gatehouse_faults.add({"type": "answer", "status": 7}, times=1)
    assert [send(push_app, "Hello") for _ in range(4)] == [1, 0, 0, 0]
    push_app.verify(3, fate="delivered")
    push_app.verify(1, status=7)
    push_app.verify(4)
'''


WORKER = '''
import os, pushjack
import pushjack_provider  # has pushjack work with every Python

NUMBER = int(os.environ["WORKER"])
IS_MISTREATED = NUMBER % 2 == 0

def test_a_thousand_pushes(push_app, gatehouse_faults):
    class Client(pushjack.APNSClient):
        host, port = push_app.gateway

    if IS_MISTREATED:
        gatehouse_faults.add({"type": "answer", "status": 8}, trigger={"skipFirst": 500}, times=1)
    client = Client(push_app.pem_file)
    # One write, then as long as pushjack waits for an error unless it is told otherwise: 10 seconds. It resends what stood
    # behind the refused one, and waits again. Where success is expected, and silent, it need not wait.
    patience = None if IS_MISTREATED else 0
    response = client.send([push_app.token] * 1000, f"worker {NUMBER}", batch_size=1000, error_timeout=patience)
    client.close()

    assert [error.code for error in response.errors] == [8] * IS_MISTREATED
    accepted = push_app.verify(1000 - IS_MISTREATED, timeout=60, verdict="accepted")
    assert {sent["payload"]["aps"]["alert"] for sent in accepted} == {f"worker {NUMBER}"}
    push_app.verify(int(IS_MISTREATED), timeout=0.1, verdict="rejected")
    counters = push_app.counters()
    assert counters["received"] == counters["accepted"] + counters["rejected"] + counters["discarded"]
    assert IS_MISTREATED or counters["received"] == 1000
'''


@pytest.fixture
def user_run(binary, tmp_path):
    """Starts pytest with one user's tests; more than one may run at a time."""
    runs = []

    def run(text: str, *settings: str, **variables: str) -> subprocess.Popen:
        directory = tmp_path / f"user-{len(runs) + 1}"
        directory.mkdir()
        (directory / "pytest.ini").write_text("\n".join(["[pytest]", *settings]), encoding="utf-8")
        (directory / "conftest.py").write_text(CONFTEST, encoding="utf-8")
        (directory / "test_user.py").write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rP", f"--basetemp={directory / 'temporary'}"]
        started = subprocess.Popen(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(**{"GATEHOUSE_BINARY": str(binary), "PYTHONDONTWRITEBYTECODE": "1", **variables}),
        )
        runs.append(started)
        return started

    yield run

    for started in runs:
        if started.poll() is None:
            started.kill()
        started.wait()
        started.stdout.close()


def result(started: subprocess.Popen) -> tuple[int, str]:
    output, _ = started.communicate(timeout=150)
    return started.returncode, output


def test_feature_27_a_user_pushes_waits_misbehaves_verifies_and_resets(user_run):
    status, output = result(user_run(USER_TEST))
    assert status == 0, output
    # The server was the run's own, and ended with it.
    process = int(re.search(r"the process (\d+)", output)[1])
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_two_topics_see_nothing_of_each_other(user_run):
    status, output = result(user_run(TWO_TOPICS))
    assert status == 0, output


def test_phones_that_are_away_feedback_and_the_clock_have_fixtures(user_run):
    setting = "gatehouse_options = --clock manual --clock-start 2014-05-01T00:00:00Z"
    status, output = result(user_run(OTHER_FIXTURES, setting))
    assert status == 0, output


def test_runs_that_share_a_running_server_see_nothing_of_each_other_and_leave_it_as_it_was(user_run, gatehouse):
    certificates = Path(gatehouse.ready["caFile"]).parent
    before = sorted(certificates.rglob("*"))
    runs = [user_run(SHARED, GATEHOUSE_CONTROL_URL=gatehouse.control) for _ in range(2)]
    for status, output in map(result, runs):
        assert status == 0, output

    assert [device["name"] for device in gatehouse.get("/v1/devices")["items"]] == ["demo-phone"]
    assert gatehouse.get("/v1/faults")["items"] == []
    assert gatehouse.notifications() == []
    assert sorted(certificates.rglob("*")) == before


def test_ten_workers_of_which_some_are_mistreated_share_one_server(user_run, gatehouse):
    # Who shares two processors with a dozen others has no minute to promise.
    others = os.getloadavg()[0] / (os.cpu_count() or 1)
    began = time.monotonic()
    runs = [
        user_run(WORKER, WORKER=str(number), GATEHOUSE_CONTROL_URL=gatehouse.control, PYTHONPATH=str(Path(__file__).parent))
        for number in range(10)
    ]
    for status, output in map(result, runs):
        assert status == 0, output
    took = time.monotonic() - began
    print(f"ten workers took {took:.1f} s, beside a load of {others:.1f} for each processor")
    assert took < 60 * max(1, others)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"GATEHOUSE_BINARY": "/nowhere/gatehouse"}, "GATEHOUSE_BINARY is /nowhere/gatehouse, which is no program"),
        ({"GATEHOUSE_BINARY": "", "PATH": "/nowhere"}, "there is no gatehouse in the PATH"),
    ],
)
def test_a_missing_program_is_named(user_run, variables, words):
    status, output = result(user_run(USER_TEST, **variables))
    assert status == 1
    assert words in output
    assert "put gatehouse into the PATH, or have GATEHOUSE_BINARY name it" in output
    assert "Traceback" not in output


def test_a_server_that_does_not_answer_is_named(user_run):
    # Nobody listens on port 1 of this machine.
    status, output = result(user_run(USER_TEST, GATEHOUSE_CONTROL_URL="http://127.0.0.1:1"))
    assert status == 1
    assert "no Gatehouse answers at http://127.0.0.1:1" in output


def test_a_push_that_did_not_come_names_the_closest(user_run):
    text = """
def test_badge(push_app, send):
    send(push_app, "Hello")
    push_app.wait_for_push(fate="delivered")
    push_app.verify(identifier=77, timeout=0.1)
"""
    status, output = result(user_run(text))
    assert status == 1
    assert re.search(r"close: n-\d+ accepted delivered: identifier is \d+, not 77", output), output

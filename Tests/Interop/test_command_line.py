"""The command line: what it says when something is wrong, and the status it ends with."""

from __future__ import annotations

import json
import socket

import pytest

from gatehouse import SECOND_TOPIC, TOPIC, run

SATISFIED, NOT_SATISFIED, WRONG_USAGE, CANNOT_BIND_OR_READ, UNREACHABLE = 0, 1, 2, 3, 4


def assert_refused(result, status: int, *words: str) -> None:
    """It ended with this status, said these words, and started nothing."""
    assert result.returncode == status, result.stderr
    assert result.stdout == "", "standard output is for data"
    for word in words:
        assert word in result.stderr, result.stderr


@pytest.fixture
def closed_port():
    """A port of ours that nobody listens on: bound, so that nobody else takes it, but never opened."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


# Configuration


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("environment: sandbox\ndevices:\n  - name: phone-1\n    colour: red\n", 4, 5, ["colour"]),
        ("environment: moon\n", 1, 14, ["moon", "sandbox", "production", "both"]),
        ("environment: sandbox\ndevices: [\n", None, None, []),
        ("devices:\n  - name: phone-1\n    apps:\n      - topic: com.example.app\n        token: xyz\n", 5, 16, ["xyz"]),
        ("enviroment: sandbox\n", 1, 1, ["enviroment"]),
    ],
    ids=["unknown-key", "bad-value", "not-yaml", "token-not-hex", "misspelt-key"],
)
def test_a_mistake_in_the_configuration_is_named_with_its_place(binary, certs, tmp_path, text, line, column, words):
    file = tmp_path / "gatehouse.yaml"
    file.write_text(text, encoding="utf-8")
    result = run(binary, "serve", "--port", "0", "--ready", "json", "--certs", str(certs), "--config", str(file))
    place = f"{file}:{line}:{column}" if line else f"{file}:"
    assert_refused(result, WRONG_USAGE, place, *words)


def test_a_configuration_that_is_not_there(binary, certs, tmp_path):
    missing = tmp_path / "nowhere.yaml"
    result = run(binary, "serve", "--port", "0", "--ready", "json", "--certs", str(certs), "--config", str(missing))
    assert_refused(result, CANNOT_BIND_OR_READ, str(missing))


def test_an_unknown_option(binary):
    assert_refused(run(binary, "serve", "--prot", "0"), WRONG_USAGE, "--prot")


# Ports and files


@pytest.mark.parametrize("service", ["gateway", "feedback", "courier", "control"])
def test_an_occupied_port_is_named(binary, certs, service):
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        port = occupant.getsockname()[1]
        result = run(
            binary, "serve", "--port", "0", f"--{service}", f"127.0.0.1:{port}",
            "--ready", "json", "--certs", str(certs),
        )
    assert_refused(result, CANNOT_BIND_OR_READ, str(port), f"--{service}")


def test_a_certificate_directory_that_cannot_be(binary, tmp_path):
    file = tmp_path / "a-file"
    file.write_text("not a directory", encoding="utf-8")
    result = run(binary, "serve", "--port", "0", "--ready", "json", "--certs", str(file / "certs"))
    assert_refused(result, CANNOT_BIND_OR_READ, str(file / "certs"))


def test_an_authority_that_cannot_be_read(binary, certs, tmp_path, gatehouse):
    broken = tmp_path / "broken"
    broken.mkdir()
    # The root's file name is the server's choice: take it from a directory that works.
    name = gatehouse.ready["caFile"].rpartition("/")[2]
    (broken / name).write_text("not a certificate", encoding="utf-8")
    result = run(binary, "serve", "--port", "0", "--ready", "json", "--certs", str(broken))
    assert_refused(result, CANNOT_BIND_OR_READ, str(broken / name))


# push and feedback


def test_push_delivers(gatehouse):
    token = gatehouse.token("demo-phone")
    result = gatehouse.command("push", "--topic", TOPIC, "--token", token, "--alert", "Hi", "--identifier", "7")
    assert result.returncode == SATISFIED, result.stderr
    (notification,) = gatehouse.wait(identifier=7, fate="delivered")
    assert notification["payload"] == {"aps": {"alert": "Hi"}}


@pytest.mark.parametrize("command", ["0", "1", "2"])
def test_push_sends_every_command(gatehouse, command):
    token = gatehouse.token("demo-phone")
    payload = json.dumps({"aps": {"badge": 3}})
    result = gatehouse.command(
        "push", "--topic", TOPIC, "--token", token, "--payload", payload, "--command", command
    )
    assert result.returncode == SATISFIED, result.stderr
    (notification,) = gatehouse.wait(fate="delivered")
    assert notification["wire"]["command"] == int(command)
    assert notification["payload"] == {"aps": {"badge": 3}}


def test_push_says_what_the_gateway_refused(gatehouse):
    result = gatehouse.command("push", "--topic", TOPIC, "--token", "f" * 64, "--alert", "Hi")
    assert result.returncode == NOT_SATISFIED
    assert "8" in result.stderr + result.stdout
    assert "invalid token" in (result.stderr + result.stdout).lower()


@pytest.mark.parametrize("token", ["xyz", "0" * 63, "g" * 64])
def test_push_refuses_a_token_that_is_not_hexadecimal(gatehouse, token):
    result = gatehouse.command("push", "--topic", TOPIC, "--token", token, "--alert", "Hi")
    assert_refused(result, WRONG_USAGE, "--token", token)
    assert gatehouse.counters()["received"] == 0


def test_push_without_a_server(binary, closed_port):
    result = run(
        binary, "push", "--control", f"http://127.0.0.1:{closed_port}",
        "--topic", TOPIC, "--token", "0" * 64, "--alert", "Hi",
    )
    assert_refused(result, UNREACHABLE, str(closed_port))


def test_feedback_prints_each_token_once(two_apps):
    gone = two_apps.token("phone-1")
    two_apps.delete(f"/v1/devices/phone-1/apps/{TOPIC}")
    two_apps.command("push", "--topic", TOPIC, "--token", gone, "--alert", "Are you there?")
    two_apps.wait(token=gone, fate="undeliverable")

    first = two_apps.command("feedback", "--topic", TOPIC)
    assert first.returncode == SATISFIED, first.stderr
    assert gone in first.stdout
    second = two_apps.command("feedback", "--topic", TOPIC)
    assert second.returncode == SATISFIED, second.stderr
    assert gone not in second.stdout


# ready, ls, wait


def test_ready(gatehouse, binary, closed_port):
    assert gatehouse.command("ready").returncode == SATISFIED
    assert gatehouse.command("ready", "--wait", "--timeout", "10s").returncode == SATISFIED
    elsewhere = f"http://127.0.0.1:{closed_port}"
    assert_refused(run(binary, "ready", "--control", elsewhere), UNREACHABLE, str(closed_port))
    too_late = run(binary, "ready", "--control", elsewhere, "--wait", "--timeout", "1s")
    assert too_late.returncode == NOT_SATISFIED


def test_ls_prints_what_the_control_api_has(gatehouse, binary, closed_port):
    token = gatehouse.token("demo-phone")
    gatehouse.command("push", "--topic", TOPIC, "--token", token, "--alert", "Hi")
    gatehouse.wait(fate="delivered")

    listed = gatehouse.command("ls", "--json")
    assert listed.returncode == SATISFIED, listed.stderr
    assert json.loads(listed.stdout)["items"] == gatehouse.get("/v1/notifications")["items"]

    elsewhere = f"http://127.0.0.1:{closed_port}"
    assert_refused(run(binary, "ls", "--json", "--control", elsewhere), UNREACHABLE, str(closed_port))


def test_wait_ends_with_what_happened(gatehouse, binary, closed_port):
    token = gatehouse.token("demo-phone")
    gatehouse.command("push", "--topic", TOPIC, "--token", token, "--alert", "Hi")

    there = gatehouse.command("wait", "--topic", TOPIC, "--fate", "delivered", "--timeout", "10s")
    assert there.returncode == SATISFIED, there.stderr
    missing = gatehouse.command("wait", "--topic", SECOND_TOPIC, "--timeout", "1s")
    assert missing.returncode == NOT_SATISFIED
    elsewhere = f"http://127.0.0.1:{closed_port}"
    unreachable = run(binary, "wait", "--control", elsewhere, "--topic", TOPIC, "--timeout", "1s")
    assert_refused(unreachable, UNREACHABLE, str(closed_port))


def test_a_client_command_finds_the_server_by_its_variable(gatehouse, binary):
    result = run(binary, "ls", "--json", GATEHOUSE_CONTROL_URL=gatehouse.control)
    assert result.returncode == SATISFIED, result.stderr
    assert json.loads(result.stdout)["items"] == []

"""Faults, clock, profiles and conformance through the command line, against providers that know nothing of them."""

from __future__ import annotations

import json
import time

import pytest

from gatehouse import SECOND_TOPIC, TOPIC, run
from pushjack_provider import pushjack_client
from rawclient import enhanced, provider

SATISFIED, NOT_SATISFIED, WRONG_USAGE = 0, 1, 2
INVALID_TOKEN = 8


def command(server, *arguments: str):
    """A client command with subcommands: the server's address goes behind them."""
    return run(server.binary, *arguments, "--control", server.control, cwd=server.log.parent)


def add(server, *arguments: str) -> dict:
    result = command(server, "fault", "add", *arguments, "--json")
    assert result.returncode == SATISFIED, result.stderr
    return json.loads(result.stdout)


# Rules


def test_pushjack_meets_a_fault_that_was_set_through_the_command_line(gatehouse):
    rule = add(gatehouse, "answer:8", "--topic", TOPIC, "--times", "1")
    token = gatehouse.token("demo-phone")
    client = pushjack_client(gatehouse)

    response = client.send([token], "Hello", error_timeout=5)
    (error,) = response.errors
    assert error.code == INVALID_TOKEN

    assert client.send([token], "Again").errors == []
    (delivered,) = gatehouse.wait(fate="delivered")
    assert delivered["payload"]["aps"]["alert"] == "Again"
    (shown,) = gatehouse.get("/v1/faults")["items"]
    assert (shown["id"], shown["hits"], shown["remaining"]) == (rule["id"], 1, 0)
    client.close()


def test_pushjack_meets_a_shutdown(gatehouse):
    add(gatehouse, "shutdown", "--skip-first", "2", "--times", "1")
    token = gatehouse.token("demo-phone")
    client = pushjack_client(gatehouse)
    response = client.send([token] * 5, "Hello", batch_size=5, error_timeout=5)
    (error,) = response.errors
    # Status 10 names the last frame that was taken.
    assert (error.code, error.identifier) == (10, 1)
    gatehouse.wait(count=2, fate="delivered")
    client.close()


def test_a_rule_only_strikes_what_it_looks_for(gatehouse):
    token = gatehouse.token("demo-phone")
    add(gatehouse, "answer:1", "--payload-contains", "trouble", "--command", "1")
    with provider(gatehouse) as raw:
        raw.send(enhanced(bytes.fromhex(token), b'{"aps":{"alert":"fine"}}', identifier=1))
        raw.send(enhanced(bytes.fromhex(token), b'{"aps":{"alert":"trouble"}}', identifier=2))
        assert raw.read_error() == (1, 2)
    gatehouse.wait(fate="delivered", identifier=1)


def test_rules_are_listed_removed_and_cleared(gatehouse):
    add(gatehouse, "close", "--id", "first", "--topic", TOPIC)
    add(gatehouse, "reset", "--id", "second", "--topic", SECOND_TOPIC, "--ttl", "5m", "--every-nth", "3")
    add(gatehouse, "delay:500ms", "--id", "third", "--between", "5s..10s", "--probability", "0.5")

    listed = command(gatehouse, "fault", "ls")
    assert [line.split()[:3] for line in listed.stdout.splitlines()] == [
        ["first", "frame", "close"], ["second", "frame", "reset"], ["third", "frame", "delay:500ms"],
    ]
    as_json = json.loads(command(gatehouse, "fault", "ls", "--json").stdout)
    assert as_json["items"] == gatehouse.get("/v1/faults")["items"]

    assert command(gatehouse, "fault", "rm", "first").returncode == SATISFIED
    assert command(gatehouse, "fault", "rm", "first").returncode == NOT_SATISFIED
    cleared = command(gatehouse, "fault", "clear", "--topic", SECOND_TOPIC, "--json")
    assert json.loads(cleared.stdout) == {"deleted": 1}
    assert command(gatehouse, "fault", "clear").returncode == SATISFIED
    assert gatehouse.get("/v1/faults")["items"] == []


def test_reset_forgets_rules(gatehouse):
    add(gatehouse, "close")
    assert gatehouse.command("reset", "--what", "faults").returncode == SATISFIED
    assert gatehouse.get("/v1/faults")["items"] == []
    add(gatehouse, "close")
    assert gatehouse.command("reset").returncode == SATISFIED
    assert gatehouse.get("/v1/faults")["items"] == []


def test_a_whole_rule_may_come_from_a_file(gatehouse, tmp_path):
    file = tmp_path / "rule.json"
    file.write_text(json.dumps({"id": "mine", "stage": "reply", "action": {"type": "split", "bytes": 1}}))
    assert add(gatehouse, "--rule", f"@{file}")["id"] == "mine"
    with provider(gatehouse) as raw:
        raw.send(enhanced(b"\xff" * 32, identifier=9))
        assert raw.read_error() == (INVALID_TOKEN, 9)
    assert gatehouse.get("/v1/faults/mine")["hits"] == 1


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["anser:8"], "answer"),
        (["answer"], "answer:STATUS"),
        (["delay:soon"], "delay:DURATION"),
        (["close", "--between", "10s..5s"], "10s..5s"),
        (["close", "--token", "xyz"], "xyz"),
        (["alert:80", "--stage", "frame"], "handshake"),
        (["close", "--stage", "moon"], "courier"),
        (["--rule", "{"], "JSON"),
        (["close", "--rule", "{}"], "--rule"),
        ([], "action"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(gatehouse, arguments, word):
    result = command(gatehouse, "fault", "add", *arguments)
    assert result.returncode == WRONG_USAGE
    assert result.stdout == ""
    assert word in result.stderr
    assert gatehouse.get("/v1/faults")["items"] == []


# Rules of the configuration


def test_rules_of_the_configuration_are_in_force_from_the_start(start_gatehouse):
    rule = {"stage": "frame", "match": {"identifier": 7}, "action": {"type": "answer", "status": 6}}
    server = start_gatehouse(config={"faults": [rule, {**rule, "id": "named"}]})
    assert [item["id"] for item in server.get("/v1/faults")["items"]] == ["f-1", "named"]
    with provider(server) as raw:
        raw.send(enhanced(bytes.fromhex(server.token("demo-phone")), identifier=7))
        assert raw.read_error() == (6, 7)


def test_a_mistake_in_a_rule_is_named_with_its_place(binary, certs, tmp_path):
    file = tmp_path / "gatehouse.yml"
    file.write_text("faults:\n  - stage: frame\n    action: {type: answer, status: 300}\n", encoding="utf-8")
    result = run(binary, "serve", "--port", "0", "--certs", str(certs), "--config", str(file))
    assert result.returncode == WRONG_USAGE
    assert f"{file}:3:36: " in result.stderr


# Magic tokens and choices


@pytest.mark.parametrize(
    ("options", "status"), [([], 5), (["--magic-tokens", "off"], INVALID_TOKEN)], ids=["by-default", "off"]
)
def test_feature_15_a_magic_token_misbehaves_unless_it_is_switched_off(start_gatehouse, options, status):
    server = start_gatehouse(*options)
    with provider(server) as raw:
        raw.send(enhanced(bytes.fromhex("fa1705" + "00" * 29), identifier=3))
        assert raw.read_error() == (status, 3)


def test_feature_24_a_choice_of_a_profile_is_made_alone(start_gatehouse):
    server = start_gatehouse("--payload-limit", "100")
    with provider(server) as raw:
        raw.send(enhanced(bytes.fromhex(server.token("demo-phone")), b"x" * 101, identifier=4))
        assert raw.read_error() == (7, 4)


def test_profiles_are_printed_with_what_is_known_of_them(binary):
    text = run(binary, "profiles").stdout
    catalogue = json.loads(run(binary, "profiles", "--json").stdout)
    names = [profile["name"] for profile in catalogue["profiles"]]
    assert catalogue["default"] == "2014" and {"2010", "strict"} <= set(names)
    for choice in catalogue["choices"]:
        assert choice["source"] and choice["source"] in text
        assert all(choice["name"] in profile["choices"] for profile in catalogue["profiles"])


# The clock


def test_feature_21_advancing_the_clock_expires_what_is_stored(start_gatehouse):
    server = start_gatehouse("--clock", "manual")
    server.request("PATCH", "/v1/devices/demo-phone", {"connected": False})
    with provider(server) as raw:
        raw.send(enhanced(bytes.fromhex(server.token("demo-phone")), identifier=5, expiry=int(time.time()) + 3600))
        server.wait(fate="stored", identifier=5)

        advanced = command(server, "clock", "advance", "2h", "--json")
        assert advanced.returncode == SATISFIED, advanced.stderr
        assert "expiry" in [fired["purpose"] for fired in json.loads(advanced.stdout)["fired"]]
        server.wait(fate="expired", identifier=5)


def test_feature_21_the_clock_is_stopped_set_and_let_go(gatehouse):
    assert command(gatehouse, "clock").stdout.endswith(" real\n")
    frozen = json.loads(command(gatehouse, "clock", "freeze", "--json").stdout)
    assert frozen == json.loads(command(gatehouse, "clock", "show", "--json").stdout)
    assert frozen["mode"] == "manual"

    assert command(gatehouse, "clock", "set", "2037-01-01T00:00:00Z").returncode == SATISFIED
    shown = json.loads(command(gatehouse, "clock", "--json").stdout)
    assert shown["now"].startswith("2037-01-01T00:00:00")
    assert command(gatehouse, "clock", "set", "2036-01-01T00:00:00Z").returncode == NOT_SATISFIED
    assert command(gatehouse, "clock", "set", "tomorrow").returncode == WRONG_USAGE
    assert json.loads(command(gatehouse, "clock", "run", "--json").stdout)["mode"] == "real"


# show and conformance


def test_show_tells_every_step(gatehouse):
    gatehouse.command("push", "--topic", TOPIC, "--token", gatehouse.token("demo-phone"), "--alert", "Hi")
    (delivered,) = gatehouse.wait(fate="delivered")
    shown = gatehouse.command("show", delivered["id"]).stdout
    for step in delivered["timeline"]:
        assert f"{step['at']} {step['event']}" in shown


def test_conformance_passes_against_the_server_itself(gatehouse):
    result = gatehouse.command("conformance", timeout=170)
    assert result.returncode == SATISFIED, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    listed = json.loads(run(gatehouse.binary, "conformance", "--list", "--json").stdout)["items"]
    assert [line.split()[1] for line in lines if line[:4] in ("pass", "skip")] == [row["id"] for row in listed]


def test_conformance_names_the_row_that_fails(gatehouse):
    add(gatehouse, "truncate:3", "--stage", "reply")
    result = gatehouse.command("conformance", "--only", "errors", "--json", timeout=170)
    assert result.returncode == NOT_SATISFIED
    failed = [item for item in json.loads(result.stdout)["items"] if item["outcome"] == "failed"]
    assert failed and all(item["expected"] and item["seen"] and item["source"] for item in failed)


def test_conformance_refuses_a_row_that_does_not_exist(gatehouse):
    result = gatehouse.command("conformance", "--only", "moon")
    assert result.returncode == WRONG_USAGE
    assert "moon" in result.stderr

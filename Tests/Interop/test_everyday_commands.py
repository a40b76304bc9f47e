"""The commands around a server: look at it, copy from it, prepare for it. Named after the features they keep."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess

import pytest

from gatehouse import SECOND_TOPIC, TOPIC, environment, run
from rawclient import enhanced, provider

SATISFIED, NOT_SATISFIED, WRONG_USAGE, CANNOT_BIND_OR_READ = 0, 1, 2, 3

EVERY_COMMAND = [
    "serve", "exec", "demo", "push", "replay", "feedback", "device", "conformance", "ls", "show", "tail", "wait", "verify", "audit",
    "ready", "reset", "fault", "clock", "certs", "profiles", "config", "doctor", "completion",
]


@pytest.fixture(scope="module")
def serve_options(binary) -> list[str]:
    """The names of all options of `serve`, as its help has them."""
    text = run(binary, "serve", "--help").stdout
    return sorted(set(re.findall(r"^  --([a-z0-9-]+)", text, re.MULTILINE)) - {"version", "help"})


# Help


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_help_of_every_command_opens_on_examples(binary, command):
    result = run(binary, command, "--help")
    assert result.returncode == SATISFIED
    overview, _, usage = result.stdout.partition("USAGE:")
    assert usage, result.stdout
    if command not in ("demo", "profiles"):
        assert f"gatehouse {command}" in overview, result.stdout


def test_help_lists_every_command(binary):
    text = run(binary, "--help").stdout
    for command in EVERY_COMMAND:
        assert re.search(rf"^  {command}\b", text, re.MULTILINE), command


# Feature 17: every setting as flag, variable and key, and a command that says which won

VALUES = {
    "gateway": "127.0.0.1:1{n}", "feedback": "127.0.0.1:2{n}", "courier": "127.0.0.1:3{n}", "control": "127.0.0.1:4{n}",
    "environment": ["sandbox", "production", "both"], "profile": ["2010", "late", "strict"],
    "seed": "{n}", "certs": "certs{n}", "sans": "name{n}", "allowed-hosts": "name{n}", "ready-file": "file{n}",
    "clock": ["manual", "real", "manual"], "ready": ["json", "text", "json"],
    "courier-credentials": ["accept", "verify", "accept"], "magic-tokens": ["off", "on", "off"],
    "expose-to-network": ["on", "off", "on"], "payload-limit": ["256", "512", "4096"],
    "commands": ["0", "0-1", "1-2"], "connection-limit": "10{n}", "handshake-timeout": "{n}s",
    "unfinished-timeout": ["never", "2s", "5m"], "control-body-limit": "2{n}00",
}


@pytest.mark.parametrize("option", VALUES)
def test_feature_17_config_show_says_which_won(binary, tmp_path, option):
    values = VALUES[option]
    first, second, third = values if isinstance(values, list) else [values.format(n=n) for n in (1, 2, 3)]
    variable = "GATEHOUSE_" + option.upper().replace("-", "_")

    def shown(*flags: str, **variables: str) -> tuple[str, str]:
        result = run(binary, "config", "show", "--json", *flags, cwd=tmp_path, **variables)
        assert result.returncode == SATISFIED, result.stderr
        (row,) = [row for row in json.loads(result.stdout)["options"] if row["option"] == option]
        assert row["flag"] == f"--{option}" and row["variable"] == variable
        return row["value"], row["origin"]

    assert shown()[1] == "default"
    (tmp_path / "gatehouse.yml").write_text(f'# a comment\n{option}: "{first}"\n', encoding="utf-8")
    assert shown() == (first, f"gatehouse.yml:2:{len(option) + 3}")
    assert shown(**{variable: second}) == (second, variable)
    assert shown(f"--{option}", third, **{variable: second}) == (third, f"--{option}")


def test_feature_17_config_show_has_every_option_of_serve(binary, serve_options, tmp_path):
    shown = run(binary, "config", "show", "--json", cwd=tmp_path)
    options = {row["option"] for row in json.loads(shown.stdout)["options"]}
    # One names the file, the other abbreviates four of the rest.
    assert options == set(serve_options) - {"config", "port"}


def test_feature_17_config_show_is_a_table_for_people(binary, tmp_path):
    result = run(binary, "config", "show", cwd=tmp_path, GATEHOUSE_CLOCK="manual", GATEHOUSE_CLOK="manual")
    assert re.search(r"^clock +manual +GATEHOUSE_CLOCK$", result.stdout, re.MULTILINE), result.stdout
    assert "Did you mean GATEHOUSE_CLOCK?" in result.stderr


# Feature 19: a mistake in the file has line and column


def test_feature_19_config_check_reports_line_and_column_of_a_mistake(binary, tmp_path):
    file = tmp_path / "seed.yml"
    file.write_text("devices:\n  - name: phone\n    colour: red\n", encoding="utf-8")
    result = run(binary, "config", "check", str(file))
    assert (result.returncode, result.stdout) == (WRONG_USAGE, "")
    assert f"{file}:3:5: unknown key `colour`" in result.stderr
    file.write_text("devices:\n  - name: phone\n", encoding="utf-8")
    assert run(binary, "config", "check", str(file)).returncode == SATISFIED
    assert run(binary, "config", "check", str(tmp_path / "none.yml")).returncode == CANNOT_BIND_OR_READ


def test_feature_19_what_the_file_declares_is_there_and_the_same_after_every_start(start_gatehouse):
    config = {
        "devices": [{"name": "phone", "connected": False, "apps": [{"topic": TOPIC, "token": "ab" * 32}]}],
        "faults": [{"id": "mine", "stage": "frame", "action": {"type": "answer", "status": 8}}],
    }
    seen = []
    for _ in range(2):
        server = start_gatehouse(config=config)
        (device,) = server.get("/v1/devices")["items"]
        (fault,) = server.get("/v1/faults")["items"]
        seen.append((device["name"], device["connected"], [app["token"] for app in device["apps"]], fault["id"]))
    assert seen[0] == seen[1] == ("phone", False, ["ab" * 32], "mine")


# Feature 13, the part of the command line: all interfaces need a flag that names the risk


@pytest.mark.parametrize("service", ["gateway", "feedback", "courier", "control"])
def test_feature_13_listening_for_other_machines_needs_a_flag_that_names_the_risk(binary, certs, tmp_path, service):
    options = ["--port", "0", f"--{service}", "0.0.0.0:0", "--certs", str(certs)]
    refused = run(binary, "exec", *options, "--", "true", cwd=tmp_path)
    assert refused.returncode == 125
    for word in ("0.0.0.0", "other machines", "read every push", "--expose-to-network on"):
        assert word in refused.stderr, refused.stderr
    taken = run(binary, "exec", *options, "--expose-to-network", "on", "--", "true", cwd=tmp_path)
    assert taken.returncode == SATISFIED, taken.stderr


# doctor


def findings(result) -> dict[str, list[dict]]:
    by_subject: dict[str, list[dict]] = {}
    for finding in json.loads(result.stdout)["findings"]:
        by_subject.setdefault(finding["subject"], []).append(finding)
    return by_subject


def test_doctor_finds_nothing_wrong_on_free_ports(binary, certs, tmp_path):
    result = run(binary, "doctor", "--port", "0", "--certs", str(certs), cwd=tmp_path, XDG_RUNTIME_DIR=str(tmp_path))
    assert result.returncode == SATISFIED, result.stdout + result.stderr
    assert {line.split()[0] for line in result.stdout.splitlines()} == {"ok"}
    for subject in ("libcrypto", "clock", "configuration", "certificates", "server", "port"):
        assert re.search(rf"^ok +{subject} ", result.stdout, re.MULTILINE), result.stdout


def test_doctor_names_who_has_a_port_and_what_to_do(binary, certs, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        port = occupant.getsockname()[1]
        result = run(
            binary, "doctor", "--port", "0", "--feedback", f"127.0.0.1:{port}", "--certs", str(certs), "--json",
            cwd=tmp_path,
        )
    assert result.returncode == NOT_SATISFIED
    (bad,) = [finding for finding in findings(result)["port"] if finding["grade"] == "fail"]
    assert f"127.0.0.1:{port}: in use by" in bad["detail"] and f"process {os.getpid()}" in bad["detail"]
    assert "--feedback HOST:PORT" in bad["remedy"]


def test_doctor_sees_bad_certificates_a_bad_configuration_and_a_foreign_variable(binary, certs, tmp_path):
    damaged = tmp_path / "damaged"
    run(binary, "certs", "init", "--certs", str(damaged))
    (damaged / "server-provider.pem").write_text("no certificate", encoding="utf-8")
    result = run(
        binary, "doctor", "--port", "0", "--certs", str(damaged), "--json", cwd=tmp_path, GATEHOUSE_PROT="0"
    )
    assert result.returncode == NOT_SATISFIED
    assert findings(result)["certificates"][0]["grade"] == "fail"
    assert "certs doctor" in findings(result)["certificates"][0]["remedy"]
    assert "GATEHOUSE_PROT" in findings(result)["variables"][0]["detail"]
    (tmp_path / "gatehouse.yml").write_text("clok: manual\n", encoding="utf-8")
    result = run(binary, "doctor", "--port", "0", "--certs", str(certs), "--json", cwd=tmp_path)
    assert "gatehouse.yml:1:1" in findings(result)["configuration"][0]["detail"]


def test_doctor_takes_the_ports_of_a_running_server_for_good(gatehouse, binary, certs):
    addresses = [f"--{name}={':'.join(map(str, gatehouse.address(name)))}" for name in ("gateway", "feedback", "courier")]
    result = run(
        binary, "doctor", *addresses, "--control", gatehouse.control, "--certs", str(certs), "--json",
        GATEHOUSE_CONTROL_URL=gatehouse.control,
    )
    assert result.returncode == SATISFIED, result.stdout
    assert "answers" in findings(result)["server"][0]["detail"]


# Feature 14: feedback that can be driven


def test_feature_14_device_expire_puts_a_token_on_the_feedback_list(gatehouse):
    token = gatehouse.token("demo-phone")
    expired = gatehouse_command(gatehouse, "device", "expire", token, "--at", "2014-05-01T00:00Z")
    assert expired.returncode == SATISFIED, expired.stderr

    peeked = gatehouse.command("feedback", "--peek", "--json")
    assert json.loads(peeked.stdout)["total"] == 1
    first = gatehouse.command("feedback", "--topic", TOPIC, "--json")
    (item,) = json.loads(first.stdout)
    assert (item["token"], item["timestamp"]) == (token, 1398902400)
    second = gatehouse.command("feedback", "--topic", TOPIC, "--json")
    assert json.loads(second.stdout) == []


def test_feature_14_device_expire_of_a_token_nobody_has_needs_a_topic(gatehouse):
    token = "cd" * 32
    unknown = gatehouse_command(gatehouse, "device", "expire", token)
    assert unknown.returncode == NOT_SATISFIED and "--topic" in unknown.stderr
    assert gatehouse_command(gatehouse, "device", "expire", token, "--topic", TOPIC).returncode == SATISFIED
    assert gatehouse_command(gatehouse, "device", "expire", "xyz").returncode == WRONG_USAGE
    late = gatehouse_command(gatehouse, "device", "expire", token, "--topic", TOPIC, "--at", "tomorrow")
    assert late.returncode == WRONG_USAGE and "tomorrow" in late.stderr


def test_device_ls_has_a_line_for_each_app(two_apps):
    listed = gatehouse_command(two_apps, "device", "ls")
    assert [line.split()[3] for line in listed.stdout.splitlines()] == [TOPIC, SECOND_TOPIC]
    assert two_apps.token("phone-1") in listed.stdout


def gatehouse_command(server, *words: str):
    """A command with subcommands: the option that names the server goes behind them."""
    return run(server.binary, *words, "--control", server.control, cwd=server.log.parent)


# Feature 22: copy as, and replay


def raw(server, number: int) -> bytes:
    from urllib.request import ProxyHandler, build_opener

    with build_opener(ProxyHandler({})).open(f"{server.control}/v1/notifications/n-{number}/raw") as answer:
        return answer.read()


@pytest.mark.parametrize("command", ["0", "1", "2"])
def test_feature_22_a_copied_push_sends_the_same_bytes(gatehouse, binary, command, tmp_path):
    payload = '{"aps":{"alert":"it\'s \\"quoted\\" — $HOME"}}'
    sent = gatehouse.command(
        "push", "--topic", TOPIC, "--token", gatehouse.token("demo-phone"), "--payload", payload, "--command", command
    )
    assert sent.returncode == SATISFIED, sent.stderr
    copied = gatehouse.command("show", "n-1", "--as", "push").stdout
    assert "--payload" in copied, "readable, where that says the same"
    again = subprocess.run(
        ["sh", "-c", copied.replace("gatehouse", str(binary), 1)], capture_output=True, text=True, timeout=60,
        env=environment(GATEHOUSE_CONTROL_URL=gatehouse.control),
    )
    assert again.returncode == SATISFIED, again.stderr
    assert raw(gatehouse, 2) == raw(gatehouse, 1)
    assert gatehouse.command("replay", "n-1").returncode == SATISFIED
    gatehouse.wait(count=3)
    assert raw(gatehouse, 3) == raw(gatehouse, 1)


def test_feature_22_a_frame_that_no_option_can_say_is_copied_as_bytes(gatehouse, binary, tmp_path):
    token = bytes.fromhex(gatehouse.token("demo-phone"))
    payload = b'{"aps":{}}'
    # Items in an unusual order, and without expiry and identifier.
    items = b"\x02" + len(payload).to_bytes(2, "big") + payload + b"\x01\x00\x20" + token
    frame = b"\x02" + len(items).to_bytes(4, "big") + items
    (tmp_path / "frame.bin").write_bytes(frame)
    sent = gatehouse.command("push", "--topic", TOPIC, "--raw", f"@{tmp_path / 'frame.bin'}")
    assert sent.returncode == SATISFIED, sent.stderr
    gatehouse.wait(count=1)
    assert raw(gatehouse, 1) == frame
    assert f"--raw {frame.hex()}" in gatehouse.command("show", "n-1", "--as", "push").stdout
    assert gatehouse.command("show", "n-1", "--as", "hex").stdout.strip() == frame.hex()
    fixture = gatehouse.command("show", "n-1", "--as", "fixture").stdout
    assert json.loads(fixture)["payload"] == {"aps": {}}
    (tmp_path / "frame.json").write_text(fixture, encoding="utf-8")
    gatehouse.command("push", "--topic", TOPIC, "--raw", f"@{tmp_path / 'frame.json'}")
    gatehouse.wait(count=2)
    assert raw(gatehouse, 2) == frame


def test_feature_22_a_refused_frame_is_replayed_and_refused_again(gatehouse):
    gatehouse.command("push", "--topic", TOPIC, "--token", "f" * 64, "--alert", "Hi")
    again = gatehouse.command("replay", "n-1")
    assert again.returncode == NOT_SATISFIED
    assert "status 8" in again.stdout
    assert gatehouse.command("replay", "n-99").returncode != SATISFIED


def test_feature_22_copied_as_curl(gatehouse):
    gatehouse.command("push", "--topic", TOPIC, "--token", gatehouse.token("demo-phone"), "--alert", "Hi")
    copied = gatehouse.command("show", "n-1", "--as", "curl").stdout
    assert copied.strip() == f"curl -s {gatehouse.control}/v1/notifications/n-1"


def test_push_says_which_of_its_options_exclude_each_other(gatehouse):
    assert gatehouse.command("push", "--topic", TOPIC, "--alert", "Hi").returncode == WRONG_USAGE
    both = gatehouse.command("push", "--topic", TOPIC, "--raw", "00", "--token", "ab" * 32)
    assert both.returncode == WRONG_USAGE
    assert gatehouse.command("push", "--topic", TOPIC, "--raw", "00", "--alert", "Hi").returncode == WRONG_USAGE
    assert gatehouse.command("push", "--topic", TOPIC, "--raw", "xyz").returncode == WRONG_USAGE
    assert gatehouse.counters()["received"] == 0


# Feature 23: randomness that repeats


def test_feature_23_the_chosen_seed_is_printed_and_stored_and_repeats_the_faults(start_gatehouse, binary, certs):
    first = start_gatehouse()
    seed = str(first.get("/v1/info")["seed"])
    assert f"Seed {seed}; --seed repeats it." in first.talk()
    outcomes = []
    for server in (first, start_gatehouse("--seed", seed)):
        rule = {"stage": "frame", "trigger": {"probability": 0.5}, "action": {"type": "lose"}}
        server.post("/v1/faults", rule)
        token = bytes.fromhex(server.token("demo-phone"))
        with provider(server) as connection:
            connection.send(b"".join(enhanced(token, identifier=number) for number in range(40)))
            items = server.wait(count=40)
        outcomes.append([item["fate"] == "lost" for item in sorted(items, key=lambda item: item["seq"])])
    assert outcomes[0] == outcomes[1]
    assert True in outcomes[0] and False in outcomes[0]


# Feature 9: certificates for everyone


@pytest.fixture(scope="module")
def issued(binary, tmp_path_factory) -> dict:
    directory = tmp_path_factory.mktemp("issued")
    result = run(
        binary, "certs", "issue", "--topic", TOPIC, "--certs", str(directory / "certs"), "--out", str(directory / "out"),
        "--json",
    )
    assert result.returncode == SATISFIED, result.stderr
    return json.loads(result.stdout) | {"caFile": str(directory / "certs" / "ca.pem")}


def openssl(*words: str) -> str:
    result = subprocess.run(["openssl", *words], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_feature_9_openssl_opens_every_form(issued):
    subject = openssl("x509", "-in", issued["certFile"], "-noout", "-subject")
    assert TOPIC in subject
    assert openssl("x509", "-inform", "DER", "-in", issued["derFile"], "-noout", "-subject") == subject
    assert openssl("x509", "-in", issued["pemFile"], "-noout", "-subject") == subject
    key = openssl("pkey", "-in", issued["keyFile"], "-pubout")
    assert openssl("pkey", "-in", issued["pemFile"], "-pubout") == key
    assert openssl("x509", "-in", issued["certFile"], "-noout", "-pubkey") == key
    password = f"pass:{issued['p12Password']}"
    assert openssl("pkcs12", "-in", issued["p12File"], "-passin", password, "-nodes").count("BEGIN CERTIFICATE") == 2
    trusted = openssl("pkcs12", "-in", issued["trustStoreFile"], "-passin", password, "-nokeys")
    with open(issued["caFile"], encoding="ascii") as file:
        assert file.read().strip() in trusted
    assert oct(os.stat(issued["keyFile"]).st_mode & 0o777) == "0o600"


@pytest.mark.skipif(shutil.which("keytool") is None, reason="no Java here")
def test_feature_9_keytool_opens_identity_and_trust_store(issued):
    def entries(file: str) -> str:
        result = subprocess.run(
            ["keytool", "-list", "-keystore", file, "-storepass", issued["p12Password"]],
            capture_output=True, text=True, timeout=120,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    assert entries(issued["p12File"]).count("PrivateKeyEntry") == 1
    trusted = entries(issued["trustStoreFile"])
    assert trusted.count("trustedCertEntry") == 1 and trusted.count("PrivateKeyEntry") == 0


# completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(binary, shell):
    result = run(binary, "completion", shell)
    assert result.returncode == SATISFIED
    assert "expose-to-network" in result.stdout and "completion" in result.stdout
    interpreter = shutil.which(shell)
    if interpreter:
        check = subprocess.run([interpreter, "-n"], input=result.stdout, capture_output=True, text=True, timeout=60)
        assert check.returncode == 0, check.stderr


def test_completion_of_an_unknown_shell(binary):
    result = run(binary, "completion", "tcsh")
    assert result.returncode == WRONG_USAGE and "zsh" in result.stderr


# Output manners


def test_a_reader_that_goes_away_ends_a_command_quietly(gatehouse, binary):
    token = gatehouse.token("demo-phone")
    gatehouse.command("push", "--topic", TOPIC, "--token", token, "--alert", "Hi")
    result = subprocess.run(
        f"{binary} ls --json --control {gatehouse.control} | true", shell=True, capture_output=True, text=True,
        timeout=60, env=environment(),
    )
    assert result.stderr == ""


def test_no_color_is_honoured_because_there_is_none(gatehouse):
    gatehouse.command("push", "--topic", TOPIC, "--token", gatehouse.token("demo-phone"), "--alert", "Hi")
    for words in (["ls"], ["show", "n-1"], ["audit"]):
        assert "\x1b" not in gatehouse.command(*words).stdout

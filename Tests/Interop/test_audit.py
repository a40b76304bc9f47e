"""The audit: what it says of a provider that gets it right, and of one that does not."""

from __future__ import annotations

import json

from gatehouse import TOPIC
from pushjack_provider import pushjack_client
from rawclient import enhanced, provider

SATISFIED, NOT_SATISFIED = 0, 1
UNKNOWN = "f" * 64


def findings(server, *arguments: str) -> tuple[int, dict[str, dict]]:
    """The exit status, and the findings by their rules."""
    result = server.command("audit", "--json", *arguments)
    return result.returncode, {finding["rule"]: finding for finding in json.loads(result.stdout)["findings"]}


def lose_behind_an_error(server) -> None:
    """A provider that reads the error and never sends again what stood behind it."""
    token = bytes.fromhex(server.token("demo-phone"))
    with provider(server) as raw:
        raw.send(
            enhanced(bytes.fromhex(UNKNOWN), identifier=1) + enhanced(token, identifier=2) + enhanced(token, identifier=3)
        )
        assert raw.read_error() == (8, 1)
    server.wait(count=2, verdict="discarded")


def test_what_is_lost_behind_an_error_is_found(gatehouse):
    lose_behind_an_error(gatehouse)
    status, found = findings(gatehouse)
    assert status == NOT_SATISFIED
    lost = found["lost-behind-error"]
    assert (lost["severity"], lost["count"]) == ("error", 2)
    discarded = [notification["id"] for notification in gatehouse.notifications(verdict="discarded")]
    assert lost["notifications"] == discarded

    text = gatehouse.command("audit")
    assert text.returncode == NOT_SATISFIED
    for word in ["error: lost-behind-error, 2 times", lost["summary"], lost["source"], lost["remedy"], *discarded]:
        assert word in text.stdout


def test_pushjack_loses_nothing_behind_an_error(gatehouse):
    token = gatehouse.token("demo-phone")
    client = pushjack_client(gatehouse)
    client.get_expired_tokens()
    response = client.send([token, UNKNOWN, token], "Hi", batch_size=3, error_timeout=5)
    assert [error.code for error in response.errors] == [8]
    gatehouse.wait(count=2, fate="delivered")
    client.close()

    status, found = findings(gatehouse)
    assert status == SATISFIED, found
    assert "lost-behind-error" not in found
    assert all(finding["severity"] != "error" for finding in found.values())


def test_the_severity_decides_about_the_exit_status(gatehouse):
    token = bytes.fromhex(gatehouse.token("demo-phone"))
    with provider(gatehouse) as raw:
        raw.send(enhanced(token, identifier=1) + enhanced(token, identifier=1))
        gatehouse.wait(count=2, fate="delivered")
    status, found = findings(gatehouse)
    assert status == SATISFIED and found, "something less than an error"
    worst = next(iter(found.values()))["severity"]
    assert findings(gatehouse, "--fail-on", worst)[0] == NOT_SATISFIED
    assert findings(gatehouse, "--fail-on", "note")[0] == NOT_SATISFIED
    assert gatehouse.command("audit", "--fail-on", "moon").returncode == 2


def test_nothing_to_find(gatehouse):
    status, found = findings(gatehouse, "--topic", TOPIC, "--fail-on", "note")
    assert (status, found) == (SATISFIED, {})
    assert "Nothing found" in gatehouse.command("audit").stdout

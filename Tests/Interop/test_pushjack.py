"""pushjack 1.6.0 as the provider: a published client with its own error handling, resending and feedback reading."""

from __future__ import annotations

import time

import pytest

from gatehouse import SECOND_TOPIC, TOPIC
from pushjack_provider import pushjack_client

UNKNOWN = "f" * 64
INVALID_TOKEN = 8


def token(number: int) -> str:
    """A token that is easy to recognise in a failure: its number, padded."""
    return f"{number:064x}"


def many_devices(away: int, connected: int) -> dict:
    """A configuration with this many one-app devices; the connected ones come first."""
    return {
        "environment": "sandbox",
        "identities": [{"topic": TOPIC, "environment": "sandbox", "kind": "development"}],
        "devices": [
            {
                "name": f"phone-{number}",
                "environment": "sandbox",
                "connected": number <= connected,
                "apps": [{"topic": TOPIC, "token": token(number)}],
            }
            for number in range(1, away + connected + 1)
        ],
    }


def send_in_one_write(client, tokens: list[str]):
    """All frames before the first look for an error; then up to five seconds for it to arrive."""
    return client.send(tokens, "Hi", batch_size=len(tokens), error_timeout=5)


@pytest.mark.seed("004-01", "004-22")
def test_one_push_is_delivered(gatehouse):
    client = pushjack_client(gatehouse)
    response = client.send(gatehouse.token("demo-phone"), "Hello from pushjack", badge=1)
    assert response.errors == []

    (notification,) = gatehouse.wait(fate="delivered")
    assert notification["topic"] == TOPIC
    assert notification["device"] == "demo-phone"
    assert notification["verdict"] == "accepted"
    assert notification["payload"] == {"aps": {"alert": "Hello from pushjack", "badge": 1}}
    assert notification["wire"]["command"] == 2
    client.close()


@pytest.mark.seed("004-12", "004-14")
def test_one_unknown_token_among_a_thousand_costs_nothing_else(start_gatehouse):
    server = start_gatehouse(config=many_devices(away=999, connected=0))
    tokens = [token(number) for number in range(1, 1000)]
    tokens.insert(500, UNKNOWN)

    response = send_in_one_write(pushjack_client(server), tokens)

    (error,) = response.errors
    assert (error.code, error.identifier) == (INVALID_TOKEN, 500)
    assert response.failures == [UNKNOWN]

    server.wait(count=999, topic=TOPIC, fate="stored")
    stored = server.notifications(topic=TOPIC, fate="stored")
    assert sorted(notification["token"] for notification in stored) == [token(number) for number in range(1, 1000)]

    # 500 before the bad one, the bad one, some swallowed behind it, and 499 more on a new connection. How many were swallowed
    # depends on pushjack: it resets the old connection as soon as it has read the error.
    (rejected,) = server.notifications(verdict="rejected")
    assert (rejected["status"], rejected["wire"]["identifier"], rejected["token"]) == (INVALID_TOKEN, 500, UNKNOWN)
    discarded = server.notifications(verdict="discarded")
    swallowed = [notification["wire"]["identifier"] for notification in discarded]
    assert swallowed == list(range(501, 501 + len(swallowed)))
    assert {notification["connectionId"] for notification in discarded} <= {rejected["connectionId"]}
    counters = server.counters()
    assert (counters["accepted"], counters["stored"], counters["rejected"]) == (999, 999, 1)
    assert counters["received"] == 1000 + len(swallowed)


@pytest.mark.seed("004-12")
def test_with_connected_devices_all_but_the_unknown_one_receive(start_gatehouse):
    server = start_gatehouse(config=many_devices(away=0, connected=20))
    tokens = [token(number) for number in range(1, 21)]
    tokens.insert(10, UNKNOWN)

    response = send_in_one_write(pushjack_client(server), tokens)

    (error,) = response.errors
    assert (error.code, error.identifier) == (INVALID_TOKEN, 10)
    delivered = server.wait(count=20, topic=TOPIC, fate="delivered")
    assert sorted(notification["device"] for notification in delivered) == sorted(f"phone-{n}" for n in range(1, 21))
    counters = server.counters()
    assert (counters["delivered"], counters["rejected"], counters["discarded"]) == (20, 1, 10)


def test_the_counters_of_a_topic_add_up(start_gatehouse):
    server = start_gatehouse(config=many_devices(away=3, connected=3))
    tokens = [token(number) for number in (1, 2, 4, 5, 4)] + [UNKNOWN, token(6)]
    send_in_one_write(pushjack_client(server), tokens)
    server.wait(count=2, topic=TOPIC, fate="delivered")
    server.wait(count=3, topic=TOPIC, fate="stored")

    counters = server.counters(TOPIC)
    assert counters["received"] == counters["accepted"] + counters["rejected"] + counters["discarded"] == 8
    fates = ("delivered", "inFlight", "stored", "coalesced", "expired", "undeliverable", "lost")
    assert counters["accepted"] == sum(counters[fate] for fate in fates) == 6
    assert counters["coalesced"] == 1


@pytest.mark.seed("004-15", "004-26", "004-28")
def test_feedback_names_the_removed_app_once(two_apps):
    gone = two_apps.token("phone-1")
    before = int(time.time())
    two_apps.delete(f"/v1/devices/phone-1/apps/{TOPIC}")

    client = pushjack_client(two_apps)
    assert client.get_expired_tokens() == [], "removing an app is not enough: a push must miss it first"

    assert client.send(gone, "Are you there?").errors == []
    two_apps.wait(token=gone, fate="undeliverable")

    (expired,) = client.get_expired_tokens()
    assert expired.token == gone
    assert before <= expired.timestamp <= time.time()
    assert client.get_expired_tokens() == [], "reading empties the list"


@pytest.mark.seed("004-28")
def test_feedback_is_kept_for_each_topic(two_apps):
    gone = two_apps.token("phone-1")
    two_apps.delete(f"/v1/devices/phone-1/apps/{TOPIC}")
    pushjack_client(two_apps).send(gone, "Are you there?")
    two_apps.wait(token=gone, fate="undeliverable")

    assert pushjack_client(two_apps, SECOND_TOPIC).get_expired_tokens() == []
    assert [expired.token for expired in pushjack_client(two_apps).get_expired_tokens()] == [gone]


@pytest.mark.seed("004-03", "004-14", "004-19")
def test_the_token_of_the_other_environment_is_unknown(start_gatehouse):
    server = start_gatehouse("--environment", "both")
    server.put_device("tester", TOPIC, environment="sandbox")
    server.put_device("customer", TOPIC, environment="production")
    sandbox_token = server.token("tester")
    assert sandbox_token != server.token("customer")

    client = pushjack_client(server, environment="production")
    response = client.send(sandbox_token, "Hi", error_timeout=5)

    assert [error.code for error in response.errors] == [INVALID_TOKEN]
    pushjack_client(server, environment="production").send(server.token("customer"), "Hi")
    (delivered,) = server.wait(fate="delivered")
    assert (delivered["environment"], delivered["device"]) == ("production", "customer")

"""An app of a test's own, and what the test asks about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Tuple

from .server import Json, Server


@dataclass(frozen=True)
class PushApp:
    """An app on a mock device, with all that a provider needs to push to it."""

    server: Server
    topic: str
    environment: str
    device: str
    #: The device token, in lowercase hexadecimal.
    token: str
    #: `certFile`, `keyFile`, `pemFile`, `p12File`, `p12Password`.
    identity: Json

    @property
    def gateway(self) -> Tuple[str, int]:
        """Host and port to push to."""
        return self.server.address("gateway", self.environment)

    @property
    def feedback(self) -> Tuple[str, int]:
        """Host and port to read feedback from."""
        return self.server.address("feedback", self.environment)

    @property
    def pem_file(self) -> str:
        """Certificate and key in one file."""
        return str(self.identity["pemFile"])

    @property
    def cert_file(self) -> str:
        return str(self.identity["certFile"])

    @property
    def key_file(self) -> str:
        return str(self.identity["keyFile"])

    @property
    def ca_file(self) -> str:
        """The certificate to trust."""
        return self.server.ca_file

    def notifications(self, **filters: Any) -> List[Json]:
        """What was sent for this app, the oldest first."""
        return self.server.notifications(topic=self.topic, environment=self.environment, **filters)

    def counters(self) -> Dict[str, int]:
        return self.server.counters(self.topic)

    def wait_for_push(self, count: int = 1, timeout: float = 30, **match: Any) -> List[Json]:
        """Blocks until `count` notifications for this app match; `fate="delivered"` and the like narrow it."""
        __tracebackhide__ = True
        return self.server.wait(count, timeout, topic=self.topic, environment=self.environment, **match)

    def verify(self, count: int = 1, timeout: float = 5, **match: Any) -> List[Json]:
        """Waits for `count` notifications of this app that match, and makes sure that there are no more of them."""
        __tracebackhide__ = True
        if count > 0:
            self.wait_for_push(count, timeout, **match)
        self.server.verify(count, topic=self.topic, environment=self.environment, **match)
        return self.notifications(**match)

    def connect(self) -> None:
        """Has the device connect."""
        self.server.request("PATCH", f"/v1/devices/{self.device}", {"connected": True})

    def disconnect(self) -> None:
        """Has the device hang up and stay away."""
        self.server.request("PATCH", f"/v1/devices/{self.device}", {"connected": False})

    def uninstall(self) -> None:
        """Removes the app from the device; feedback tells of it after the next push."""
        self.server.delete(f"/v1/devices/{self.device}/apps/{self.topic}")

    def reset(self) -> None:
        """Forgets what was sent for this app, its faults and its feedback; the app itself stays."""
        self.server.post("/v1/reset", {"what": ["notifications", "faults", "feedback"], "topic": self.topic})

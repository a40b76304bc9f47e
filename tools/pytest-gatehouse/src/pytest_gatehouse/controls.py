"""What a test may change: faults and feedback of its own app, and the clock that is everybody's."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional

from .app import PushApp
from .server import Json, Server


class Faults:
    """Fault rules that ask for the topic of one app, so that no other test meets them."""

    def __init__(self, app: PushApp) -> None:
        self._app = app

    def add(
        self,
        action: Mapping[str, Any],
        *,
        stage: str = "frame",
        match: Optional[Mapping[str, Any]] = None,
        trigger: Optional[Mapping[str, Any]] = None,
        times: Optional[int] = None,
    ) -> Json:
        """Adds a rule: `add({"type": "answer", "status": 8}, times=1)`. The answer has its `id`."""
        rule = {
            "stage": stage,
            "match": {"topic": self._app.topic, **(match or {})},
            "trigger": {**(trigger or {}), **({} if times is None else {"times": times})},
            "action": dict(action),
        }
        added: Json = self._app.server.post("/v1/faults", rule)
        return added

    def list(self) -> List[Json]:
        """The rules in force, with `hits` and `remaining`."""
        items: List[Json] = self._app.server.get("/v1/faults", topic=self._app.topic)["items"]
        return items

    def clear(self) -> None:
        self._app.server.delete("/v1/faults", topic=self._app.topic)


class Clock:
    """The product clock of the server. Moving it moves it for every test on that server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def now(self) -> str:
        """Such as `2014-05-01T00:00:00.000Z`."""
        return str(self._server.get("/v1/clock")["now"])

    def advance(self, seconds: float) -> List[Json]:
        """Moves it through everything that is due on the way; what was done comes back."""
        fired: List[Json] = self._server.post("/v1/clock/advance", {"ms": int(seconds * 1000)})["fired"]
        return fired

    def freeze(self) -> None:
        self._server.put("/v1/clock", {"mode": "manual"})

    def run(self) -> None:
        """Lets it run again, from where it stands."""
        self._server.put("/v1/clock", {"mode": "real"})


class Feedback:
    """The feedback list of one app, looked at from the side of the service: looking does not empty it."""

    def __init__(self, app: PushApp) -> None:
        self._app = app

    def tokens(self) -> List[str]:
        """The tokens that the app's provider will read next."""
        answer = self._app.server.get("/v1/feedback", topic=self._app.topic, environment=self._app.environment)
        return [item["token"] for item in answer["items"]]

    def add(self, token: Optional[str] = None) -> None:
        """Puts a token on the list by hand; the app's own unless another is given."""
        self._app.server.post(
            "/v1/feedback",
            {"topic": self._app.topic, "environment": self._app.environment, "token": token or self._app.token},
        )

    def clear(self) -> None:
        self._app.server.delete("/v1/feedback", topic=self._app.topic, environment=self._app.environment)

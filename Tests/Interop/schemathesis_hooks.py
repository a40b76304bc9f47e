"""Keeps a call of schemathesis from taking the time it asks for: waiting, moving the clock and large fleets
are tested elsewhere."""

from __future__ import annotations

import schemathesis

LONGEST_WAIT = 50
LONGEST_STEP = 3_600_000
LARGEST_FLEET = 5


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    if not isinstance(case.body, dict):
        return
    for path, name, most in (
        ("/v1/notifications/wait", "timeoutMs", LONGEST_WAIT), ("/v1/clock/advance", "ms", LONGEST_STEP),
        ("/v1/fleets/{name}/wait", "timeoutMs", LONGEST_WAIT), ("/v1/fleets", "count", LARGEST_FLEET),
    ):
        value = case.body.get(name)
        if case.path == path and isinstance(value, int) and value > most:
            case.body[name] = most

"""Keeps a call of schemathesis from taking the time it asks for: waiting and moving the clock are tested elsewhere."""

from __future__ import annotations

import schemathesis

LONGEST_WAIT = 50
LONGEST_STEP = 3_600_000


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    if not isinstance(case.body, dict):
        return
    for path, name, most in (
        ("/v1/notifications/wait", "timeoutMs", LONGEST_WAIT), ("/v1/clock/advance", "ms", LONGEST_STEP),
    ):
        value = case.body.get(name)
        if case.path == path and isinstance(value, int) and value > most:
            case.body[name] = most

"""What can go wrong between a test and its server."""

from __future__ import annotations

from typing import Any, Mapping, Sequence


class GatehouseError(AssertionError):
    """Something Gatehouse could not do, or did not do in time."""


class Refused(GatehouseError):
    """The control API answered with a problem."""

    def __init__(self, method: str, path: str, status: int, problem: str) -> None:
        super().__init__(f"{method} {path} answered {status}: {problem}")
        self.status = status


def _line(notification: Mapping[str, Any]) -> str:
    words = (notification.get(name) for name in ("id", "verdict", "status", "fate"))
    return " ".join(str(word) for word in words if word is not None)


class NotSatisfied(GatehouseError):
    """What a test waited for did not come, or something came that should not have."""

    def __init__(self, message: str, found: Sequence[Mapping[str, Any]], near_misses: Sequence[Mapping[str, Any]]) -> None:
        lines = [message, *(f"  found {_line(item)}" for item in found[:20])]
        for miss in near_misses:
            wrong = [
                f"{criterion['field']} is {criterion['actual']}, not {criterion['expected']}"
                for criterion in miss["criteria"]
                if not criterion["pass"]
            ]
            lines.append(f"  close: {_line(miss['notification'])}: {', '.join(wrong)}")
        super().__init__("\n".join(lines))

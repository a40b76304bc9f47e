"""The guided tour, as a newcomer sees it."""

from __future__ import annotations

import re

from gatehouse import run


def test_the_tour_ends_by_itself_and_tells_what_happened(binary, tmp_path):
    result = run(binary, "demo", timeout=30, cwd=tmp_path)
    told = result.stdout + result.stderr
    assert result.returncode == 0, told
    for word in ("delivered", "acknowledged", "accepted", "rejected", "discarded", "coalesced", "feedback"):
        assert word in told.lower(), f"nothing about {word}:\n{told}"
    assert re.search(r"\b8\b", told), f"the status of the rejected frame is missing:\n{told}"

"""The figures, as a table for people and as JSON for programs."""

from __future__ import annotations

import os
import platform
import statistics
from datetime import datetime, timezone


class Table:
    def __init__(self, bench):
        self.bench = bench
        self.rows: list[dict] = []

    def add(self, part: str, what: str, value: float, unit: str, **more) -> None:
        """`reference` and `ratio` belong to each figure that has something to be measured against."""
        self.rows.append({"part": part, "what": what, "value": value, "unit": unit} | more)

    def add_pairs(self, part: str, what: str, unit: str, pairs: list[tuple[float, float]], reference: str, **more):
        """Figures of several rounds, each beside the reference of its round: medians, and the ratio's own median."""
        ratios = [subject / other for subject, other in pairs if other]
        self.add(
            part,
            what,
            statistics.median(subject for subject, _ in pairs),
            unit,
            reference=reference,
            reference_value=statistics.median(other for _, other in pairs),
            ratio=statistics.median(ratios) if ratios else None,
            ratios=[round(ratio, 3) for ratio in ratios],
            **more,
        )

    def document(self) -> dict:
        return {
            "measured": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "quick": self.bench.quick,
            "machine": {"cores": os.cpu_count(), "processor": _processor(), "system": platform.platform()},
            "figures": self.rows,
        }

    def text(self) -> str:
        lines = [("part", "what", "figure", "reference", "ratio")]
        for row in self.rows:
            ratio = f"{row['ratio']:.2f}" if row.get("ratio") is not None else ""
            other = f"{_short(row['reference_value'])}  {row['reference']}" if "reference_value" in row else row.get(
                "reference", ""
            )
            lines.append((row["part"], row["what"], f"{_short(row['value'])} {row['unit']}", other, ratio))
        widths = [max(len(line[column]) for line in lines) for column in range(5)]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def _short(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()

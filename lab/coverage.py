#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Prints how much of each file was reached, from gcovr's JSON, and every gap with its explanation.

The explanations are a table of "file | regular expression of the source line | why". Explained or
not, a gap counts as one. Failures are a gap that nobody has explained, a core below its limits, and an
explanation that nothing needs any more, unless it says that the gap is there only "sometimes".
"""
import json
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
CORE = "module/core/"
LIMIT = {"lines": 98.0, "branches": 95.0}


class Counts:
    """Lines and branches, reached and in all."""

    def __init__(self):
        self.reached = {"lines": 0, "branches": 0}
        self.total = {"lines": 0, "branches": 0}

    def add(self, kind, reached, total):
        """Some more of them."""
        self.reached[kind] += reached
        self.total[kind] += total

    def merge(self, other):
        """Those of another."""
        for kind in self.total:
            self.add(kind, other.reached[kind], other.total[kind])

    def percent(self, kind):
        """Of nothing, nothing was reached: there are no counters."""
        return 100.0 * self.reached[kind] / max(1, self.total[kind])

    def row(self, name):
        """A line of the table."""
        cells = [f"{self.reached[k]:>5}/{self.total[k]:<5}{self.percent(k):6.1f} %" for k in self.total]
        return f"{name:<20} {'   '.join(cells)}"


class Gap:
    """A line that was not reached, or not with every outcome."""

    def __init__(self, name, number, missed, text):
        self.name, self.number, self.missed, self.text = name, number, missed, text
        self.why = None

    def explain(self, notes):
        """Find the reason among the notes."""
        for note in notes:
            if note.explains(self):
                self.why, note.used = note.why, True
                return

    def __str__(self):
        return f"{self.name}:{self.number}: {self.missed}: {self.text.strip()}\n\t{self.why or 'UNEXPLAINED'}"


class Note:
    """A line of the table of explanations."""

    def __init__(self, text):
        self.name, pattern, self.why = (part.strip() for part in text.split(" | ", 2))
        self.pattern, self.used, self.text = re.compile(pattern), False, text

    def explains(self, gap):
        """Whether it is about this gap."""
        return gap.name == self.name and self.pattern.search(gap.text)


def measure(entry, source):
    """One file's counts and gaps."""
    counts, gaps, name = Counts(), [], Path(entry["file"]).name
    for line in entry["lines"]:
        if line.get("gcovr/noncode"):
            continue
        number, text = line["line_number"], source[line["line_number"] - 1]
        taken = sum(1 for branch in line["branches"] if branch["count"])
        counts.add("lines", line["count"] > 0, 1)
        counts.add("branches", taken, len(line["branches"]))
        if not line["count"]:
            gaps.append(Gap(name, number, "not reached", text))
        elif taken < len(line["branches"]):
            missed = len(line["branches"]) - taken
            gaps.append(Gap(name, number, f"{missed} of {len(line['branches'])} branches", text))
    return counts, gaps


def notes_of(path):
    """The explanations; '#' starts a comment line."""
    lines = Path(path).read_text().splitlines()
    return [Note(line) for line in lines if line.strip() and not line.startswith("#")]


def checks_of(core, gaps, notes):
    """What must hold, and whether it does."""
    for kind, limit in LIMIT.items():
        yield f"{core.percent(kind):.1f} % of the core's {kind} are reached, at least {limit} %", \
            core.percent(kind) >= limit
    unexplained = sum(1 for gap in gaps if not gap.why)
    yield f"{len(gaps)} gaps, {unexplained} without an explanation", not unexplained
    stale = [note.text for note in notes if not note.used and not note.why.startswith("sometimes")]
    yield f"{len(notes)} explanations, {len(stale)} of nothing {' '.join(stale)}", not stale


def main():
    """Exit status 0 only without faults."""
    files = json.loads(Path(sys.argv[1]).read_text())["files"]
    notes = notes_of(sys.argv[2])
    core, total, gaps = Counts(), Counts(), []
    print(f"\n{'file':<20} {'lines':^19}   {'branches':^19}")
    for entry in sorted(files, key=lambda entry: entry["file"]):
        counts, own = measure(entry, (TOP / entry["file"]).read_text().splitlines())
        total.merge(counts)
        gaps += own
        name = Path(entry["file"]).name
        if entry["file"].startswith(CORE):
            core.merge(counts)
        print(counts.row(name))
    print(core.row("the core"))
    print(total.row("all") + "\n")
    for gap in gaps:
        gap.explain(notes)
        print(gap)
    print()
    checks = list(checks_of(core, gaps, notes))
    for number, (what, passed) in enumerate(checks, 1):
        print(f"{'ok' if passed else 'not ok'} {number} {what}")
    failed = sum(1 for _, passed in checks if not passed)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Looks for splats in a kernel's console: lines that match splats.deny and not splats.allow.

Both are tables of "regular expression | why". A suite declares what it provokes itself, a line
"# expect-splat: regular expression | why" for each; then the splat must appear. With allow-splat
instead it may, as some kernels have it and others not.
"""
import re
import sys
from pathlib import Path

LAB = Path(__file__).resolve().parent
DECLARED = re.compile(r"^# (expect|allow)-splat:\s*(.*)$")
STAMP = re.compile(r"^(<\d+>)?\[\s*\d+\.\d+\](\[\s*[TC]\d+\])?\s?")
CALL_TRACE = re.compile(r"^\s*Call [Tt]race:")
# How far below its first line a report's call trace can be: lockdep's are the longest.
REPORT_LINES = 150


class Rule:
    """A regular expression and the reason it is there for."""

    def __init__(self, text):
        pattern, _, why = text.rpartition(" | ")
        if not pattern or not why.strip():
            raise ValueError(f"no reason given: {text}")
        self.pattern, self.why = re.compile(pattern.strip()), why.strip()

    def found(self, line):
        """Whether the line matches."""
        return self.pattern.search(line)


def table(path):
    """The rules of a file; '#' starts a comment line."""
    lines = Path(path).read_text().splitlines()
    return [Rule(line) for line in lines if line.strip() and not line.startswith("#")]


def rules():
    """What is denied and what is allowed everywhere."""
    return table(LAB / "splats.deny"), table(LAB / "splats.allow")


def declared(suite, kind):
    """The splats that a suite expects, or allows."""
    matches = map(DECLARED.match, Path(suite).read_text().splitlines())
    return [Rule(match.group(2)) for match in matches if match and match.group(1) == kind]


def scan(console, deny_allow, expect=(), first=1):
    """Returns one line for each splat that must not be there, or is missing. The number of the first line is given."""
    deny, allow = deny_allow
    faults, seen, report = [], set(), -REPORT_LINES
    for number, raw in enumerate(console, first):
        line = STAMP.sub("", raw)
        if any(rule.found(line) for rule in allow):
            report = number
            continue
        awaited = [rule for rule in expect if rule.found(line)]
        seen.update(awaited)
        if awaited or any(rule.found(line) for rule in deny):
            report = number
            if not awaited:
                faults.append(f"splat on console line {number}: {line.strip()}")
        elif CALL_TRACE.match(line) and number - report >= REPORT_LINES:
            faults.append(f"call trace of an unknown report on console line {number}")
            report = number
    faults += [f"expected splat is missing: {rule.pattern.pattern} ({rule.why})"
               for rule in expect if rule not in seen]
    return faults


def main():
    """Scans the files named on the command line, or standard input."""
    paths = sys.argv[1:] or ["/dev/stdin"]
    faults = []
    for path in paths:
        faults += scan(Path(path).read_text(errors="replace").splitlines(), rules())
    print("\n".join(faults or ["no splats"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

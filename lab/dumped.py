#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Compares what drgn has read in a crash dump, FOLDER/dumped, with debugfs as it was, FOLDER/debugfs: KTAP.

usage: dumped.py FOLDER
"""
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
OBSERVE = TOP / "tools" / "observe"
sys.path.insert(0, str(OBSERVE))
import kwgdebugfs  # pylint: disable=wrong-import-position

# Of each table, some of what the suite has made: an empty one would be like another empty one.
MADE = {
    "groups": "incident-request-1 requests backup",
    "members": "order/1-2 order/1-4",
    "holders": "requests",
    "waiters": "incident device_exit kwgctl",
    "misuse": "failed",
}
# Who hangs, and in which line.
GUILTY = ("samples/incident/failures.c", "wait_event(answer")


def rows(folder, name):
    """A table without ages, which go on. The kernel has the size of a function behind its offset, up to the next one."""
    found = []
    for row in kwgdebugfs.table(folder, name):
        row.pop("AGE", None)
        found.append({key: re.sub(r"(\+0x[0-9a-f]+)/0x[0-9a-f]+", r"\1", str(value)) for key, value in row.items()})
    return found


def stacks(folder):
    """Folded, without the scheduler's frames, which the kernel leaves out."""
    folded = kwgdebugfs.stacks(kwgdebugfs.read(folder, "stacks"))
    return sorted((group, *kwgdebugfs.trimmed(frames), count) for (group, *frames), count in folded.items())


def same(before, after, what):
    """A test: equal, and what there has to be."""
    missing = [word for word in what.split() if word not in str(after)]
    lines = [f"debugfs: {row}" for row in before] + [f"dump:    {row}" for row in after]
    return before == after and not missing, lines + [f"not there: {word}" for word in missing]


def shown(folder, regex):
    """A test: kwgtop reads it as if it were debugfs."""
    command = [sys.executable, OBSERVE / "kwgtop", "--once", "-d", folder, "incident-request-1"]
    output = subprocess.run(command, capture_output=True, text=True, check=False)
    return bool(re.search(regex, output.stdout, re.DOTALL)), (output.stdout + output.stderr).splitlines()


def guilty(folder):
    """A test: the line is there in which a member hangs."""
    file, text = GUILTY
    number = next(n for n, line in enumerate((TOP / file).read_text().splitlines(), 1) if text in line)
    lines = kwgdebugfs.read(folder, "lines")
    return any(f"{file}:{number}" in line and "order_waits_for_answer" in line for line in lines), lines


def tests(folder):
    """What is looked at, each a name, whether it is so, and what there is."""
    before, after = folder / "debugfs", folder / "dumped"
    for name, what in MADE.items():
        yield f"{name} are those of debugfs", *same(rows(before, name), rows(after, name), what)
    yield "stacks are those of debugfs", *same(stacks(before), stacks(after), "order_waits_for_answer member_worker")
    yield "kwgtop shows who hangs", *shown(after, r"held by +order/1-2\[.*order_waits_for_answer.*waits +incident\[")
    yield "the line is named in which it hangs", *guilty(after)


def main():
    """A document of its own, behind that of the guest."""
    print("KTAP version 1\n1..8")
    try:
        for number, (name, good, lines) in enumerate(tests(Path(sys.argv[1])), 1):
            print(*([] if good else [f"# {line}" for line in lines]), f"{'ok' if good else 'not ok'} {number} {name}", sep="\n")
    except kwgdebugfs.TableError as error:
        print(f"# {error}")


if __name__ == "__main__":
    main()

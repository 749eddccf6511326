#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Compares what drgn has read in a crash dump, FOLDER/dumped, with debugfs as it was, FOLDER/debugfs: KTAP. Without the
latter a member has crashed the machine, so that nobody could look.

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
# Where a member hangs, and where one oopses: the function, and what is in its line.
FAILURES = "samples/incident/failures.c"
HANGS = ("order_waits_for_answer", "wait_event(answer")
OOPSES = ("order_charges_nobody", "order->customer->credit")


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


def guilty(folder, function, text):
    """A test: the line is there."""
    number = next(n for n, line in enumerate((TOP / FAILURES).read_text().splitlines(), 1) if text in line)
    lines = kwgdebugfs.read(folder, "lines")
    return any(f"{FAILURES}:{number}" in line and function in line for line in lines), lines


def joined(folder, who):
    """A test: somebody is a member."""
    rows = kwgdebugfs.table(folder, "members")
    return who in [row["COMM"] for row in rows], map(str, rows)


def crashed(after):
    """Of a member that has crashed the machine."""
    yield "who has oopsed is a member", *joined(after, "order/1-4")
    yield "the line is named in which it oopsed", *guilty(after, *OOPSES)


def tests(folder):
    """What is looked at, each a name, whether it is so, and what there is."""
    before, after = folder / "debugfs", folder / "dumped"
    if not before.exists():
        yield from crashed(after)
        return
    for name, what in MADE.items():
        yield f"{name} are those of debugfs", *same(rows(before, name), rows(after, name), what)
    yield "stacks are those of debugfs", *same(stacks(before), stacks(after), "order_waits_for_answer member_worker")
    yield "kwgtop shows who hangs", *shown(after, r"held by +order/1-2\[.*order_waits_for_answer.*waits +incident\[")
    yield "the line is named in which it hangs", *guilty(after, *HANGS)


def main():
    """A document of its own, behind that of the guest."""
    results = []
    try:
        results += tests(Path(sys.argv[1]))
    except kwgdebugfs.TableError as error:
        results.append(("all tables can be read", False, [str(error)]))
    print("KTAP version 1", f"1..{len(results)}", sep="\n")
    for number, (name, good, lines) in enumerate(results, 1):
        print(*([] if good else [f"# {line}" for line in lines]), f"{'ok' if good else 'not ok'} {number} {name}", sep="\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Decides whether a boot passed.

It did if the suite said so in so many words, if the machine was powered off in an orderly way, if
the console is free of splats that the suite does not declare, if every declared one is there, and
if all KTAP, read by the kernel's own parser, is free of failures. Of several suites in one boot each is
judged by what came from where it begins. Each breach is one line and counts as one failed test. With
--counts, "passed failed skipped" is written to a file.
"""
import argparse
import re
import sys
from pathlib import Path

import splat

SUCCESS = "lab: suite passed"
HUNG = 124
POWER_OFF = "reboot: Power (down|off)"
# Of a guest that begins with its next suite, in both logs.
NEXT = re.compile(r"^lab: next: ")
# A document starts at the margin; a "KTAP version" that is indented belongs to a subtest.
DOCUMENT = re.compile(r"^KTAP version \d+\s*$")


def parts(lines, count):
    """
    Splits a log into those of so many suites, each the number of its first line and its lines. What comes before the
    first belongs to it; of a suite that did not begin there are none.
    """
    begins = [n for n, line in enumerate(lines) if NEXT.match(splat.STAMP.sub("", line))][1:count]
    begins = [0] + begins + [len(lines)] * (count - len(begins))
    return [(begin + 1, lines[begin:end]) for begin, end in zip(begins, begins[1:])]


def documents(lines):
    """Splits a result into its top-level KTAP documents."""
    docs = []
    for line in lines:
        if DOCUMENT.match(line):
            docs.append([])
        if docs:
            docs[-1].append(line)
    return docs


def parse_ktap(lines, parser_dir):
    """Returns passed, failed, skipped and the complaints."""
    sys.path.insert(0, parser_dir)
    import kunit_parser  # pylint: disable=import-error,import-outside-toplevel
    passed = failed = skipped = 0
    faults = []
    for doc in documents(lines):
        counts = kunit_parser.parse_run_tests(doc).counts
        passed += counts.passed
        skipped += counts.skipped
        failed += counts.failed + counts.crashed
        if counts.errors and not counts.failed + counts.crashed:
            faults.append(f"the KTAP has {counts.errors} errors, see above")
    if passed + failed + skipped == 0:
        faults.append("no test was run: there is no KTAP in the result")
    return (passed, failed, skipped), faults


def boot_faults(args, result, console):
    """What is wrong with the boot itself."""
    faults = []
    told = [line for line in result if line.startswith("lab: suite ")]
    last = (Path(args.qemu_log).read_text(errors="replace").strip().splitlines() or ["?"])[-1]
    if args.qemu_status == HUNG:
        faults.append(f"the guest hung: {last}")
    elif args.qemu_status:
        faults.append(f"QEMU failed with status {args.qemu_status}: {last}")
    elif not told:
        faults.append("the suite did not come to its end")
    if told and told != [SUCCESS]:
        faults.append(f"the suite says: {told[-1][len('lab: '):]}")
    if not faults and not any(re.search(args.power_off, line) for line in console):
        faults.append("the guest did not power off in an orderly way")
    return faults


def lines_of(path):
    """A log's lines; one that was never written is empty."""
    if not Path(path).exists():
        return []
    return Path(path).read_text(errors="replace").replace("\r", "").split("\n")


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", required=True, action="append", help="more than one: in their order")
    parser.add_argument("--console", required=True)
    parser.add_argument("--result", required=True)
    parser.add_argument("--qemu-log", required=True)
    parser.add_argument("--qemu-status", type=int, required=True)
    parser.add_argument("--counts", required=True)
    parser.add_argument("--power-off", default=POWER_OFF, help="what the console says then")
    parser.add_argument("--kunit", help="folder of kunit_parser.py; without it KTAP is not read")
    return parser.parse_args()


def suite_faults(suite, console, result, parser_dir):
    """Counts of a suite's tests, and what is wrong with its part of the logs."""
    counts, faults = parse_ktap(result, parser_dir) if parser_dir else ((0, 0, 0), [])
    deny, allow = splat.rules()
    first, lines = console
    faults += splat.scan(lines, (deny, allow + splat.declared(suite, "allow")), splat.declared(suite, "expect"), first)
    return counts, faults


def main():
    """Prints what was found; exit status 0 only without failures."""
    args = arguments()
    console, result = lines_of(args.console), lines_of(args.result)
    faults = boot_faults(args, result, console)
    if faults:
        print("\n".join(["--- the console's last lines:"] + console[-25:] + ["---"]))
    passed = failed = skipped = 0
    several = len(args.suite) > 1
    for suite, part, (_, told) in zip(args.suite, parts(console, len(args.suite)), parts(result, len(args.suite))):
        counts, wrong = suite_faults(suite, part, told, args.kunit)
        passed, failed, skipped = (total + more for total, more in zip((passed, failed, skipped), counts))
        faults += [f"{Path(suite).name}: {fault}" if several else fault for fault in wrong]
    for fault in faults:
        print(f"FAILED: {fault}")
    failed += len(faults)
    if not args.kunit and not failed:
        passed = 1
    Path(args.counts).write_text(f"{passed} {failed} {skipped}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

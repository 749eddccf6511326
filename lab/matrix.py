#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
The table of a matrix: suites by kernels, with the seconds that each boot took, or FAIL.

usage: matrix.py [--junit FILE] [--json FILE] FOLDER

Standard input has a line for each cell, "KERNEL SUITE KEY"; FOLDER/KERNEL/SUITE.row what has come of it, if it
has that key. Exit status 0 only if all have passed.
"""
import argparse
import json
import sys
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import NamedTuple

WIDTH = 100


class Cell(NamedTuple):
    """One boot."""
    kernel: str
    suite: str
    verdict: str = "not run"
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: int = 0
    why: str = "it has not been run"
    log: str = ""

    def text(self):
        """For the table."""
        return {"passed": f"{self.seconds} s", "failed": "FAIL"}.get(self.verdict, "?")


def read(folder, kernel, suite, key):
    """What has come of a cell."""
    log = f"build/matrix/{kernel}/{suite}.log"
    row = folder / kernel / f"{suite}.row"
    words = row.read_text(encoding="utf-8", errors="replace").rstrip("\n").split("\t") if row.exists() else [""]
    if words[0] != key:
        return Cell(kernel, suite)
    return Cell(kernel, suite, words[3], *map(int, words[4:8]), words[8], log)


def columns(kernels):
    """A column's heading, its name in pieces below each other, and its width."""
    for kernel in kernels:
        pieces = kernel.split("-")
        yield kernel, pieces, max(6, *map(len, pieces))


def block(cells, suites, some):
    """The lines of one table."""
    first = max(map(len, suites))
    for row in range(max(len(pieces) for _, pieces, _ in some)):
        yield " " * first + "".join(f" {pieces[row] if row < len(pieces) else '':>{width}}"
                                    for _, pieces, width in some)
    for suite in suites:
        yield f"{suite:<{first}}" + "".join(
            f" {cells[kernel, suite].text() if (kernel, suite) in cells else '.':>{width}}"
            for kernel, _, width in some)


def table(cells):
    """As many kernels side by side as there is room for, the others below."""
    suites = sorted({cell.suite for cell in cells.values()})
    room = WIDTH - max(map(len, suites))
    some, used = [], 0
    for column in columns(dict.fromkeys(cell.kernel for cell in cells.values())):
        if some and used + column[2] + 1 > room:
            yield from block(cells, suites, some)
            yield ""
            some, used = [], 0
        some.append(column)
        used += column[2] + 1
    yield from block(cells, suites, some)


def junit(cells):
    """A suite of theirs for each kernel, a case for each boot."""
    root = xml.Element("testsuites", name="kwaitgroup")
    for kernel in dict.fromkeys(cell.kernel for cell in cells):
        mine = [cell for cell in cells if cell.kernel == kernel]
        suite = xml.SubElement(root, "testsuite", name=kernel, tests=str(len(mine)),
                               failures=str(sum(cell.verdict == "failed" for cell in mine)),
                               skipped=str(sum(cell.verdict == "not run" for cell in mine)),
                               time=str(sum(cell.seconds for cell in mine)))
        for cell in mine:
            case = xml.SubElement(suite, "testcase", classname=kernel, name=cell.suite, time=str(cell.seconds))
            if cell.verdict == "failed":
                xml.SubElement(case, "failure", message=cell.why).text = cell.log
            elif cell.verdict != "passed":
                xml.SubElement(case, "skipped", message=cell.why)
    xml.indent(root)
    return xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--junit")
    parser.add_argument("--json")
    parser.add_argument("folder", type=Path)
    return parser.parse_args()


def main():
    """Prints the table, why what is broken is broken, and the sum."""
    args = arguments()
    cells = [read(args.folder, *line.split()) for line in sys.stdin if line.strip()]
    broken = [cell for cell in cells if cell.verdict != "passed"]
    print("\n" + "\n".join(table({(cell.kernel, cell.suite): cell for cell in cells})) + "\n")
    for cell in broken:
        print(f"{cell.kernel} {cell.suite}: {cell.why}" + (f" ({cell.log})" if cell.log else ""))
    print(f"{len(cells) - len(broken)} of {len(cells)} cells passed: {sum(cell.passed for cell in cells)} tests passed, "
          f"{sum(cell.failed for cell in cells)} failed, {sum(cell.skipped for cell in cells)} skipped, "
          f"{sum(cell.seconds for cell in cells)} s of boots")
    if args.junit:
        Path(args.junit).write_text(junit(cells), encoding="utf-8")
    if args.json:
        Path(args.json).write_text(json.dumps({"cells": [cell._asdict() for cell in cells]}, indent=1)
                                   + "\n", encoding="utf-8")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

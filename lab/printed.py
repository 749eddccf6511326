#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Whether what texts say that a run has printed is what it prints: numbers apart, which differ from run to run.

usage: printed.py COUNTS-FILE OUTPUT TEXT...

Of the texts it looks at blocks behind a marker "printed", see doc_blocks.py: their lines are to be in the output, in
this order. What "..." stands for is left out. Writes "passed failed skipped" to a file.
"""
import re
import sys
from pathlib import Path

import doc_blocks

NUMBER = re.compile(r"0x[0-9a-f]+|\d+")


def general(line):
    """Without numbers, and the width of columns that goes by them."""
    return " ".join(NUMBER.sub("N", line).split())


def missing(block, output):
    """The first line that is not behind those before it, or None."""
    rest = iter(output)
    for line in block.text.splitlines():
        wanted = general(line)
        if wanted and wanted != "..." and wanted not in rest:
            return line
    return None


def printed(paths):
    """The blocks of texts."""
    for path in paths:
        yield from (b for b in doc_blocks.blocks(path, Path(path).read_text(encoding="utf-8")) if b.kind == "printed")


def main():
    """Exit status 0 only without failures."""
    counts, output, *texts = sys.argv[1:]
    lines = [general(line) for line in Path(output).read_text(encoding="utf-8").splitlines()]
    passed = failed = 0
    for number, block in enumerate(printed(texts), 1):
        line = missing(block, lines)
        passed, failed = passed + (line is None), failed + (line is not None)
        print(f"{'ok' if line is None else 'not ok'} {number} {block.path}:{block.line} is what is printed",
              *([] if line is None else [f"# {line}"]), sep="\n")
    # A check that looks at nothing proves nothing.
    failed += not passed + failed
    Path(counts).write_text(f"{passed} {failed} 0\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

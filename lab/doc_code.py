#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Makes of the C code in texts what a compiler takes.

usage: doc_code.py FOLDER TEXT...

FOLDER gets, with what "lab/lab static" does with it:
  TEXT_N.c           fragments: objects for the kernel's make
  modules/TEXT/NAME/ a driver and the Kbuild that the text has for it
  user/TEXT_N.c      programs
A block is a file if it includes something, statements if a marker says so or it has no function in it, else
functions. Errors are told with the line of the text.
"""
import re
import sys
from pathlib import Path

import doc_blocks

# What every fragment may use without a word.
INCLUDES = """\
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/kwaitgroup.h>
#include <linux/kwaitgroup_batch.h>
#include <linux/kwaitgroup_holder.h>
#include <linux/kwaitgroup_notify.h>
#include <linux/module.h>
#include <linux/percpu-refcount.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
"""
DEFINED = re.compile(r"^(?:static |struct |enum |int |void |bool |DEFINE_\w+\(|DECLARE_\w+\()[^;={]*?\b(\w+)\s*[\[({;=,)]", re.M)


def kind_of(block):
    """file, functions, statements."""
    if block.kind in ("file", "functions", "statements", "module", "Kbuild", "user", "given", "skip"):
        return block.kind
    if block.kind:
        raise SystemExit(f"{block.path}:{block.line}: no kind of block: {block.kind}")
    if "MODULE_LICENSE" in block.text:
        raise SystemExit(f"{block.path}:{block.line}: a driver wants a name: kwg: module NAME")
    if re.search(r"^#include", block.text, re.M):
        return "file"
    return "functions" if re.search(r"^(\w.*\)\n\{|(static|struct) .*[{;=])", block.text, re.M) else "statements"


def wrapped(block, kind, number):
    """What the compiler is told of it. "..." on a line of its own is whatever a driver does there."""
    text = re.sub(r"^(\s*)\.\.\.$", r"\1;", block.text, flags=re.M) if kind == "statements" else \
        re.sub(r"^(\s*)\.\.\.$", r"\1", block.text, flags=re.M)
    text = f'#line {block.line} "{block.path}"\n{text}'
    if kind == "statements":
        return f"static int kwg_block_{number}(void)\n{{\n{text}\treturn 0;\n}}\n"
    return text


class Unit:
    """A file for the compiler: blocks of one text that do not define the same."""

    def __init__(self, given):
        self.parts = [INCLUDES + given]
        self.names = set()

    def takes(self, names):
        """Whether nothing of these is in it."""
        return not self.names & names

    def add(self, text, names):
        """One more."""
        self.parts.append(text)
        self.names |= names


def name_of(path):
    """Of a file for a text."""
    return re.sub(r"\W", "_", path.rsplit(".", 1)[0]).lower()


def files(path, text):
    """(name, contents) of what is made of a text."""
    given, unit, number, made = "", None, 0, []
    units = []
    for block in doc_blocks.blocks(path, text):
        kind = block.kind if block.lang != "c" else kind_of(block)
        if kind == "Kbuild":
            made.append((f"modules/{name_of(path)}/{block.name}/Kbuild", block.text))
        if block.lang != "c" or kind == "skip":
            continue
        number += 1
        if kind == "given":
            given = f'#line {block.line} "{path}"\n{block.text}'
            unit = None
        elif kind == "module":
            made.append((f"modules/{name_of(path)}/{block.name}/{block.name}.c", f'#line {block.line} "{path}"\n{block.text}'))
        elif kind == "user":
            made.append((f"user/{name_of(path)}_{number}.c", f'#line {block.line} "{path}"\n{block.text}'))
        else:
            names = set() if kind == "statements" else set(DEFINED.findall(block.text))
            if kind == "file" or unit is None or not unit.takes(names):
                unit = Unit(given)
                units.append(unit)
            unit.add(wrapped(block, kind, number), names)
    made += [(f"{name_of(path)}_{n}.c", "\n".join(unit.parts)) for n, unit in enumerate(units)]
    return made


def main():
    """All texts."""
    folder = Path(sys.argv[1])
    for path in sys.argv[2:]:
        for name, contents in files(path, Path(path).read_text(encoding="utf-8")):
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(contents, encoding="utf-8")


if __name__ == "__main__":
    main()

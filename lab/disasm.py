#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Checks what kwaitgroup_done() costs when nobody has to be woken: looks at every way through
disasm_done() that ends in a return without a call, and says so if there is none, or one that has
not exactly one atomic read-modify-write and one conditional branch. What observes it, when it is turned
on, must be one static branch, which is a no-op until then.

On arm64 the function has two variants of the atomic, of which one is patched in at boot: both are
looked at. Its exclusive load and store are one atomic operation, and their retry is no branch.

usage: disasm.py OBJECT OBJDUMP
"""
import re
import subprocess
import sys

FUNCTION = "disasm_done"
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(\S.*)$")
RELOCATION = re.compile(r"^\s*[0-9a-f]+: R_\S+\s+(\S+)")
TARGET = re.compile(r"\s([0-9a-f]+) <")
ALTERNATIVE = re.compile(r"R_AARCH64_PREL32\s+\.text\+0x([0-9a-f]+)$")

# Of each entry of the jump table, the code that is patched comes first and the key last.
JUMP_ENTRY = re.compile(r"\s+\.text\+0x([0-9a-f]+)$")
JUMP_KEY = re.compile(r"\skwaitgroup_observed(\+|$)")
NOP = re.compile(r"^(nop|xchg %ax,%ax) ")

ATOMIC = re.compile(r"^lock |^xchg .*\(|^(ld(add|clr|eor|set)|swp|cas)\S* |^stl?xr ")
CONDITIONAL = re.compile(r"^j(?!mp)\w+ |^b\.\w+ |^[ct]bn?z ")
RETRY = re.compile(r"^cbnz ")
EXCLUSIVE_STORE = re.compile(r"^stl?xr ")
JUMP = re.compile(r"^(jmp|b) ")
CALL = re.compile(r"^(call|bl) ")
# What is called by nobody's choice: ftrace's patchable call.
NO_CALL = ("__fentry__",)
RETURN_SYMBOL = "__x86_return_thunk"


class Instruction:
    """One line of the disassembly, and the symbol its relocation names."""

    def __init__(self, address, text):
        self.address, self.text, self.symbol = address, text, None

    def target(self):
        """Where it jumps inside of the function, or None."""
        match = TARGET.search(self.text)
        return int(match.group(1), 16) if match and not self.symbol else None

    def returns(self):
        """Whether it leaves the function for its caller."""
        return bool(re.match(r"ret\b", self.text)) or (
            JUMP.match(self.text) and self.symbol == RETURN_SYMBOL)

    def leaves(self):
        """Whether it goes into another function."""
        return self.symbol not in NO_CALL and bool(
            CALL.match(self.text) or (JUMP.match(self.text) and self.symbol))


def objdump(tool, *args):
    """The tool's output, as lines; none if there is no such function or section."""
    return subprocess.run([tool, *args], check=False, capture_output=True, text=True).stdout.split("\n")


def disassemble(tool, path):
    """The function's instructions."""
    code = []
    for line in objdump(tool, "-dr", "--no-show-raw-insn", f"--disassemble={FUNCTION}", path):
        relocation, instruction = RELOCATION.match(line), INSTRUCTION.match(line)
        if relocation and code:
            code[-1].symbol = re.split(r"[-+]0x", relocation.group(1))[0]
        elif instruction and "R_" not in line:
            code.append(Instruction(int(instruction.group(1), 16),
                                    re.sub(r"\s+", " ", instruction.group(2)) + " "))
    return code


def alternatives(tool, path):
    """Addresses of instructions that are patched at boot."""
    lines = objdump(tool, "-r", "-j", ".altinstructions", path)
    return {int(match.group(1), 16) for match in map(ALTERNATIVE.search, lines) if match}


def static_branches(tool, path):
    """Addresses of instructions that are patched when somebody observes."""
    entry, found = [], []
    for line in objdump(tool, "-r", "-j", "__jump_table", path):
        match = JUMP_ENTRY.search(line)
        if match:
            entry.append(int(match.group(1), 16))
        elif JUMP_KEY.search(line):
            found.append(entry[0])
            entry = []
    return found


def fast_paths(code, patched):
    """All ways to a return without a call, without going round a loop."""
    index = {instruction.address: i for i, instruction in enumerate(code)}
    done, todo = [], [(0, ())]
    while todo:
        at, path = todo.pop()
        if at >= len(code) or at in path:
            continue
        here, path = code[at], path + (at,)
        if here.returns():
            done.append([code[i] for i in path])
            continue
        if here.leaves():
            continue
        jump = JUMP.match(here.text)
        if (jump or CONDITIONAL.match(here.text)) and here.target() in index:
            todo.append((index[here.target()], path))
        if not jump or here.address in patched:
            todo.append((at + 1, path))
    return done


def cost(path):
    """Atomic operations and conditional branches on a path."""
    atomics = sum(bool(ATOMIC.match(i.text)) for i in path)
    branches = sum(bool(CONDITIONAL.match(i.text)) for i in path)
    retries = sum(bool(RETRY.match(b.text) and EXCLUSIVE_STORE.match(a.text))
                  for a, b in zip(path, path[1:]))
    return atomics, branches - retries


def main():
    """Says nothing if all is well."""
    path, tool = sys.argv[1:]
    code = disassemble(tool, path)
    paths = fast_paths(code, alternatives(tool, path))
    faults = [f"{n} atomic operations and {m} branches" for n, m in map(cost, paths) if (n, m) != (1, 1)]
    if not paths:
        faults.append("no way to a return without a call")
    patched = static_branches(tool, path)
    nops = [i for i in code if i.address in patched and NOP.match(i.text)]
    if len(patched) != 1 or len(nops) != 1:
        faults.append(f"{len(patched)} static branches, {len(nops)} of them a no-op: not 1 and 1")
    for fault in faults:
        print(f"kwaitgroup_done: {fault}")
    if faults:
        print("\n".join(f"{i.address:4x}: {i.text}{i.symbol or ''}" for i in code))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

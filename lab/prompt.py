#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Does at a console what its prompt tells people to do, and looks at what comes.

usage: prompt.py COUNTS-FILE COMMAND...

The command has a terminal of 24 lines by 80 columns. What is to be typed are the lines that begin with a
"$", and the one with drgn where the guest has it. Writes "passed failed skipped" to a file.
"""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time
from pathlib import Path

PROMPT = "guest# $"
# No verdict depends on how fast the host is: long enough for any.
PATIENCE = 120
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
# The first word of a line: what must come, and the key that ends it.
ANSWERS = {
    "kwgtop": (r"held by +order/1-4\[.*stuck in +2 x order_waits_for_answer ", "q"),
    "kwgstacks": (r"2 incident-request-1\n.*member_worker.*order_waits_for_answer.*\n", ""),
    "kwgctl": (r"\ncount 1\n", ""),
    "drgn": (r"\n +1 incident-request-1 +2 yes ", ""),
}


class Console:
    """A command on a terminal of its own."""

    def __init__(self, command):
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.execvp(command[0], command)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.said = ""

    def read(self):
        """Some more of what it says; False at its end."""
        try:
            ready = select.select([self.terminal], [], [], 1)[0]
            new = os.read(self.terminal, 65536) if ready else None
        except OSError:
            return False
        if new:
            self.said += ESCAPES.sub("", new.decode(errors="replace"))
        return new != b""

    def comes(self, regex):
        """Whether that comes after what came before it. Takes it away, and all before it."""
        until = time.monotonic() + PATIENCE
        while not (found := re.search(regex, self.said, re.DOTALL)):
            if time.monotonic() > until or not self.read():
                return None
        told, self.said = self.said[:found.end()], self.said[found.end():]
        return told

    def type(self, text):
        """As from a keyboard."""
        os.write(self.terminal, text.encode())

    def ends(self):
        """Whether the command does, by itself and well. It hangs up with its terminal."""
        until = time.monotonic() + PATIENCE
        while self.read():
            if time.monotonic() > until:
                return False
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]) == 0


def typed(console, line):
    """Whether it does what it says, and gives the prompt back."""
    regex, key = ANSWERS[line.split()[0]]
    console.type(f"{line}\n")
    # What was typed comes back, and is no answer.
    if not console.comes("\n") or console.comes(regex) is None:
        return False
    console.type(key)
    return console.comes(PROMPT) is not None


def checks(console):
    """What there is to see, one after the other: whether it is so, and what it is."""
    told = console.comes(PROMPT)
    lines = re.findall(r"^(?:\$ |  (?=drgn ))([^\n]*)", told or "", re.MULTILINE)
    yield len(lines) >= 3, "the prompt says what to type"
    yield max(map(len, (told or "").split("\n")[-15:])) < 80, "it fits into 80 columns"
    for line in lines:
        yield typed(console, line), line
    console.type("exit\n")
    yield console.ends(), "exit ends the machine"


def main():
    """Exit status 0 only without failures."""
    counts, *command = sys.argv[1:]
    console = Console(command)
    passed = failed = 0
    for number, (good, what) in enumerate(checks(console), 1):
        passed, failed = passed + good, failed + (not good)
        print(f"{'ok' if good else 'not ok'} {number} {what}", flush=True)
        if not good:
            print("".join(f"# {line}\n" for line in console.said.split("\n")[-40:]), flush=True)
    Path(counts).write_text(f"{passed} {failed} 0\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Runs a guest and ends it when it hangs: when it says nothing, or talks and ends no test.

usage: watch.py [--silence SECONDS] [--longest SECONDS] [--text] [--first-failure] CONSOLE RESULT COMMAND...

How long all of it takes does not matter. Silence is counted in the time that the host gave the guest,
and the limits are multiplied by what the guest measured of its machine at its start. A line of the
console or the result ends a silence; a test that ends, or a line of its own that says how far it is,
shows that the suite goes on. With --first-failure the guest has told enough with its first failure.

Says how long it took, and how much of the host's processors' time. Exit status: the command's, or 124 with
a line that says how it hung.
"""
import argparse
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

HUNG = 124
INTERVAL = 0.5
MACHINE = re.compile(r"^lab: machine (\d+)")
# KTAP's lines and comments; what else is in a result comes from the kernel's log.
PROGRESS = re.compile(r"^\s*(ok |not ok |# |1\.\.|KTAP version |lab: )")
FAILURE = re.compile(r"EXPECTATION FAILED|ASSERTION FAILED|^\s*not ok |^\s*# hangs\?")


class Log:
    """A file that grows, line by line."""

    def __init__(self, path):
        self.path, self.offset, self.rest = Path(path), 0, ""

    def lines(self):
        """Those that are new and complete."""
        try:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                new = file.read()
        except FileNotFoundError:
            return []
        self.offset += len(new)
        *lines, self.rest = (self.rest + new.decode(errors="replace")).replace("\r", "").split("\n")
        return lines


class Judge:
    """Decides, from what is said and the time that passes, whether a guest goes on."""

    def __init__(self, silence, longest, ktap=True):
        self.silence, self.longest, self.ktap = silence, longest, ktap
        self.machine = 1
        self.silent = self.stuck = 0.0
        self.booted = self.failed = False

    def hear(self, console, result):
        """New lines of both."""
        if console or result:
            self.silent = 0.0
        self.booted = self.booted or bool(result)
        if not self.booted:
            self.stuck = 0.0
        for line in result:
            measured = MACHINE.match(line)
            if measured:
                self.machine = max(int(measured.group(1)), 1)
            if not self.ktap or PROGRESS.match(line):
                self.stuck = 0.0
            self.failed = self.failed or bool(FAILURE.search(line))

    def wait(self, seconds):
        """Time that the guest has had. Returns how it hangs, if it does."""
        self.silent += seconds
        self.stuck += seconds
        if self.silent > self.silence * self.machine:
            return f"it has said nothing for {self.silent:.0f} s"
        if self.stuck > self.longest * self.machine:
            return f"no test has ended for {self.stuck:.0f} s"
        return None


def schedule(pid):
    """Nanoseconds that a process's threads have run, and have waited to run."""
    ran = waited = 0
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            words = path.read_text().split()
        except OSError:
            continue
        ran, waited = ran + int(words[0]), waited + int(words[1])
    return ran, waited


def given(seconds, ran, waited):
    """Of this time, that in which its threads had a processor or asked for none."""
    wanted = ran + waited
    return seconds - min(seconds, wanted) * waited / wanted if wanted else seconds


class Clock:
    """The time that the host gives a process: without that in which it waited for a processor."""

    def __init__(self, pid):
        self.pid, self.before, self.last = pid, schedule(pid), time.monotonic()

    def elapsed(self):
        """Since the last call. A host that stood still has given nothing."""
        now, spent = time.monotonic(), schedule(self.pid)
        seconds = min(now - self.last, 4 * INTERVAL)
        ran, waited = (max(new - old, 0) / 1e9 for new, old in zip(spent, self.before))
        self.last, self.before = now, spent
        return given(seconds, ran, waited)


def follow(guest, args):
    """Until it ends or hangs. Returns how, if it is to be ended."""
    console, result = Log(args.console), Log(args.result)
    judge, clock = Judge(args.silence, args.longest, not args.text), Clock(guest.pid)
    while True:
        try:
            guest.wait(INTERVAL)
            return None
        except subprocess.TimeoutExpired:
            pass
        judge.hear(console.lines(), result.lines())
        if args.first_failure and judge.failed:
            return ""
        hung = judge.wait(clock.elapsed())
        if hung:
            return hung


def end(guest):
    """Politely, and then not."""
    guest.terminate()
    try:
        guest.wait(5)
    except subprocess.TimeoutExpired:
        guest.kill()
        guest.wait()


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--silence", type=float, default=120)
    parser.add_argument("--longest", type=float, default=900)
    parser.add_argument("--first-failure", action="store_true")
    parser.add_argument("--text", action="store_true", help="the result is for people, not KTAP")
    parser.add_argument("console")
    parser.add_argument("result")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    return parser.parse_args()


def main():
    """The exit status is what the guest's verdict begins with."""
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    start = time.monotonic()
    with subprocess.Popen(args.command, stdin=subprocess.DEVNULL) as guest:
        try:
            hung = follow(guest, args)
        finally:
            if guest.poll() is None:
                end(guest)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"took {time.monotonic() - start:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of processors", file=sys.stderr)
    if hung:
        print(hung, file=sys.stderr)
        return HUNG
    return guest.returncode if guest.returncode >= 0 else 128 - guest.returncode


if __name__ == "__main__":
    sys.exit(main())

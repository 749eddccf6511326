# SPDX-License-Identifier: GPL-2.0
"""The terminal of a live view: plain ANSI and termios. Whatever ends the program leaves it as it was."""
import os
import select
import signal
import sys
import termios
import time
import tty
from contextlib import contextmanager


def stop(number, _frame):
    """A signal that ends the program ends it by way of all "finally"."""
    raise SystemExit(128 + number)


@contextmanager
def screen():
    """The alternate screen, keys one by one, and a pipe that becomes readable on SIGWINCH."""
    before, (reading, writing) = termios.tcgetattr(sys.stdin), os.pipe()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    signal.signal(signal.SIGWINCH, lambda number, frame: None)
    # A stop would leave the shell with this screen.
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    try:
        tty.setcbreak(sys.stdin)
        signal.set_wakeup_fd(writing)
        sys.stdout.write("\x1b[?1049h\x1b[?25l")
        yield reading
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        sys.stdout.write("\x1b[?25h\x1b[?1049l")
        sys.stdout.flush()


def key_until(deadline, resized):
    """A key, b"" for a new size of the terminal, or None at the deadline."""
    stdin = sys.stdin.fileno()
    ready = select.select([stdin, resized], [], [], max(0, deadline - time.monotonic()))[0]
    if resized in ready:
        os.read(resized, 4096)
        return b""
    # The end of the input is no key either, and would come again and again.
    return os.read(stdin, 1) or b"q" if ready else None

# SPDX-License-Identifier: GPL-2.0
"""
The tables in /sys/kernel/debug/kwaitgroup, read for the tools beside this file.

A table is a header and rows of columns between white space; only the last column may contain some. A newer module may
have more columns than are known here, at any place: what a value is, the header says.
"""
import re
from pathlib import Path

# The one of the tree, or the copy of it that is installed beside this file.
VERSION = Path(__file__).with_name("VERSION").read_text(encoding="ascii").strip()

DIRECTORY = "/sys/kernel/debug/kwaitgroup"

COLUMNS = {
    "groups": "ID NAME COUNT WAITERS FLAGS AGE REGISTERED-BY",
    "members": "ID GROUP PID COMM STATE AGE COOKIE JOINED-BY",
    "holders": "ID GROUP AGE COOKIE TAKEN-BY",
    "waiters": "ID GROUP PID COMM STATE AGE WAITING-IN",
    "batches": "ID NAME OVER TOTAL RUNNING LIMIT ERROR PID COMM",
    "waits": "ID NAME WAITS ABORTED TOTAL-US MAX-US HISTOGRAM",
    "sites": "ID NAME ADDED FINISHED SITE",
    "totals": "ID NAME ADDED FINISHED PEAK GENERATIONS",
    "misuse": "SEQ TIME KIND COUNT PID COMM GROUP CALLER",
}
NUMBERS = {"ID", "COUNT", "PID", "SEQ", "WAITS", "ABORTED", "TOTAL-US", "MAX-US", "ADDED", "FINISHED",
           "PEAK", "GENERATIONS", "OVER", "TOTAL", "RUNNING", "ERROR"}


# How a task sleeps, innermost, and how it came to run, outermost: not what a reader looks for.
SCHEDULER = re.compile(r"(__|io_|preempt_)*schedule(_.*)?|context_switch|__switch_to(_asm)?")
ENTRY = re.compile(r"ret_from_fork(_asm)?|kthread|do_syscall_64|x64_sys_call|entry_SYSCALL_64.*")


class TableError(Exception):
    """A table that cannot be had, or does not look as it should: one line that says so."""


def read(directory, name):
    """The lines of a file."""
    path = Path(directory, name)
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except PermissionError:
        raise TableError(f"{path}: permission denied: debugfs is for root") from None
    except FileNotFoundError:
        raise TableError(f"{path} is not there: is kwaitgroup.ko loaded, and debugfs mounted?") from None
    except OSError as error:
        raise TableError(f"{path}: {error.strerror}") from None


def convert(column, text):
    """A column's value: a number where it is one, an age in seconds."""
    if column in NUMBERS:
        return int(text)
    if column == "AGE":
        return int(text.removesuffix("s"))
    if column == "TIME":
        return float(text)
    return text


def table(directory, name):
    """The rows of a table, each a dictionary by the names of those of its columns that are known."""
    lines, known, rows = read(directory, name), set(COLUMNS[name].split()), []
    columns = lines[0].split() if lines else []
    if not known.issubset(columns):
        raise TableError(f"{directory}/{name}:1: not the columns {COLUMNS[name]}")
    for number, line in enumerate(lines[1:], 2):
        words = line.split(maxsplit=len(columns) - 1)
        try:
            rows.append({c: convert(c, w) for c, w in zip(columns, words, strict=True) if c in known})
        except ValueError:
            raise TableError(f"{directory}/{name}:{number}: not a row of {' '.join(columns)}: {line}") from None
    return rows


def stats(directory):
    """The counters of "stats"."""
    values = {}
    for number, line in enumerate(read(directory, "stats"), 1):
        match = re.fullmatch(r"(\w+) (-?\d+)", line)
        if not match:
            raise TableError(f"{directory}/stats:{number}: not a key and a number: {line}")
        values[match.group(1)] = int(match.group(2))
    return values


def stacks(lines):
    """Folded stacks, equal ones added up: a dictionary from tuples of frames to counts."""
    folded = {}
    for number, line in enumerate(lines, 1):
        frames, _, count = line.rpartition(" ")
        if not frames or not count.isdigit():
            raise TableError(f"stacks:{number}: not a folded stack: {line}")
        if not int(count):
            continue
        key = tuple(frames.split(";"))
        folded[key] = folded.get(key, 0) + int(count)
    return folded


def trimmed(frames):
    """A stack, outermost first, without the scheduler's frames and those of how its task was started."""
    middle = list(frames)
    while len(middle) > 1 and SCHEDULER.fullmatch(middle[-1]):
        middle.pop()
    while len(middle) > 1 and ENTRY.fullmatch(middle[0]):
        middle.pop(0)
    return middle


def histogram(text):
    """The column HISTOGRAM: a list of (upper bound in microseconds, count)."""
    if text == "-":
        return []
    pairs = (part.split(":") for part in text.split(","))
    return [(float(bound), int(count)) for bound, count in pairs]


def function(site):
    """The function of a call site such as group_begin+0x2f/0x60 [module]."""
    return site.split("+", 1)[0]

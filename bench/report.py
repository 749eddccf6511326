#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
What the bench has measured, for people: a table on the terminal, and with --folder bench/RESULTS.md, results.svg and
results.json there, and what has changed since these were made.

usage: report.py [--folder FOLDER] [--condition "NAME: VALUE"]... LOG...

A log is what a guest or the kernel has printed: lines with "bench: ". Of times all figures are there, one of each
round. A row's figure is their median; its ratio to another row is the median of the ratios within the rounds, and its
spread half of the distance between the quartiles, as a part of the median. Where that is too wide there is no result.
"""
import argparse
import json
import re
import sys
import textwrap
from pathlib import Path
from statistics import median, quantiles

import chart
import paper

LINE = re.compile(r"bench: (count|time|wake|spawn|reuse|size|machine) (.*)")
# What a spread must not be above, for a figure that says something.
SPREAD = 0.15
COLUMNS = 100
LIMIT = "bare-pair"
# Ours, in each of the families; everything else is a peer.
LEGEND = ("Marked with * is ours. Instructions and atomic operations are exact, and the same on each machine; those whose "
          "atomic operations are not known are the least of many tries. Nanoseconds "
          "are medians of all rounds, of the fastest try in each, and only their ratios say something: to the limit, a bare atomic64_t that is "
          "incremented and decremented, and to the best, the fastest of the others in the same table. What is unsteady, "
          f"its middle half more than {SPREAD:.0%} off, is no result.")
OURS = {"add+done", "try_add+done", "join+leave", "add+adopt+leave", "hold+release", "add+done,last", "wait",
        "wait,named", "try_wait", "group,stack", "group,heap", "register+unregister", "group", "group,10000-others",
        "percpu_add+done", "percpu_try_add+done", "percpu_group,and-a-long-per-CPU", "percpu_group", "percpu_group,expedited", "run", "batch", "batch,kept", "member", "holder", "waiter,on-its-stack", "kwaitgroup.ko"}
# Peers with a counter of each processor's own: a different bargain, see the family's text.
SCALING = {"percpu_ref", "percpu_ref_tryget_live"}
FAMILIES = {
    "pair": "A member comes and goes, nobody waits",
    "last": "The same, and it is the last one: does somebody wait?",
    "zero": "A wait that need not wait",
    "life": "Made, used once, waited for, gone",
}


def spread(samples):
    """How far the middle half of them is apart, on each side, as a part of the median."""
    low, middle, high = quantiles(samples, n=4)
    return (high - low) / 2 / middle if middle else 0


class Row:
    """Figures of one thing, one a round."""

    def __init__(self, samples, scale=1):
        self.samples = [s / scale for s in samples]

    def median(self):
        """Of all rounds."""
        return median(self.samples)

    def steady(self, base=None):
        """Whether it says something, alone or as a ratio."""
        return spread(self.ratios(base) if base else self.samples) <= SPREAD

    def ratios(self, base):
        """To another row, round by round."""
        return [a / b for a, b in zip(self.samples, base.samples) if b]

    def ratio(self, base):
        """The one in the middle."""
        return median(self.ratios(base))


class Results:
    """What was in the logs."""

    def __init__(self):
        self.counts, self.families, self.times = {}, {}, {}
        self.wakes, self.spawns, self.reuses, self.sizes, self.machine = {}, {}, {}, {}, ""

    def read(self, text):
        """All lines that are ours. What comes again, comes instead."""
        for line in text.replace("\r", "").split("\n"):
            match = LINE.search(line)
            if match:
                getattr(self, "read_" + match.group(1))(*match.group(2).split())

    def read_count(self, name, clock, _steps, atomics):
        """Instructions and atomic operations of one."""
        self.counts[name] = (float(clock), None if atomics == "-" else int(atomics))

    def read_time(self, name, family, cpus, own, *samples):
        """Hundredths of nanoseconds."""
        self.families[name] = family
        self.times[name, int(cpus), own] = Row(map(int, samples), 100)

    def read_wake(self, name, waiters, what, *samples):
        """Nanoseconds."""
        self.wakes[name, int(waiters), what] = Row(map(int, samples))

    def read_spawn(self, name, number, *samples):
        """Nanoseconds."""
        self.spawns[name, int(number)] = Row(map(int, samples))

    def read_reuse(self, name, *samples):
        """Nanoseconds."""
        self.reuses[name] = Row(map(int, samples))

    def read_size(self, name, size):
        """Bytes."""
        self.sizes[name] = int(size)

    def read_machine(self, release, processor, number):
        """Of the times."""
        self.machine = f"Linux {release}, {processor}, {number} processors"


def decimal(number, digits=2):
    """Without zeroes that say nothing."""
    return f"{number:.{digits}f}"


class Table:
    """Rows of text: a title, a note, columns."""

    def __init__(self, title, note, columns):
        self.title, self.note, self.columns, self.rows = title, note, columns, []

    def add(self, *cells):
        """One row."""
        self.rows.append([str(cell) for cell in cells])

    def text(self):
        """Aligned, for a terminal."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows)]
        rule = "  ".join("-" * width for width in widths)
        lines = [f"== {self.title}"] + textwrap.wrap(self.note, COLUMNS) + ["", self.aligned(self.columns, widths), rule]
        return "\n".join(lines + [self.aligned(row, widths) for row in self.rows]) + "\n"

    @staticmethod
    def aligned(cells, widths):
        """A name to the left, figures to the right."""
        first, *rest = [cell.rjust(width) for cell, width in zip(cells, widths)]
        return "  ".join([first.strip().ljust(widths[0])] + rest).rstrip()

    def markdown(self):
        """The same."""
        rule = "|---|" + "---:|" * (len(self.columns) - 1)
        rows = ["| " + " | ".join(row) + " |" for row in [self.columns] + self.rows]
        note = [self.note, ""] if self.note else []
        return "\n".join([f"## {self.title}", ""] + note + [rows[0], rule] + rows[1:]) + "\n"


def mark(name):
    """Who reads the table looks for our rows."""
    return f"* {name}" if name in OURS or name.split(":")[-1] in OURS else f"  {name}"


def count_cells(counts, name):
    """Instructions, atomic operations."""
    if name not in counts:
        return ["-", "-"]
    instructions, atomics = counts[name]
    return [decimal(instructions).removesuffix(".00"), "-" if atomics is None else atomics]


def time_cells(row, base, best):
    """Nanoseconds, their ratio to the limit and to the best peer of the same round."""
    if not row:
        return ["-", "-", "-"]
    if not row.steady():
        return ["unsteady", "-", "-"]
    cells = [decimal(row.median(), 1)]
    for other in base, best:
        cells.append(decimal(row.ratio(other)) if other and row.steady(other) else "-")
    return cells


def best_peer(results, family, key=(1, "one")):
    """The fastest of the family that is not ours, a limit, or another bargain."""
    rows = [results.times[name, *key] for name in results.families if results.families[name] == family and
            name not in OURS | SCALING | {LIMIT} and (name, *key) in results.times]
    return min(rows, key=Row.median, default=None)


def family_table(results, family):
    """Its rows with one processor, by their time."""
    table = Table(FAMILIES[family], "", ["", "instructions", "atomics", "ns", "to the limit", "to the best"])
    base, best = results.times.get((LIMIT, 1, "one")), best_peer(results, family)
    names = [name for name, is_of in results.families.items() if is_of == family]
    for name in sorted(names, key=lambda n: results.times[n, 1, "one"].median()):
        row = results.times[name, 1, "one"]
        table.add(mark(name), *count_cells(results.counts, name), *time_cells(row, base, best))
    return table


def processors_table(results):
    """Pairs that several processors do at once."""
    kinds = sorted({key[1:] for key in results.times}, key=lambda k: (k[0], k[1] == "one"))
    note = ("Nanoseconds until each of the processors has done one, and their ratio to the bare pair's: "
            "each with a group of its own, or all with the same one.")
    heads = [f"{cpus} cpu" if cpus == 1 else f"{cpus} cpus, {'own' if own == 'own' else 'same'}" for cpus, own in kinds]
    table = Table("Several processors at once", note, [""] + heads)
    for name in [n for n, family in results.families.items() if family == "pair"]:
        cells = []
        for kind in kinds:
            row, base = results.times.get((name, *kind)), results.times.get((LIMIT, *kind))
            steady = row and row.steady()
            cells.append(f"{row.median():.0f} ({row.ratio(base):.2f})" if steady and base else "unsteady" if row else "-")
        table.add(mark(name), *cells)
    return table


def microseconds(row):
    """Of nanoseconds, if they say something."""
    if not row:
        return "-"
    return decimal(row.median() / 1000, 1) if row.steady() else "unsteady"


def wake_names(results):
    """In the order of the log."""
    return list(dict.fromkeys(key[0] for key in results.wakes))


def wake_table(results):
    """From the call that wakes until waiters are back."""
    note = ("Microseconds from the call that wakes; until the waiter in the middle (p50), 99 of 100 (p99) are back from "
            "their wait. call: that call itself. Medians of all rounds.")
    table = Table("Those who sleep are woken", note, ["", "waiters", "call", "p50", "p99"])
    for waiters in sorted({key[1] for key in results.wakes}):
        for name in wake_names(results):
            rows = [results.wakes.get((name, waiters, what)) for what in ("call", "p50", "p99")]
            if any(rows):
                table.add(mark(name), waiters, *map(microseconds, rows))
    return table


def sleep_table(results):
    """Counts of waits that sleep."""
    kinds = ["sleep", "wake-1", "wake-10", "wake-100"]
    note = ("Instructions, the least of many. whole wait: armed, slept, woken, returned, with both switches between the "
            "threads. wake N: the call that wakes so many; a group leaves those above 32 to a work item.")
    table = Table("Those who sleep, in instructions", note, ["", "whole wait", "wake 1", "wake 10", "wake 100"])
    for name in dict.fromkeys(key.split(":")[1] for key in results.counts if ":" in key):
        table.add(mark(name), *[count_cells(results.counts, f"{kind}:{name}")[0] for kind in kinds])
    return table


def spawn_table(results):
    """Threads and work items."""
    numbers = sorted({key[1] for key in results.spawns})
    note = "Microseconds to start so many, which have nothing to do, and to wait for all. Medians of all rounds."
    table = Table("Started and waited for", note, [""] + [str(number) for number in numbers])
    for name in dict.fromkeys(key[0] for key in results.spawns):
        table.add(mark(name), *[microseconds(results.spawns[name, number]) for number in numbers])
    return table


def reuse_table(results):
    """Counters of each processor's own, from open to open."""
    note = ("Microseconds to let nobody in any more, wait until nobody is left, and open again: percpu_ref is killed, "
            "confirmed, waited for and initialised again, a group drained and initialised again. Nobody is in, so this is "
            "the grace period that both wait for.")
    table = Table("Closed, waited for, opened", note, ["", "one", "x percpu_ref"])
    base = results.reuses.get("percpu_ref")
    for name, row in results.reuses.items():
        steady = base and row.steady(base)
        table.add(mark(name), microseconds(row), decimal(row.ratio(base)) if steady else "unsteady")
    return table


def paper_table(results):
    """Larger machines than there are."""
    note = (f"Worked out, not measured, from the counts above; a line takes {paper.SAME_SOCKET} ns from a processor of the "
            f"same socket and {paper.OTHER_SOCKET} from another's. All make pairs on one group: how many in a microsecond, "
            "all together. from: the small group is no limit where each processor makes a pair less often than that; "
            "where it is, one that scales pays.")
    table = Table("On paper: up to 512 processors", note, ["sockets", "line, ns", "group", "percpu_group", "from, us"])
    for row in paper.rows(results.counts["add+done"], results.counts["percpu_add+done"]):
        table.add(*row)
    return table


def size_table(results):
    """Bytes."""
    table = Table("Bytes", "What each takes; kwaitgroup.ko is the module's code and data.", ["", "bytes"])
    for name, size in results.sizes.items():
        table.add(mark(name), size)
    return table


def tables(results):
    """All that there are figures for."""
    found = [family_table(results, family) for family in FAMILIES if family in results.families.values()]
    for there, make in ((results.times, processors_table), (any(":" in n for n in results.counts), sleep_table),
                        (results.wakes, wake_table), (results.spawns, spawn_table), (results.reuses, reuse_table),
                        ({"add+done", "percpu_add+done"} <= results.counts.keys(), paper_table),
                        (results.sizes, size_table)):
        if there:
            found.append(make(results))
    return found


def figures(results):
    """What is kept for the next time: counts, sizes, and ratios that are steady."""
    base = results.times.get((LIMIT, 1, "one"))
    return {
        "counts": {name: count[0] for name, count in results.counts.items()},
        "atomics": {name: count[1] for name, count in results.counts.items() if count[1] is not None},
        "sizes": results.sizes,
        "times to the limit's": {key[0]: round(row.ratio(base), 2) for key, row in results.times.items()
                                 if base and key[1:] == (1, "one") and row.steady(base)},
    }


def changes(old, new):
    """Lines that say what is another figure now. A time has changed if it is a tenth off."""
    lines = []
    for kind, values in new.items():
        for name, value in values.items():
            was = old.get(kind, {}).get(name)
            slack = 0.1 * was if was and kind.startswith("times") else 0
            if was is not None and abs(value - was) > slack:
                lines.append(f"{name}: {kind} {was:g} -> {value:g}")
        lines += [f"{name}: {kind} {was:g} -> none" for name, was in old.get(kind, {}).items() if name not in values]
    return lines


def write(folder, results, conditions, diff):
    """The files of a result."""
    head = ["<!-- Made by `make bench`. -->", "# What a wait group costs, beside what drivers use today", "", LEGEND, ""]
    head += [f"- {condition}" for condition in conditions]
    head += ["", "![ratios](results.svg)", ""]
    text = "\n".join(head) + "\n" + "\n".join(table.markdown() for table in tables(results))
    if diff:
        text += "\n## Since the last result\n\n" + "\n".join(f"- {line}" for line in diff) + "\n"
    (folder / "RESULTS.md").write_text(text)
    (folder / "results.svg").write_text(chart.draw(bars(results)))
    (folder / "results.json").write_text(json.dumps(figures(results), indent=1) + "\n")


def bars(results):
    """What the picture shows: of each pair and wait the instructions, and the time to the limit's."""
    base = results.times.get((LIMIT, 1, "one"))
    found = []
    for family in FAMILIES:
        rows = []
        for name in [n for n, is_of in results.families.items() if is_of == family and n in results.counts]:
            row = results.times[name, 1, "one"]
            ratio = row.ratio(base) if base and row.steady(base) else None
            rows.append((name, results.counts[name][0], ratio, name in OURS))
        if rows:
            found.append((FAMILIES[family], sorted(rows, key=lambda r: r[1])))
    return found


def main():
    """The table, and the files if there is a folder for them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--condition", action="append", default=[])
    parser.add_argument("logs", nargs="+", type=Path)
    args = parser.parse_args()
    results = Results()
    for log in args.logs:
        results.read(log.read_text(errors="replace"))
    if not results.counts and not results.times:
        print("report.py: no figures in " + ", ".join(map(str, args.logs)), file=sys.stderr)
        return 1
    conditions = [f"machine: {results.machine}"] + args.condition
    print("\n".join(conditions + [""] + textwrap.wrap(LEGEND, COLUMNS)) + "\n")
    print("\n".join(table.text() for table in tables(results)))
    if args.folder:
        last = args.folder / "results.json"
        old = json.loads(last.read_text()) if last.exists() else None
        diff = changes(old, figures(results)) if old else ["there was none"]
        write(args.folder, results, conditions, diff)
        print("== Since the last result\n" + "\n".join(f"  {line}" for line in diff or ["nothing has changed"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

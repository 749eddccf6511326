#!/usr/bin/env drgn
# SPDX-License-Identifier: GPL-2.0
"""
The registered wait groups of a running kernel, or of one that has crashed, by drgn.

    drgn -s kwaitgroup.ko kwgdrgn.py
    drgn -c vmcore -s vmlinux -s kwaitgroup.ko kwgdrgn.py

From drgn 0.0.30 on, "--extra-symbols kwaitgroup.ko" instead of the running kernel's "-s kwaitgroup.ko".

It prints what debugfs has in "groups", when there is no debugfs any more. From drgn's prompt, list(groups(prog))
gives the same as tuples. The kwaitgroup.ko is the one of the build: installed ones have no debugging
information.
"""
from typing import NamedTuple

from drgn import FaultError, Object, ProgramFlags
from drgn.helpers.linux.list import hlist_for_each_entry

# As in linux/kwaitgroup.h: minus the count, flags, and the newest waiter's ticket. Macros are not in the
# debugging information.
COUNT_SHIFT = 32
FLAGS = {"C": 1 << 31, "D": 1 << 30, "B": 1 << 29}
TICKET_MASK = (1 << 27) - 1


class Group(NamedTuple):
    """One registered group."""
    number: int
    name: str
    count: int
    waiters: bool
    flags: str
    caller: str
    address: int


def decode(state):
    """The word of a group: (count, whether somebody waits, flags)."""
    flags = "".join(letter for letter, bit in FLAGS.items() if state & bit)
    return -(state >> COUNT_SHIFT), bool(state & TICKET_MASK), flags or "-"


def peek(wg):
    """The same of a group that may be gone: freed, and not unregistered."""
    try:
        return decode(wg.state.counter.value_())
    except FaultError:
        return 0, False, "G"


def text(array):
    """A string in the kernel, which need not be of ASCII in a crash."""
    return array.string_().decode("ascii", "replace")


def buckets(prog):
    """
    The groups' hash table. Walking the XArray beside it would take the types of vmlinux. A running kernel
    says itself where the table is; drgn would need vmlinux for that, too.
    """
    table = prog.variable("kwg_addresses", "registry.c")
    if not prog.flags & ProgramFlags.IS_LIVE:
        return table
    with open("/proc/kallsyms", encoding="ascii") as symbols:
        for address, _, name, *module in map(str.split, symbols):
            if (name, module) == ("kwg_addresses", ["[kwaitgroup]"]):
                return Object(prog, table.type_, address=int(address, 16))
    raise LookupError("/proc/kallsyms has no kwg_addresses: is kwaitgroup.ko loaded?")


def groups(prog):
    """All registered groups, in no order. On a running kernel they come and go meanwhile."""
    for bucket in buckets(prog):
        for entry in hlist_for_each_entry("struct kwg_entry", bucket.address_of_(), "by_address"):
            count, waiters, flags = peek(entry.wg)
            yield Group(entry.id.value_(), text(entry.name), count, waiters, flags, text(entry.caller),
                        entry.wg.value_())


def main(prog):
    """A line for each, by number."""
    layout = "{:>10} {:31} {:>11} {:7} {:5} {:18} {}"
    print(layout.format("ID", "NAME", "COUNT", "WAITERS", "FLAGS", "ADDRESS", "REGISTERED-BY"))
    for group in sorted(groups(prog)):
        print(layout.format(group.number, group.name, group.count, "yes" if group.waiters else "no",
                            group.flags, hex(group.address), group.caller))


if __name__ == "__main__":
    # drgn runs a script with the program that it has opened as this variable.
    main(globals()["prog"])

# SPDX-License-Identifier: GPL-2.0
"""
What a pair of add and done takes where all processors of a large machine make them on one group: worked out from
what was counted, and from how long a cache line is under way.

A word that everybody writes is in one place at a time, so its atomic operations come one after the other, each after a
transfer from whoever was there before: from the same socket or from another, as often as there are processors in each.
"""
from typing import NamedTuple

# Nanoseconds; of large servers of the last years, by what others have published. Those of your machine are told by
# `perf c2c`, or by a program that sends a line back and forth.
SAME_SOCKET, OTHER_SOCKET = 60, 140
# And of what stays at home: two instructions in a nanosecond's third, an atomic operation in twenty of its cycles.
INSTRUCTION, ATOMIC = 1 / 6, 20 / 3
# Sockets, processors of each.
MACHINES = (1, 4), (1, 16), (1, 64), (2, 64), (4, 64), (8, 64)


class Machine(NamedTuple):
    """One of so many sockets, so many processors in each."""
    sockets: int
    each: int

    @property
    def processors(self):
        """All of them."""
        return self.sockets * self.each

    @property
    def transfer(self):
        """Nanoseconds, if whoever had the line last is any other of them."""
        same = (self.each - 1) / (self.processors - 1)
        return same * SAME_SOCKET + (1 - same) * OTHER_SOCKET


def alone(instructions, atomics):
    """Nanoseconds of an operation whose lines are at home."""
    return instructions * INSTRUCTION + atomics * ATOMIC


def rows(small, scaling):
    """
    For each machine, of a small group and one that scales, (instructions, atomic operations) of a pair: processors, line
    transfer in ns, pairs in a microsecond of all of them, twice, and how often a processor may make a pair of the small
    group before it waits for the others, in microseconds.
    """
    for machine in (Machine(*sizes) for sizes in MACHINES):
        together = small[1] * machine.transfer
        yield (f"{machine.sockets} x {machine.each}", round(machine.transfer), round(1000 / together, 1),
               round(1000 * machine.processors / alone(*scaling)), round(machine.processors * together / 1000, 1))

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A small stand-in for herd7: check C litmus tests against the kernel's model.

It enumerates every candidate execution of a test and evaluates the axioms of
tools/memory-model/linux-kernel.cat on it: coherence, atomicity, happens-before
and propagation. What it knows is marked accesses, atomic_t operations, fences
and spinlocks; a test with anything else (plain accesses, RCU, addresses in
variables) is refused. herd7 is the reference, this is for where it is missing.

usage: lkmm.py test.litmus ...
"""
import itertools
import operator
import re
import sys

sys.dont_write_bytecode = True          # nothing is built beside the sources
from litmus_parser import Refused, parse  # pylint: disable=wrong-import-position

COMPUTE = {"||": lambda a, b: int(bool(a) or bool(b)),
           "\\/": lambda a, b: int(bool(a) or bool(b)),
           "&&": lambda a, b: int(bool(a) and bool(b)),
           "/\\": lambda a, b: int(bool(a) and bool(b)),
           "==": operator.eq, "=": operator.eq, "!=": operator.ne,
           "<": operator.lt, ">": operator.gt, "<=": operator.le,
           ">=": operator.ge, "+": operator.add, "-": operator.sub}
FENCES = {"smp_mb": "mb", "smp_rmb": "rmb", "smp_wmb": "wmb"}


# Running one thread: the values that its reads return are given.

class Event:
    """One access or fence. kind R, W or F; tag once, acquire, lock, mb, ..."""

    def __init__(self, thread, kind, where, value, tag, ctrl, data=()):
        self.thread, self.kind, self.where, self.value = thread, kind, where, value
        self.tag, self.ctrl, self.data = tag, frozenset(ctrl), frozenset(data)
        self.rmw = None         # the write of this read's RMW, and back


class NeedValue(Exception):
    """The thread reads here, and nobody has said yet what."""


class Run:
    def __init__(self, thread, reads):
        self.thread, self.reads = thread, list(reads)
        self.events, self.registers, self.ctrl = [], {}, set()

    def emit(self, kind, where, value, tag, data=()):
        event = Event(self.thread, kind, where, value, tag, self.ctrl, data)
        self.events.append(event)
        return event

    def load(self, where, tag, only=None):
        if not self.reads:
            raise NeedValue(where if only is None else None)
        return self.emit("R", where, self.reads.pop(0), tag)

    def exchange(self, where, ordering, compute, expected=None, data=()):
        """An RMW: returns its read. compute makes the new value of the old."""
        if ordering not in ("", "_relaxed", "_acquire", "_release"):
            raise Refused(f"ordering {ordering}")
        before = len(self.events)
        if ordering == "":
            self.emit("F", None, None, "mb")
        read = self.load(where, "acquire" if ordering == "_acquire" else "once")
        if expected is not None and read.value != expected:
            read.tag = "once"           # a failed cmpxchg orders nothing
            del self.events[before:-1]
            return read
        write = self.emit("W", where, compute(read.value),
                          "release" if ordering == "_release" else "once", data)
        read.rmw, write.rmw = write, read
        if ordering == "":
            self.emit("F", None, None, "mb")
        return read

    def call(self, name, args):
        where = args[0][1] if args and args[0][0] == "name" else None
        if name in FENCES:
            self.emit("F", None, None, FENCES[name])
        elif name in ("READ_ONCE", "atomic_read"):
            return self.loaded(self.load(where, "once"))
        elif name in ("smp_load_acquire", "atomic_read_acquire"):
            return self.loaded(self.load(where, "acquire"))
        elif name in ("WRITE_ONCE", "atomic_set", "smp_store_release",
                      "atomic_set_release"):
            value, data = self.evaluate(args[1])
            self.emit("W", where, value, "release" if "release" in name else "once", data)
        elif name == "spin_lock":
            read = self.load(where, "lock")
            if read.value != 0:
                raise Refused("never: the lock is not free")
            write = self.emit("W", where, 1, "locked")
            read.rmw, write.rmw = write, read
        elif name == "spin_unlock":
            self.emit("W", where, 0, "unlock")
        else:
            return self.atomic(name, args)
        return 0, frozenset()

    def atomic(self, name, args):
        m = re.fullmatch(r"(?:atomic_)?(xchg|cmpxchg)(_\w+)?", name)
        if m:
            where = args[0][1]
            value, data = self.evaluate(args[-1])
            expected = self.evaluate(args[1])[0] if m.group(1) == "cmpxchg" else None
            return self.loaded(self.exchange(where, m.group(2) or "",
                                             lambda old: value, expected, data))
        m = re.fullmatch(r"atomic_(add|sub)_return(_\w+)?", name)
        if not m:
            raise Refused(f"{name}()")
        amount, data = self.evaluate(args[0])
        amount = amount if m.group(1) == "add" else -amount
        read = self.exchange(args[1][1], m.group(2) or "",
                             lambda old: old + amount, data=data)
        return read.value + amount, frozenset([read])

    @staticmethod
    def loaded(read):
        return read.value, frozenset([read])

    def evaluate(self, tree):
        """The value of an expression, and the reads that it depends on."""
        if tree[0] == "number":
            return tree[1], frozenset()
        if tree[0] == "name":
            if tree[1] not in self.registers:
                raise Refused(f"plain access to {tree[1]}")
            return self.registers[tree[1]]
        if tree[0] == "call":
            return self.call(tree[1], tree[2])
        if tree[0] == "unary":
            value, data = self.evaluate(tree[2])
            return (int(not value) if tree[1] == "!" else -value), data
        left, one = self.evaluate(tree[2])
        right, two = self.evaluate(tree[3])
        return int(COMPUTE[tree[1]](left, right)), one | two

    def body(self, statements):
        for statement in statements:
            if statement[0] == "if":
                value, data = self.evaluate(statement[1])
                self.ctrl |= data
                self.body(statement[2] if value else statement[3])
            elif statement[0] == "do":
                value = self.evaluate(statement[2])
                if statement[1]:
                    self.registers[statement[1]] = value
        return self


def runs_of(thread, body, values):
    """All runs of a thread whose reads return any of the values of a place."""
    todo = [[]]
    while todo:
        reads = todo.pop()
        try:
            yield Run(thread, reads).body(body)
        except NeedValue as need:
            todo += [reads + [v] for v in sorted(values(need.args[0]))]
        except Refused as why:
            if not str(why).startswith("never"):
                raise


def all_runs(test):
    """Each thread's runs; the values grow until no run writes a new one."""
    known = {}

    def values(where):
        return known.setdefault(where, {test["init"].get(where, 0)})

    while True:
        runs = [list(runs_of(i, body, values)) for i, body in enumerate(test["threads"])]
        before = sum(map(len, known.values()))
        for run in itertools.chain(*runs):
            for e in run.events:
                if e.kind == "W" and -100 < e.value < 100:
                    values(e.where).add(e.value)
        if before == sum(map(len, known.values())):
            return runs


# Relations are sets of pairs.

def seq(*relations):
    result = relations[0]
    for relation in relations[1:]:
        after = {}
        for b, c in relation:
            after.setdefault(b, []).append(c)
        result = {(a, c) for a, b in result for c in after.get(b, ())}
    return result


def star(relation, everything):
    result = {(e, e) for e in everything}
    while True:
        more = result | seq(result, relation)
        if more == result:
            return result
        result = more


def acyclic(relation):
    remaining = set(relation)
    while remaining:
        sources = {a for a, _ in remaining}
        smaller = {(a, b) for a, b in remaining if b in sources}
        if smaller == remaining:
            return False
        remaining = smaller
    return True


class Fixed:
    """What of an execution does not depend on who reads from whom."""

    def __init__(self, runs):
        self.m = [e for run in runs for e in run.events if e.kind != "F"]
        self.same = {(e, e) for e in self.m}
        self.po, self.fences = set(), {"mb": set(), "rmb": set(), "wmb": set()}
        for run in runs:
            for i, j in itertools.combinations(range(len(run.events)), 2):
                self.pair(run.events, i, j)
        self.writes = {}
        for e in self.m:
            if e.kind == "W":
                self.writes.setdefault(e.where, []).append(e)

    def pair(self, events, i, j):
        a, b = events[i], events[j]
        if "F" in (a.kind, b.kind) or a.rmw is b:
            return
        self.po.add((a, b))
        between = {e.tag for e in events[i:j] if e.kind == "F"}
        if "mb" in between:
            self.fences["mb"].add((a, b))
        if "rmb" in between and a.kind == b.kind == "R":
            self.fences["rmb"].add((a, b))
        if "wmb" in between and a.kind == b.kind == "W":
            self.fences["wmb"].add((a, b))


def allowed(fixed, rf, co):
    """linux-kernel.cat, as far as marked accesses go; the same names."""
    def external(relation):
        return {(a, b) for a, b in relation if a.thread != b.thread}

    def internal(relation):
        return {(a, b) for a, b in relation if a.thread == b.thread}

    po, mb, wmb = fixed.po, fixed.fences["mb"], fixed.fences["wmb"]
    fr = {(r, w) for o, r in rf for x, w in co if x is o and r.rmw is not w}
    for o, r in rf:                     # atomicity
        if r.rmw and any((o, w) in co and (w, r.rmw) in co for w in fixed.writes[r.where]):
            return False
        if r.rmw and (r.rmw, o) in co:
            return False
    po_loc = {(a, b) for a, b in po if a.where == b.where}
    if not acyclic(po_loc | rf | co | fr):
        return False
    acq_po = {(a, b) for a, b in po if a.tag in ("acquire", "lock")}
    po_rel = {(a, b) for a, b in po if b.tag in ("release", "unlock")}
    unlock = {(a, b) for a, b in po | fixed.same if b.tag == "unlock"}
    lock = {(a, b) for a, b in po | rf if a.tag == "unlock" and b.tag == "lock"}
    po_unlock_lock_po = seq({(a, b) for a, b in unlock if a is not b}, lock, po)
    rwdep = {(r, w) for w in fixed.m if w.kind == "W" for r in w.ctrl | w.data
             if r is not w.rmw}
    dep_rfi = seq({(r, w) for w in fixed.m for r in w.data}, internal(rf))
    ppo = (rwdep | dep_rfi | internal((co | fr) & po) | mb | po_rel | acq_po | wmb |
           fixed.fences["rmb"] | internal(po_unlock_lock_po))
    rfe = external({(w, r) for w, r in rf if w.thread >= 0})
    rfe_opt = rfe | fixed.same
    rmw = {(r, r.rmw) for r in fixed.m if r.kind == "R" and r.rmw}
    rmw_sequence = star(seq(rf, rmw), fixed.m)
    cumul = seq(seq(rfe_opt, mb | po_rel) | wmb | po_unlock_lock_po, rmw_sequence)
    prop = seq(external(co | fr) | fixed.same, star(cumul, fixed.m), rfe_opt)
    hb = ppo | rfe | {(a, b) for a, b in internal(prop) if a is not b}
    pb = seq(prop, mb, star(hb, fixed.m))
    return acyclic(hb) and acyclic(pb)


def orders(init, writes):
    """Every coherence order of one place, as a set of pairs."""
    for order in itertools.permutations(writes):
        yield set(itertools.combinations((init,) + order, 2))


def executions(test, runs):
    fixed = Fixed(runs)
    start = {where: Event(-1, "W", where, test["init"].get(where, 0), "once", ())
             for where in {e.where for e in fixed.m}}
    reads = [e for e in fixed.m if e.kind == "R"]
    choices = [[w for w in fixed.writes.get(r.where, []) + [start[r.where]]
                if w.value == r.value] for r in reads]
    places = [list(orders(start[where], writes)) for where, writes in fixed.writes.items()]
    for sources in itertools.product(*choices):
        rf = set(zip(sources, reads))
        for order in itertools.product(*places):
            co = set().union(*order)
            if allowed(fixed, rf, co):
                yield co


def holds(test, tree, runs, co):
    if tree[0] == "number":
        return tree[1]
    if tree[0] == "register":
        return runs[tree[1]].registers.get(tree[2], (0,))[0]
    if tree[0] == "name":
        last = [w for _, w in co if w.where == tree[1] and not any(a is w for a, _ in co)]
        return last[0].value if last else test["init"].get(tree[1], 0)
    if tree[0] == "unary":
        value = holds(test, tree[2], runs, co)
        return int(not value) if tree[1] == "!" else -value
    return COMPUTE[tree[1]](holds(test, tree[2], runs, co), holds(test, tree[3], runs, co))


def check(test):
    """(Never | Sometimes | Always, executions that satisfy it, executions)."""
    positive = total = 0
    for runs in itertools.product(*all_runs(test)):
        for co in executions(test, runs):
            total += 1
            positive += bool(holds(test, test["condition"], runs, co))
    word = "Never" if not positive else "Always" if positive == total else "Sometimes"
    return word, positive, total


def main():
    bad = 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        try:
            test = parse(text)
            word, positive, total = check(test)
        except Refused as why:
            print(f"{path}: refused: {why}")
            continue
        bad += word != test["result"]
        print(f"{path}: {word} {positive}/{total}, expected {test['result']}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

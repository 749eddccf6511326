#!/usr/bin/env drgn
# SPDX-License-Identifier: GPL-2.0
"""
Wait groups of a kernel that has crashed, or of one that runs, by drgn.

    drgn -c vmcore -s vmlinux -s kwaitgroup.ko kwgdrgn.py [-o FOLDER] [TABLE...]
    drgn -s kwaitgroup.ko kwgdrgn.py [TABLE...]

The tables are those of debugfs, by their names there: groups (if none is named), members, holders, waiters, stacks,
misuse and stats. One that debugfs does not have is "lines": the stack of each member and waiter with files and
lines. With -o all of them are written to a folder, which the other tools read as if it were debugfs:

    kwgtop --once -d FOLDER REGEX
    kwgstacks -d FOLDER

The kwaitgroup.ko is the one of the build: installed ones have no debugging information. Functions of other modules have
names without theirs, and lines with it: -s for each. A running kernel needs no vmlinux, but for "stacks" and "lines";
from drgn 0.0.30 on it is "--extra-symbols kwaitgroup.ko" there.
"""
import argparse
import sys
import time
from pathlib import Path
from typing import NamedTuple

from drgn import FaultError, Object, ProgramFlags, container_of
from drgn.helpers.linux.cpumask import for_each_possible_cpu
from drgn.helpers.linux.list import hlist_for_each_entry
from drgn.helpers.linux.percpu import per_cpu_ptr
from drgn.helpers.linux.rbtree import rbtree_inorder_for_each_entry
from drgn.helpers.linux.sched import task_state_to_char

# As in linux/kwaitgroup.h: minus the count, flags, and the newest waiter's ticket. Macros are not in the
# debugging information.
COUNT_SHIFT = 32
FLAGS = {"C": 1 << 31, "D": 1 << 30, "B": 1 << 29}
TICKET_MASK = (1 << 27) - 1
# What the word has more while a wait begins, see module/percpu/gather.c.
PERCPU_BIAS = 0x40000000 // 2
NSEC = 10**9


class Kernel:
    """Where things are, and what they are called."""

    def __init__(self, prog):
        self.prog = prog
        self.live = bool(prog.flags & ProgramFlags.IS_LIVE)
        self.addresses = {}
        if self.live:
            self.addresses = live_addresses()
        else:
            self.name_modules()
        self.hertz = None

    def name_modules(self):
        """Functions of modules that there is no debugging information for."""
        try:
            from drgn.helpers.linux.kallsyms import load_module_kallsyms
        except ImportError:
            return
        self.prog.register_symbol_finder("module_kallsyms", load_module_kallsyms(self.prog), enable_index=-1)

    def variable(self, name, file):
        """
        One of kwaitgroup.ko's. A running kernel says itself where it is; drgn would need vmlinux for that, too.
        """
        found = self.prog.variable(name, file)
        if not self.live:
            return found
        return Object(self.prog, found.type_, address=self.addresses[name, "[kwaitgroup]"])

    def jiffies(self):
        """The 64 bits of it."""
        address = self.addresses["jiffies_64", None] if self.live else self.prog.symbol("jiffies_64").address
        return Object(self.prog, "unsigned long long", address=address).value_()

    def hz(self):
        """Jiffies in a second: in a dump the clock that counts them has it, else it is what fits the time since boot."""
        if not self.hertz and self.live:
            now = time.clock_gettime(time.CLOCK_MONOTONIC)
            self.hertz = min((100, 250, 300, 1000), key=lambda hz: abs(self.uptime(hz) - now))
        elif not self.hertz:
            clock = self.prog.variable("clocksource_jiffies")
            self.hertz = round(NSEC / (clock.mult.value_() >> clock.shift.value_()))
        return self.hertz

    def uptime(self, hz):
        """Seconds since boot, without those of suspend. Jiffies begin five minutes before 32 bits are full."""
        return (self.jiffies() - (2**32 - 300 * hz)) / hz

    def joined_for(self, jiffies):
        """Seconds since then."""
        return max(self.jiffies() - jiffies, 0) // self.hz()

    def since(self, nanoseconds):
        """Seconds since that time after boot."""
        return max(int(self.uptime(self.hz()) - nanoseconds / NSEC), 0)

    def state(self, task):
        """As ps has it; of a running kernel ps' own, as the letters are in vmlinux."""
        if not self.live:
            return task_state_to_char(task)
        try:
            stat = Path(f"/proc/{task.pid.value_()}/stat").read_text(encoding="ascii", errors="replace")
        except OSError:
            return "?"
        return stat.rpartition(")")[2].split()[0]

    def module(self, address):
        """ " [name]" if the address is in a module, as the kernel prints it."""
        if self.live:
            return ""
        try:
            name = self.prog.module(address).name
        except (AttributeError, LookupError):
            return ""
        return "" if name == "kernel" else f" [{name}]"

    def function(self, address, offset=True):
        """What is there, as %pS has it but for the size, or as %ps."""
        try:
            symbol = self.prog.symbol(address)
        except LookupError:
            return hex(address)
        place = f"+{hex(address - symbol.address)}" if offset else ""
        return f"{symbol.name}{place}{self.module(address)}"


def live_addresses():
    """Those of /proc/kallsyms, by name and module: those that are asked for."""
    wanted = {"kwg_addresses", "kwg_shards", "kwg_chunks", "kwg_chunks_end", "kwg_buckets", "kwg_bucket_bits", "kwg_rings",
              "kwg_misuse_count", "kwg_misuse_kinds", "kwg_stalls", "jiffies_64"}
    found = {}
    with open("/proc/kallsyms", encoding="ascii") as symbols:
        for address, _, name, *module in map(str.split, symbols):
            if name in wanted:
                found[name, module[0] if module else None] = int(address, 16)
    if ("kwg_addresses", "[kwaitgroup]") not in found:
        raise LookupError("/proc/kallsyms has no kwg_addresses: is kwaitgroup.ko loaded?")
    return found


class Group(NamedTuple):
    """One registered group."""
    number: int
    name: str
    count: int
    waiters: bool
    flags: str
    age: int
    caller: str
    address: int


class Member(NamedTuple):
    """Of a group, known by name. A holder has no task."""
    group: int
    task: Object
    age: int
    cookie: int
    site: int


class Waiter(NamedTuple):
    """A task that sleeps in a wait."""
    group: int
    task: Object
    age: int
    site: int


def decode(state):
    """The word of a group: (count, whether somebody waits, flags)."""
    flags = "".join(letter for letter, bit in FLAGS.items() if state & bit)
    return -(state >> COUNT_SHIFT), bool(state & TICKET_MASK), flags or "-"


def percpu_count(wg, count):
    """Of a group with a counter for each CPU: all of them, and the word."""
    group = container_of(wg, "struct kwaitgroup_percpu", "wg")
    counters = group.count
    if group.gathering:
        counters = group.counters
        count -= PERCPU_BIAS if count >= PERCPU_BIAS // 2 else 0
    if counters:
        count += sum(per_cpu_ptr(counters, cpu)[0].value_() for cpu in for_each_possible_cpu(wg.prog_))
    return count


def peek(entry):
    """The same of a group that may be gone: freed, and not unregistered."""
    try:
        count, waiters, flags = decode(entry.wg.state.counter.value_())
        return percpu_count(entry.wg, count) if entry.is_percpu else count, waiters, flags
    except FaultError:
        return 0, False, "G"


def text(array):
    """A string in the kernel, which need not be of ASCII in a crash."""
    return array.string_().decode("ascii", "replace")


def comm(task):
    """The name of a process, as one column: it chooses its name."""
    return "".join(c if c.isascii() and c.isprintable() and c != " " else "_" for c in text(task.comm)) or "_"


def entries(kernel):
    """The registered groups, in no order: walking the XArray beside the table would take the types of vmlinux."""
    for bucket in kernel.variable("kwg_addresses", "registry.c"):
        yield from hlist_for_each_entry("struct kwg_entry", bucket.address_of_(), "by_address")


def groups(kernel):
    """All registered groups, by number. On a running kernel they come and go meanwhile."""
    found = []
    for entry in entries(kernel):
        count, waiters, flags = peek(entry)
        found.append(Group(entry.id.value_(), text(entry.name), count, waiters, flags,
                           kernel.since(entry.registered_ns.value_()), text(entry.caller), entry.wg.value_()))
    return sorted(found)


def records(kernel):
    """Memberships: of each shard its slot, and those in its lists."""
    for shard in kernel.variable("kwg_shards", "shard.c"):
        slot = shard.slot
        if slot.task and slot.member:
            yield slot
        yield from rbtree_inorder_for_each_entry(kernel.prog.type("struct kwg_record"), shard.by_task.address_of_(),
                                                 "by_task")


def members(kernel):
    """Members by name, in the order of debugfs."""
    for record in records(kernel):
        yield Member(record.wg.value_(), record.task, kernel.joined_for(record.joined.value_()), record.cookie.value_(),
                     record.ip.value_())


def holders(kernel):
    """Those that are no tasks. Of a record whose number is even nobody holds a group."""
    chunks = kernel.variable("kwg_chunks", "chunk.c")
    for index in range(kernel.variable("kwg_chunks_end", "chunk.c").value_()):
        for hold in chunks[index].holds if chunks[index] else ():
            if hold.seq.value_() & 1:
                yield Member(hold.wg.value_(), None, kernel.joined_for(hold.taken.value_()), hold.cookie.value_(),
                             hold.ip.value_())


def waiters(kernel):
    """Of all buckets, those that are tasks."""
    buckets = kernel.variable("kwg_buckets", "table.c")
    for index in range(2 << kernel.variable("kwg_bucket_bits", "table.c").value_()):
        for waiter in rbtree_inorder_for_each_entry(kernel.prog.type("struct kwg_waiter"),
                                                    buckets[index].waiters.address_of_(), "node"):
            if not waiter.notify:
                yield Waiter(waiter.wg.value_(), waiter.task, kernel.since(waiter.since_ns.value_()),
                             waiter.ip.value_())


def labels(kernel):
    """Numbers and names of groups, by their address."""
    return {group.address: (group.number, group.name) for group in groups(kernel)}


ANONYMOUS = (0, "?")


def frames(kernel, member):
    """A member's stack as debugfs has it, outermost function first: inlined ones are not functions there."""
    trace = stack(kernel, member.task)
    # A return address may be that of the next function.
    found = [kernel.function(frame.pc - (not frame.interrupted), offset=False)
             for frame in trace if not frame.is_inline] if trace else []
    if not found:
        found = [f"[{'running' if kernel.state(member.task) == 'R' else 'unknown'}]",
                 kernel.function(member.site, offset=False)]
    return ";".join(reversed(found))


def stack(kernel, task):
    """drgn's, or None: of a running kernel that takes vmlinux, and a task that is not on a processor."""
    try:
        return kernel.prog.stack_trace(task)
    except (LookupError, ValueError, TypeError, FaultError):
        return None


# The tables, line by line.

def groups_table(kernel):
    """As debugfs has it."""
    yield f"{'ID':>10} {'NAME':31} {'COUNT':>11} {'WAITERS':7} {'FLAGS':5} {'AGE':>9} REGISTERED-BY"
    for group in groups(kernel):
        yield (f"{group.number:10} {group.name:31} {group.count:11} {'yes' if group.waiters else 'no':7} "
               f"{group.flags:5} {group.age:8}s {group.caller}")


def members_table(kernel):
    """As debugfs has it."""
    known = labels(kernel)
    yield f"{'ID':>10} {'GROUP':31} {'PID':>7} {'COMM':15} STATE {'AGE':>9} {'COOKIE':18} JOINED-BY"
    for member in members(kernel):
        number, name = known.get(member.group, ANONYMOUS)
        yield (f"{number:10} {name:31} {member.task.pid.value_():7} {comm(member.task):15} "
               f"{kernel.state(member.task):5} {member.age:8}s {member.cookie:<#18x} {kernel.function(member.site)}")


def holders_table(kernel):
    """As debugfs has it."""
    known = labels(kernel)
    yield f"{'ID':>10} {'GROUP':31} {'AGE':>9} {'COOKIE':18} TAKEN-BY"
    for holder in holders(kernel):
        number, name = known.get(holder.group, ANONYMOUS)
        yield f"{number:10} {name:31} {holder.age:8}s {holder.cookie:<#18x} {kernel.function(holder.site)}"


def waiters_table(kernel):
    """As debugfs has it."""
    known = labels(kernel)
    yield f"{'ID':>10} {'GROUP':31} {'PID':>7} {'COMM':15} STATE {'AGE':>9} WAITING-IN"
    for waiter in waiters(kernel):
        number, name = known.get(waiter.group, ANONYMOUS)
        yield (f"{number:10} {name:31} {waiter.task.pid.value_():7} {comm(waiter.task):15} "
               f"{kernel.state(waiter.task):5} {waiter.age:8}s {kernel.function(waiter.site)}")


def stacks_table(kernel):
    """As debugfs has it: folded stacks."""
    known = labels(kernel)
    for member in members(kernel):
        yield f"{known.get(member.group, ANONYMOUS)[1]};{frames(kernel, member)} 1"


def misuse_table(kernel):
    """As debugfs has it."""
    yield f"{'SEQ':>6} {'TIME':>14} {'KIND':14} {'COUNT':>11} {'PID':>7} {'COMM':15} {'GROUP':31} CALLER"
    kinds = kernel.variable("kwg_misuse_kinds", "misuse.c")
    for ring in kernel.variable("kwg_rings", "misuse.c"):
        for report in sorted((r for r in ring.reports if r.pos), key=lambda report: report.pos.value_()):
            kind, (seconds, rest) = text(kinds[report.what.value_()].key), divmod(report.ns.value_(), NSEC)
            yield (f"{report.seq.value_():6} {seconds:7}.{rest // 1000:06} {kind:14} {report.count.value_():11} "
                   f"{report.pid.value_():7} {text(report.comm):15} {text(report.group):31} {text(report.caller)}")


def stats_table(kernel):
    """Of what debugfs has there that which the tools ask for."""
    yield f"groups_registered {sum(1 for _ in entries(kernel))}"
    yield f"members {sum(1 for _ in records(kernel))}"
    yield f"holders {sum(1 for _ in holders(kernel))}"
    kinds = kernel.variable("kwg_misuse_kinds", "misuse.c")
    counts = {text(kind.key): count.counter.value_()
              for kind, count in zip(kinds, kernel.variable("kwg_misuse_count", "misuse.c"))}
    yield f"deaths {counts['death'] + counts['member_died']}"
    yield f"stalls {kernel.variable('kwg_stalls', 'stall_report.c').counter.value_()}"
    for kind, count in counts.items():
        yield f"misuse_{kind} {count}"


def lines_table(kernel):
    """The stacks with files and lines, innermost function first."""
    known = labels(kernel)
    for verb, rows in (("held by", members(kernel)), ("waits:", waiters(kernel))):
        for row in rows:
            yield f"{known.get(row.group, ANONYMOUS)[1]}: {verb} {comm(row.task)}[{row.task.pid.value_()}]"
            yield from str(stack(kernel, row.task) or "  no stack").splitlines()
            yield ""


TABLES = {
    "groups": groups_table,
    "members": members_table,
    "holders": holders_table,
    "waiters": waiters_table,
    "stacks": stacks_table,
    "misuse": misuse_table,
    "stats": stats_table,
    "lines": lines_table,
}


def known_table(name):
    """An argument."""
    if name not in TABLES:
        raise argparse.ArgumentTypeError(f"no table {name}: {', '.join(TABLES)}")
    return name


def write(kernel, folder):
    """All tables, a file each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in TABLES.items():
        (folder / name).write_text("".join(f"{line}\n" for line in table(kernel)), encoding="ascii", errors="replace")


def main(prog):
    """The command line."""
    parser = argparse.ArgumentParser(prog="kwgdrgn.py", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", metavar="FOLDER", type=Path, help="write all tables there")
    parser.add_argument("table", nargs="*", type=known_table, metavar="TABLE", help="print these: " + ", ".join(TABLES))
    options = parser.parse_args()
    try:
        kernel = Kernel(prog)
        if options.output:
            write(kernel, options.output)
        for name in options.table or ([] if options.output else ["groups"]):
            print(*TABLES[name](kernel), sep="\n")
    except LookupError as error:
        sys.exit(f"kwgdrgn.py: {error}; -s for vmlinux, if it is a dump, and for kwaitgroup.ko?")


if __name__ == "__main__":
    # drgn runs a script with the program that it has opened as this variable.
    main(globals()["prog"])

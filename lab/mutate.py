#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Seeds bugs into the sources by a program: draws statements of module/ and breaks each in one way.

usage: mutate.py TREE COUNT SEED

TREE is a copy of the sources, which is changed: every mutant is there, behind kwg_mutant(auto_N), with
a row in mutants.h, so one build has all of them. Prints a line for each, "auto_N ROOM FILE:LINE KIND", and
leaves what it changes as a diff in TREE/build/auto/auto_N.diff.
"""
import random
import re
import sys
from pathlib import Path

# The rooms, and which suite is asked first.
ROOMS = {"core": "explore:all", "member": "quick", "batch": "kwaitgroup_batch*", "percpu": "explore:all",
         "observe": "quick", "device": "user"}
# Of member/ what is explored, too.
EXPLORED = {"hold.c", "held.c", "chunk.c"}
# Not built by the kernels that are asked, or another name for what is.
LEFT_OUT = {"all.c", "lockdep.c", "member_debug.c"}

# What a compiler says of a bug is not what is looked for here.
WARNINGS = ("parentheses", "unused-variable", "unused-but-set-variable", "maybe-uninitialized", "uninitialized",
            "bool-operation", "int-in-bool-context", "tautological-compare", "logical-op")

# Kinds of mistakes: what to look for in the text of a statement, and what to write instead.
SWAPS = (
    ("bound", r" <= ", " < "), ("bound", r" >= ", " > "), ("bound", r" < ", " <= "), ("bound", r" > ", " >= "),
    ("operator", r" == ", " != "), ("operator", r" != ", " == "),
    ("operator", r" && ", " || "), ("operator", r" \|\| ", " && "),
    ("operator", r" \+ ", " - "), ("operator", r" - ", " + "), ("operator", r" & (?!=)", " | "),
    ("constant", r"(?<=[ (])0(?=[,;)])", "1"), ("constant", r"(?<=[ (])1(?=[,;)])", "2"),
    ("constant", r"\btrue\b", "false"), ("constant", r"\bfalse\b", "true"),
    ("barrier", r"\bsmp_store_release\(([^;]*)\);", r"WRITE_ONCE(*(\1);"),
    ("barrier", r"\bsmp_load_acquire\(&([^()]*)\)", r"READ_ONCE(\1)"),
    ("barrier", r"\b(atomic\w*return|\w*cmpxchg)_(acquire|release)\(", r"\1_relaxed("),
    ("barrier", r"\b(atomic\w*_(?:read|set))_(acquire|release)\(", r"\1("),
)
# What no mutant of ours is in: declarations, jumps, what is there for the compiler or for tests, statements of
# which the text is all that they are about, and what reports.
SKIPPED = re.compile(
    r"^\s*(\.|case\b|default:|goto\b|break;|continue;|static_assert|BUILD_BUG|lockdep_|kwg_window\(|might_sleep|"
    r"EXPORT_|module_|MODULE_|DEFINE_|DECLARE_|#|for\b|\w+:$|else\b|do\b|}|kwg_for_each|cond_resched|cpu_relax)"
    r"|kwg_mutant|__kwg|seq_printf|pr_(err|warn|info|notice|crit)|WARN|container_of|sizeof|va_end|\"")
CONDITION = re.compile(r"^(\s*)(if|while|} while) \((.*)\)(\s*{|;)?$", re.S)
CALL = re.compile(r"^(\s*)[A-Za-z_][\w>.\[\]*-]*(\(|\s*(=|\+=|-=|\|=|&=)\s|\+\+;|--;)", re.S)
DECLARATION = re.compile(
    r"^\s*(const |static |struct |unsigned |enum |union |u8 |u16 |u32 |u64 |s64 |int |long |bool |char |size_t |"
    r"void |uintptr_t |\w+_t \w)")


class Statement:
    """A statement of one or more lines."""

    def __init__(self, path, first, last, text):
        self.path, self.first, self.last, self.text = path, first, last, text

    @property
    def condition(self):
        """Its parts if it is one that decides."""
        return CONDITION.match(self.text)

    def mutations(self):
        """All the ways in which it can be broken: a kind, and the statement then."""
        match = self.condition
        if match:
            for kind, broken in swapped(match[3]):
                yield kind, self.decided(match, broken)
            yield "negated", self.decided(match, f"!({match[3]})")
            return
        for kind, broken in swapped(self.text):
            yield kind, broken
        if CALL.match(self.text):
            yield "dropped", re.match(r"\s*", self.text)[0] + ";"

    @staticmethod
    def decided(match, condition):
        """The statement with another condition."""
        return f"{match[1]}{match[2]} ({condition}){match[4] or ''}"

    def schema(self, name, broken):
        """The statement that is this one, or the broken one."""
        match = self.condition
        if match:
            other = CONDITION.match(broken)
            return self.decided(match, f"kwg_mutant({name}) ? !!({other[3]}) : !!({match[3]})")
        indent = re.match(r"\s*", self.text)[0]
        return f"{indent}{{ if (kwg_mutant({name})) {{\n{broken}\n{indent}}} else {{\n{self.text}\n{indent}}} }}"


def swapped(text):
    """One mistake at one place of a text."""
    for kind, pattern, instead in SWAPS:
        for match in re.finditer(pattern, text):
            broken = text[:match.start()] + match.expand(instead) + text[match.end():]
            if "*(&" not in broken:
                yield kind, broken


def balanced(text):
    """Whether all that it opens is closed."""
    return text.count("(") == text.count(")")


def bodies(lines):
    """The lines inside of functions: pairs of numbers."""
    begin = None
    for number, line in enumerate(lines):
        if line == "{":
            begin = number + 1
        elif line == "}" and begin is not None:
            yield begin, number
            begin = None


def ends(text):
    """Whether a statement, or what decides on one, is complete."""
    return balanced(text) and (re.search(r"([;{}]|\*/)$|^\s*(else|do|[A-Za-z_]\w*:|case .*:|default:)$", text) or
                               re.match(r"\s*(if|while|for) ", text) or text.startswith("#"))


def may_break(text):
    """Whether a statement may be broken by a program."""
    return not (SKIPPED.search(text) or DECLARATION.match(text)) and "/*" not in text and \
        "{" not in text.rstrip("{") and (CONDITION.match(text) or text.endswith(";"))


def statements(path):
    """Those of a file that may be broken."""
    lines = path.read_text().split("\n")
    for begin, end in bodies(lines):
        number = begin
        while number < end:
            last = number
            if not lines[number] or re.match(r"\s*/?\*", lines[number]):
                number += 1
                continue
            while last < end - 1 and not ends("\n".join(lines[number:last + 1])):
                last += 1
            text = "\n".join(lines[number:last + 1])
            if may_break(text):
                yield Statement(path, number, last, text)
            number = last + 1


def draw(tree, count, seed):
    """As many statements, each with one of its mistakes."""
    chosen = random.Random(seed)
    pool = [s for room in ROOMS for path in sorted((tree / "module" / room).glob("*.c")) if path.name not in LEFT_OUT
            for s in statements(path)]
    pool = [(s, list(s.mutations())) for s in pool]
    pool = [(s, ways) for s, ways in pool if ways]
    for statement, ways in chosen.sample(pool, min(count, len(pool))):
        yield statement, *chosen.choice(ways)


def first_asked(path):
    """Who is asked first about a file."""
    return "explore:all" if path.name in EXPLORED else ROOMS[path.parent.name]


def diff(statement, tree, broken):
    """What a person wants to see of it."""
    name = statement.path.relative_to(tree)
    return "\n".join([f"--- {name}:{statement.first + 1}"] + ["-" + line for line in statement.text.split("\n")] +
                     ["+" + line for line in broken.split("\n")]) + "\n"


def main():
    """Changes the tree."""
    tree, count, seed = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    (tree / "build/auto").mkdir(parents=True, exist_ok=True)
    changes, rows = {}, []
    for number, (statement, kind, broken) in enumerate(draw(tree, count, seed), 1):
        name = f"auto_{number}"
        changes.setdefault(statement.path, []).append((statement, statement.schema(name, broken)))
        (tree / f"build/auto/{name}.diff").write_text(diff(statement, tree, broken))
        place = statement.path.relative_to(tree / "module")
        print(name, place.parts[0], f"{place}:{statement.first + 1}", kind)
        rows.append(f" * {name}\t{kind} at {place}:{statement.first + 1} [{first_asked(statement.path)}]\n")
    for path, schemata in changes.items():
        lines = path.read_text().split("\n")
        for statement, text in sorted(schemata, key=lambda s: -s[0].first):
            lines[statement.first:statement.last + 1] = [text]
        path.write_text("".join(f'#pragma GCC diagnostic ignored "-W{w}"\n' for w in WARNINGS) + "\n".join(lines))
    table = tree / "module/mutants.h"
    head, rest = table.read_text().split(" * name\t", 1)
    title, rest = rest.split("\n", 1)
    table.write_text(f"{head} * name\t{title}\n{''.join(rows)}{rest}")


if __name__ == "__main__":
    main()

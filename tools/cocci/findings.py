#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Makes Documentation/findings.rst of what a sweep has found and of what people have read.

usage: findings.py [--draw] REPORT...

A report is what kwgvet --kind idioms prints of a kernel, in a file of that kernel's version. Verdicts are in
judgements.tsv, of each use after free, and sample.tsv, of a sample of all sites: what none of the reports has is said
on the standard error, and is an error. --draw prints the sample instead, with the verdicts there are.
"""
import collections
import hashlib
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LINE = re.compile(r"^(\S+?):(\d+):[\d-]+: (\w+): (\w+)\(\): (.*)$")
SHAPE = "use_after_free"
# Sites are in the order of a hash, so that another kernel leaves most of a sample that was read.
SEED, SAMPLE = "20", 50
IDIOMS = {
    "atomic_completion": "an atomic count, and a completion for the last one",
    "atomic_wait_event": "an atomic count, and a wait queue",
    "atomic_wait_var": "an atomic count or a reference count, and ``wake_up_var()``",
    "refcount_completion": "a reference count, and a completion for the last reference",
    "kthread_array": "threads that are stopped one by one",
}

Site = collections.namedtuple("Site", "kind path function")


def read_report(path):
    """{site: [(line, text)]} of one kernel."""
    sites = collections.defaultdict(list)
    for line in Path(path).read_text().splitlines():
        match = LINE.match(line)
        if not match:
            raise SystemExit(f"{path}: no finding: {line}")
        sites[Site(match[3], match[1], match[4])].append((int(match[2]), match[5]))
    return sites


def read_table(name, columns):
    """Rows of a table with tabs, without its comments."""
    rows = []
    for line in (HERE / name).read_text().splitlines():
        if line and not line.startswith("#"):
            row = line.split("\t")
            if len(row) != columns:
                raise SystemExit(f"{name}: {len(row)} columns instead of {columns}: {line}")
            rows.append(row)
    return rows


def idiom_sites(reports):
    """All but the shapes, which are sites of another idiom already."""
    return sorted({site for sites in reports.values() for site in sites if site.kind != SHAPE})


def drawn(reports):
    """The sample."""
    return sorted(sorted(idiom_sites(reports), key=lambda site: hashlib.sha256(" ".join((SEED, *site)).encode()).digest())
                  [:SAMPLE])


def places(sites, site):
    """Its lines in one kernel."""
    return ", ".join(str(line) for line in sorted({line for line, _ in sites.get(site, ())}))


def heading(text, mark):
    """Underlined."""
    return [text, mark * len(text), ""]


def table(title, widths, rows):
    """A list-table: cells may have any length."""
    lines = [f".. list-table:: {title}", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for row in rows:
        lines += [f"   {'* -' if not i else '  -'} {cell}".rstrip() for i, cell in enumerate(row)]
    return lines + [""]


def counts(reports):
    """Sites by idiom and kernel."""
    rows = [["idiom", "what it is", *reports]]
    for kind, what in IDIOMS.items():
        rows.append([f"``{kind}``", what, *(str(sum(len({line for line, _ in found}) for site, found in sites.items()
                                                    if site.kind == kind)) for sites in reports.values())])
    rows.append([f"``{SHAPE}``", "of ``atomic_wait_event``: those whose memory goes away behind a wait",
                 *(str(sum(len({line for line, _ in found}) for site, found in sites.items() if site.kind == SHAPE))
                   for sites in reports.values())])
    return table("Sites", "20 50" + " 10" * len(reports), rows)


def judged(reports, judgements):
    """Each shape, with who has read it."""
    rows = [["decrement and wake-up", *reports, "verdict", "why"]]
    for site in sorted({site for sites in reports.values() for site in sites if site.kind == SHAPE}):
        verdict, why = judgements.get((site.path, site.function), ("unread", ""))
        rows.append([f"``{site.path}`` ``{site.function}()``",
                     *(places(sites, site) or "-" for sites in reports.values()), verdict, why])
    return rows


def shapes(reports, judgements):
    """Their table, and a sum."""
    rows = judged(reports, judgements)
    tally = collections.Counter(row[-2] for row in rows[1:])
    said = ", ".join(f"{number} {verdict}" for verdict, number in sorted(tally.items()))
    return [f"{len(rows) - 1} functions: {said}.", ""] + table(
        "Decrements with a wake-up of what may be freed, lines by kernel", "30" + " 8" * len(reports) + " 8 50", rows)


def rate(reports, verdicts):
    """What a sample says of the rest."""
    sample = drawn(reports)
    read = {site: verdicts[site] for site in sample if site in verdicts}
    wrong = [site for site, (verdict, _) in read.items() if verdict == "no"]
    lines = [f"Of {len(idiom_sites(reports))} functions with a site, {len(sample)} are drawn by a fixed seed; "
             f"{len(read)} of these have been read: {len(wrong)} are not what they were reported as"
             + (f", {100 * len(wrong) / len(read):.0f} %." if read else "."), ""]
    if wrong:
        lines += table("Reported, and something else", "20 40 40",
                       [["idiom", "where", "what it is"]]
                       + [[f"``{site.kind}``", f"``{site.path}`` ``{site.function}()``", read[site][1]]
                          for site in wrong])
    return lines


def all_sites(reports):
    """By idiom."""
    lines = []
    for kind in IDIOMS:
        lines += heading(kind, "~")
        lines += table(kind, "60" + " 20" * len(reports), [["function", *reports]] + [
            [f"``{site.path}`` ``{site.function}()``", *(places(sites, site) or "-" for sites in reports.values())]
            for site in idiom_sites(reports) if site.kind == kind])
    return lines


def unmatched(reports, judgements, verdicts):
    """Lines about verdicts that are of no site."""
    shaped = {(site.path, site.function) for sites in reports.values() for site in sites if site.kind == SHAPE}
    sites = set(idiom_sites(reports))
    return [f"judgements.tsv: no such site: {path} {function}" for path, function in judgements
            if (path, function) not in shaped] + \
           [f"sample.tsv: no such site: {' '.join(site)}" for site in verdicts if site not in sites]


HEAD = """.. SPDX-License-Identifier: GPL-2.0
.. Made by "make sweep"; verdicts are in tools/cocci/judgements.tsv and tools/cocci/sample.tsv.

Wait groups by hand in the kernel
=================================

What the semantic patches in ``tools/cocci/idioms`` find in ``drivers``, ``fs``, ``kernel``, ``lib``, ``mm`` and
``net``. Functions are by their lines in each kernel. What is in two files, or counted without an atomic, is not
found; see ``tools/cocci/README.md``.

"""


def main():
    """Exit status 1 if a verdict is of no site."""
    draw = sys.argv[1:2] == ["--draw"]
    reports = {Path(path).name: read_report(path) for path in sys.argv[2 if draw else 1:]}
    judgements = {(path, function): (verdict, why) for path, function, verdict, why in read_table("judgements.tsv", 4)}
    verdicts = {Site(*row[:3]): tuple(row[3:]) for row in read_table("sample.tsv", 5)}
    if draw:
        for site in drawn(reports):
            print(*site, *verdicts.get(site, ("", "")), sep="\t")
        return 0
    print(HEAD + "\n".join(
        counts(reports)
        + heading("Use after free, by shape", "-")
        + ["The waiter that finds the count at zero does not sleep. It may free the object between the decrement and the",
           "wake-up, which then reads and writes freed memory. Verdicts are of those who have read the source: real, nothing",
           "that they found excludes it; guarded, something else does. Real is a window, not that anybody was seen in it.", ""]
        + shapes(reports, judgements)
        + heading("How often it is something else", "-") + rate(reports, verdicts)
        + heading("All sites", "-") + all_sites(reports)).rstrip())
    lost = unmatched(reports, judgements, verdicts)
    print(*lost, sep="\n", end="\n" if lost else "", file=sys.stderr)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())

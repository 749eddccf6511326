#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Run the models and litmus tests of this directory, and their mutants.

models.tsv lists the SPIN runs; a litmus test says itself what is expected.
The output is KTAP, then one line with the totals. The exit status is 0 only
if nothing failed. Everything that is built goes to build/model/.
"""
import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True          # nothing is built beside the sources
import lkmm  # pylint: disable=wrong-import-position

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(os.path.dirname(HERE), "build", "model")
SHOW_EVERY = 5          # seconds between two signs of life

# The assertion, as pan prints it, by which a mutant is caught.
PROPERTIES = {
    "S1": r"ret!=1\)\|\|ghost_clean|violated (entry\[w\].)?ghost_zero",
    "S2": r"!\(\(ghost_zero\[\w+\]\|\|\(broken|ticket==0\)\|\| ?!\(entry\[w\].ghost_zero",
    "S4": r"ghost_alive&&",
    "S6": r"!\(entry\[me\].rest\)\|\|ghost_zero",
    "dead": r"!\(.*members_left\+",
    "entry": r"ghost_on_stack",
    "drained": r"!\(ghost_device_gone",
    "refused": r"!\(was_closed",
    "reinit": r"-newcomers_left",
    "sticky": r"!\(was_broken",
    "undone": r"count==",
    "marked": r"broken==",
    "below": r"word>=0",
    "sum": r"counter\[0\]\)\+counter\[1\]",
}


class Report:
    """KTAP lines, the totals, and the table of mutants."""

    def __init__(self, planned):
        self.count = {"passed": 0, "failed": 0, "skipped": 0}
        self.mutants = []
        print(f"KTAP version 1\n1..{planned}", flush=True)

    def result(self, ok, name, note):
        self.count["passed" if ok else "failed"] += 1
        self.line("ok" if ok else "not ok", f"{name} # {note}")

    def skip(self, name, why):
        self.count["skipped"] += 1
        self.line("ok", f"{name} # SKIP {why}")

    def line(self, word, text):
        print(f"{word} {sum(self.count.values())} {text}", flush=True)

    def mutant(self, ok, name, where, caught):
        self.mutants.append((name, where, caught if ok else f"SURVIVED ({caught})"))

    def finish(self):
        if self.mutants:
            print("#\n# mutants")
        for name, where, caught in self.mutants:
            print(f"# {name:32} {where:16} {caught}")
        total = f"{self.count['passed']} passed, {self.count['failed']} failed"
        if self.count["skipped"]:
            total += f", {self.count['skipped']} skipped"
        print(total)
        return 1 if self.count["failed"] else 0


def run(command, where, name, limit):
    """The output of a command. Says every few seconds that it still runs."""
    start = time.monotonic()
    with open(os.path.join(where, "output"), "w+", encoding="utf-8") as out:
        with subprocess.Popen(command, cwd=where, stdout=out, stderr=out) as process:
            while True:
                try:
                    process.wait(SHOW_EVERY)
                    break
                except subprocess.TimeoutExpired:
                    seconds = time.monotonic() - start
                    print(f"# {name}: {command[0]}, {seconds:.0f} s", flush=True)
                if seconds > limit:
                    process.kill()
                    out.write(f"\nstopped after {limit} s\n")
        out.seek(0)
        return process.returncode, out.read()


# SPIN

def read_runs():
    with open(os.path.join(HERE, "models.tsv"), encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                name, model, defines, search, expect = line.rstrip("\n").split("\t")
                yield {"name": name, "model": model, "search": search, "expect": expect,
                       "defines": ["-D" + d for d in defines.split()]}


def spin(job, options):
    """Generate, compile and run the verifier; returns what it printed."""
    where = os.path.join(BUILD, job["name"])
    shutil.rmtree(where, ignore_errors=True)
    os.makedirs(where)
    finite = job["search"] == "finite"
    # What is caught soon is not worth the time to optimise it.
    optimise = "-O2" if job["expect"] == "pass" else "-O0"
    steps = [
        ["spin", *job["defines"], "-a", os.path.join(HERE, job["model"])],
        ["gcc", optimise, "-w", "-DCOLLAPSE", f"-DMEMLIM={options.memory}",
         "-DNP" if finite else "-DSAFETY", "-o", "pan", "pan.c"],
        ["./pan", "-m1000000", "-w24", "-n"] + (["-l"] if finite else []),
    ]
    for step in steps:
        status, output = run(step, where, job["name"], options.limit)
        if status:
            break
    return output


def verdict(output):
    """pass, the property that an error violates, or what went wrong."""
    bad = re.search(r"^pan:\d+: (.*) \(at depth", output, re.M)
    if bad:
        for name, pattern in PROPERTIES.items():
            if re.search(pattern, bad.group(1)):
                return name
        return bad.group(1)
    if not re.search(r"errors: 0$", output, re.M):
        return "no result: " + output.strip().split("\n")[-1]
    for limit in ("not completed", "max search depth too small"):
        if limit in output:
            return limit
    return "pass"


def figures(output):
    states = re.search(r"([\d.e+]+) states, stored", output)
    seconds = re.search(r"elapsed time ([\d.e+-]+) s", output)
    if not states or not seconds:
        return "no figures"
    return f"{float(states.group(1)):,.0f} states, {float(seconds.group(1)):.1f} s"


def check_model(job, options, report):
    print(f"# {job['name']}: {job['model']} {' '.join(job['defines'])}", flush=True)
    output = spin(job, options)
    found = verdict(output)
    ok = found == job["expect"]
    note = figures(output)
    if job["expect"] != "pass":
        report.mutant(ok, job["name"], job["model"], found)
        note = f"caught by {found}, {note}" if ok else f"{found}, not {job['expect']}, {note}"
    elif not ok:
        note = f"{found}, {note}; the trail is in build/model/{job['name']}/"
    report.result(ok, job["name"], note)


# Litmus tests

def read_litmus(paths):
    for path in sorted(paths):
        with open(path, encoding="utf-8") as file:
            yield path, lkmm.parse(file.read())


def check_litmus(path, test, report):
    name = os.path.basename(path)
    start = time.monotonic()
    word, positive, total = lkmm.check(test)
    ok = word == test["result"]
    note = f"{word}, {positive} of {total} executions, {time.monotonic() - start:.1f} s"
    if test["result"] == "Sometimes":
        report.mutant(ok, test["name"], "lkmm", "the bad outcome is possible" if ok else word)
    report.result(ok, name, note if ok else f"{note}; expected {test['result']}")


def herd(tests, options, report):
    """The same tests with the reference implementation, where it is there."""
    config = os.path.join(options.memory_model, "linux-kernel.cfg")
    if not shutil.which("herd7"):
        report.skip("herd7", "herd7 is not on PATH; lkmm.py has checked the tests")
        return
    if not os.path.exists(config):
        report.skip("herd7", f"no {config}: give --memory-model")
        return
    wrong = []
    for path, test in tests:
        done = subprocess.run(["herd7", "-conf", "linux-kernel.cfg", path], text=True,
                              cwd=options.memory_model, capture_output=True, check=False)
        found = re.search(r"^Observation \S+ (\w+)", done.stdout, re.M)
        if not found or found.group(1) != test["result"]:
            wrong.append(test["name"])
    report.result(not wrong, "herd7", "differs: " + " ".join(wrong) if wrong
                  else f"{len(tests)} tests as expected")


# lkmm.py against the kernel's own litmus tests

def agreement(directory):
    good, bad, refused = 0, [], 0
    for path in sorted(glob.glob(os.path.join(directory, "*.litmus"))):
        try:
            with open(path, encoding="utf-8") as file:
                test = lkmm.parse(file.read())
            if lkmm.check(test)[0] == test["result"]:
                good += 1
            else:
                bad.append(test["name"])
        except lkmm.Refused:
            refused += 1
    return good, bad, refused


def check_agreement(options, report):
    directory = os.path.join(options.memory_model, "litmus-tests")
    good, bad, refused = agreement(directory)
    if not good + len(bad):
        report.skip("lkmm.py", f"no litmus tests in {directory}: give --memory-model")
        return
    note = f"agrees with the kernel on {good} of {good + len(bad)}, refuses {refused} more"
    report.result(not bad, "lkmm.py", " ".join([note] + bad))


def default_memory_model():
    found = glob.glob("/usr/src/linux*/tools/memory-model")
    return sorted(found)[-1] if found else "/usr/src/linux/tools/memory-model"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", action="store_true", help="no mutants")
    parser.add_argument("--mutants", action="store_true", help="mutants only")
    parser.add_argument("--memory", type=int, default=3000, metavar="MB",
                        help="what one SPIN run may use (default %(default)s)")
    parser.add_argument("--limit", type=int, default=600, metavar="S",
                        help="how long one may take (default %(default)s)")
    parser.add_argument("--memory-model", default=default_memory_model(), metavar="DIR",
                        help="tools/memory-model of a kernel source, for herd7 and for "
                        "the check of lkmm.py (default %(default)s)")
    parser.add_argument("name", nargs="*", help="only these runs and tests")
    return parser.parse_args()


def main():
    options = arguments()
    missing = [tool for tool in ("spin", "gcc") if not shutil.which(tool)]
    if missing:
        sys.exit(f"check.py: not installed: {' '.join(missing)}")

    def wanted(name, is_mutant):
        if options.name:
            return name in options.name
        return not (options.models and is_mutant or options.mutants and not is_mutant)

    known = list(read_runs())
    paths = glob.glob(os.path.join(HERE, "litmus", "*.litmus"))
    litmus = list(read_litmus(paths))
    names = [j["name"] for j in known] + [t["name"] for _, t in litmus]
    unknown = [name for name in options.name if name not in names]
    if unknown:
        sys.exit(f"check.py: no such run: {' '.join(unknown)}")
    jobs = [j for j in known if wanted(j["name"], j["expect"] != "pass")]
    tests = [(p, t) for p, t in litmus if wanted(t["name"], t["result"] == "Sometimes")]
    others = not options.mutants and not options.name
    report = Report(len(jobs) + len(tests) + (2 if others else 0))
    for job in jobs:
        check_model(job, options, report)
    for path, test in tests:
        check_litmus(path, test, report)
    if others:
        check_agreement(options, report)
        herd(tests, options, report)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())

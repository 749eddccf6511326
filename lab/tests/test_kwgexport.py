#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What kwgexport prints is read back by the rules of the format, and says what the tables say."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
OBSERVE = HERE.parent.parent / "tools" / "observe"
SAMPLES = HERE / "debugfs"
sys.path.insert(0, str(OBSERVE))
import kwgdebugfs  # pylint: disable=wrong-import-position

NAME = "[a-z_]+"
VALUE = r'"((?:[^"\\\n]|\\[\\n"])*)"'
HELP = re.compile(f"# HELP ({NAME}) [^\n]+")
TYPE = re.compile(f"# TYPE ({NAME}) (gauge|counter|histogram)")
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{NAME}={VALUE})(?:,{NAME}={VALUE})*)\}})? (-?[0-9][0-9.e+-]*)")
LABEL = re.compile(f"({NAME})={VALUE}")
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
# Printable, without white space and ';': all that the kernel lets pass.
HOSTILE = '"},x="{\\n\\\\#<&>\''


def unescape(text):
    """A label's value as it was."""
    return re.sub(r"\\.", lambda match: ESCAPES[match[0]], text)


def parse(text):
    """The samples, by name and labels, and the types; any line that is not one of the format raises."""
    samples, types, helped, metric = {}, {}, None, None
    for line in text.splitlines():
        if match := HELP.fullmatch(line):
            helped = match[1]
        elif match := TYPE.fullmatch(line):
            metric = match[1]
            if helped != metric or metric in types:
                raise ValueError(f"a TYPE without its HELP, or the second: {line}")
            types[metric] = match[2]
        elif match := SAMPLE.fullmatch(line):
            suffixes = ("_bucket", "_sum", "_count") if types[metric] == "histogram" else ("",)
            key = (match[1], frozenset((k, unescape(v)) for k, v in LABEL.findall(match[2] or "")))
            if match[1] not in [metric + suffix for suffix in suffixes] or key in samples:
                raise ValueError(f"not of {metric}, or the second: {line}")
            samples[key] = float(match[match.lastindex])
        else:
            raise ValueError(f"not a line of the format: {line}")
    return samples, types


def run(*args):
    """The tool."""
    return subprocess.run([OBSERVE / "kwgexport", *args], capture_output=True, text=True, check=False,
                          env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})


class Export(unittest.TestCase):
    """Each test has a copy of the sample tables."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = Path(folder.name)
        self.tables = self.top / "debugfs"
        shutil.copytree(SAMPLES, self.tables)

    def table(self, name):
        """The rows of a table."""
        return kwgdebugfs.table(self.tables, name)

    def write(self, name, *rows):
        """A table with these rows."""
        (self.tables / name).write_text("\n".join((kwgdebugfs.COLUMNS[name],) + rows) + "\n", encoding="ascii")

    def export(self):
        """What is printed, read back."""
        result = run("-d", self.tables)
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        self.samples, types = parse(result.stdout)
        return types

    def value(self, name, /, **labels):
        """One sample."""
        return self.samples[("kwaitgroup_" + name, frozenset((k, str(v)) for k, v in labels.items()))]

    def fails(self, why, *args):
        """Status 1, one line, nothing else."""
        result = run(*args)
        self.assertEqual((1, ""), (result.returncode, result.stdout))
        self.assertRegex(result.stderr, rf"^kwgexport: [^\n]*{why}[^\n]*\n\Z")

    def test_groups(self):
        """Count, waiters and flags of every group."""
        self.export()
        rows = self.table("groups")
        self.assertTrue(rows)
        for row in rows:
            labels = {"id": row["ID"], "name": row["NAME"]}
            self.assertEqual(row["COUNT"], self.value("group_members", **labels))
            self.assertEqual(row["WAITERS"] == "yes", self.value("group_has_waiters", **labels))
            self.assertEqual("C" in row["FLAGS"], self.value("group_closed", **labels))
            self.assertEqual("D" in row["FLAGS"], self.value("group_broken", cause="member_died", **labels))
            self.assertEqual("B" in row["FLAGS"], self.value("group_broken", cause="misuse", **labels))

    def test_group_that_is_gone(self):
        """Nothing is said of what is not known."""
        self.write("groups", "7 gone 0 no G 1s f+0x1/0x2")
        self.export()
        self.assertNotIn("kwaitgroup_group_members", {name for name, _ in self.samples})

    def test_oldest_member(self):
        """Of several, in whatever order; groups that are not registered are number 0."""
        self.write("members", "7 g 1 a S 5s 0x0 f+0x1/0x2", "7 g 2 b D 61s 0x0 f+0x1/0x2",
                   "7 g 3 c S 9s 0x0 f+0x1/0x2", "0 ? 4 d S 2s 0x0 f+0x1/0x2")
        self.export()
        self.assertEqual(61, self.value("group_oldest_member_age_seconds", id=7, name="g"))
        self.assertEqual(2, self.value("group_oldest_member_age_seconds", id=0, name="?"))

    def test_holders(self):
        """How many, and since when the oldest holds."""
        self.write("holders", "7 g 5s 0x1 f+0x1/0x2", "7 g 61s 0x2 f+0x1/0x2", "0 ? 2s 0x0 f+0x1/0x2")
        self.export()
        self.assertEqual(2, self.value("group_holders", id=7, name="g"))
        self.assertEqual(61, self.value("group_oldest_holder_age_seconds", id=7, name="g"))
        self.assertEqual(1, self.value("group_holders", id=0, name="?"))

    def test_waiting_tasks(self):
        """They are counted."""
        self.write("waiters", "7 g 1 a D 5s f+0x1/0x2", "7 g 2 b D 8s f+0x1/0x2")
        self.export()
        self.assertEqual(2, self.value("group_waiting_tasks", id=7, name="g"))
        self.assertEqual(8, self.value("group_oldest_waiter_age_seconds", id=7, name="g"))

    def buckets(self, **labels):
        """Of one group's histogram: (upper bound, count) upwards."""
        wanted, found = frozenset((k, str(v)) for k, v in labels.items()), []
        for (name, pairs), value in self.samples.items():
            if name == "kwaitgroup_group_wait_seconds_bucket" and wanted <= pairs:
                found.append((float(dict(pairs)["le"]), value))
        return sorted(found)

    def test_histogram(self):
        """In seconds and cumulative, each bound that a wait came to, and the rest under +Inf."""
        self.write("waits", "7 g 10 1 12000500 9000000 1:2,64:3,8388608:1,inf:4")
        self.export()
        buckets = dict(self.buckets(id=7, name="g"))
        self.assertEqual([2, 2, 5, 5, 6, 10], [buckets[bound] for bound in
                                               (1e-6, 32e-6, 64e-6, 4.194304, 8.388608, float("inf"))])
        self.assertEqual(10, self.value("group_wait_seconds_count", id=7, name="g"))
        self.assertEqual(12.0005, self.value("group_wait_seconds_sum", id=7, name="g"))
        self.assertEqual(1, self.value("group_waits_aborted_total", id=7, name="g"))
        self.assertEqual(9, self.value("group_longest_wait_seconds", id=7, name="g"))

    def test_histograms_are_cumulative(self):
        """Of all groups, all with the same bounds, as Prometheus wants them."""
        self.assertEqual("histogram", self.export()["kwaitgroup_group_wait_seconds"])
        bounds = set()
        for row in self.table("waits"):
            labels = {"id": row["ID"], "name": row["NAME"]}
            counts = [count for _, count in self.buckets(**labels)]
            self.assertEqual(sorted(counts), counts)
            self.assertEqual(self.value("group_wait_seconds_count", **labels), counts[-1])
            bounds.add(tuple(bound for bound, _ in self.buckets(**labels)))
        self.assertEqual(1, len(bounds))
        self.assertEqual(float("inf"), bounds.pop()[-1])

    def test_accounting(self):
        """By group and by call site."""
        self.write("totals", "7 g 9 6 5 2")
        self.write("sites", "7 g 9 0 start+0x1/0x2 [m]", "7 g 0 6 -")
        self.export()
        self.assertEqual([9, 6, 5, 2], [self.value(f"group_{name}", id=7, name="g") for name in (
            "members_added_total", "members_finished_total", "members_peak", "generations_total")])
        self.assertEqual(9, self.value("site_members_added_total", id=7, name="g", site="start+0x1/0x2 [m]"))
        self.assertEqual(6, self.value("site_members_finished_total", id=7, name="g", site="-"))

    def test_stats(self):
        """Keys that are not known yet come through, as counters."""
        (self.tables / "stats").write_text("groups_registered 3\nmisuse_negative 2\nnew_thing 8\n",
                                           encoding="ascii")
        types = self.export()
        self.assertEqual([3, 8], [self.value("groups_registered"), self.value("new_thing_total")])
        self.assertEqual(2, self.value("misuse_total", kind="negative"))
        self.assertEqual("gauge", types["kwaitgroup_groups_registered"])
        self.assertEqual("counter", types["kwaitgroup_new_thing_total"])

    def test_counters_end_in_total(self):
        """And nothing else does."""
        for name, kind in self.export().items():
            self.assertEqual(kind == "counter", name.endswith("_total"), name)

    def test_nothing_registered(self):
        """Tables of headers only."""
        for name in ("groups", "members", "holders", "waiters", "waits", "totals", "sites"):
            self.write(name)
        self.assertNotIn("kwaitgroup_group_members", self.export())

    def test_hostile_name(self):
        """A name cannot end its label, nor start another one."""
        self.write("groups", f"7 {HOSTILE} 4 no - 1s f+0x1/0x2")
        self.write("waits", f"7 {HOSTILE} 1 0 3 3 4:1")
        self.export()
        self.assertEqual(4, self.value("group_members", id=7, name=HOSTILE))
        self.assertEqual(1, self.value("group_wait_seconds_count", id=7, name=HOSTILE))

    def test_promtool(self):
        """Prometheus' own linter, where it is installed, has nothing to say."""
        if not shutil.which("promtool"):
            self.skipTest("no promtool")
        for name in ("sample", HOSTILE):
            self.write("groups", f"7 {name} 4 no - 1s f+0x1/0x2")
            lint = subprocess.run(["promtool", "check", "metrics"], input=run("-d", self.tables).stdout,
                                  capture_output=True, text=True, check=False)
            self.assertEqual((0, ""), (lint.returncode, lint.stdout + lint.stderr))

    def test_alerts(self):
        """Prometheus takes the rules, where it is installed."""
        if not shutil.which("promtool"):
            self.skipTest("no promtool")
        check = subprocess.run(["promtool", "check", "rules", OBSERVE / "alerts.yml"], capture_output=True, text=True,
                               check=False)
        self.assertEqual(0, check.returncode, check.stdout + check.stderr)
        self.assertIn("4 rules found", check.stdout)

    def test_metrics_exist(self):
        """The rules and the dashboard ask for what there is."""
        _, types = parse(run("-d", self.tables).stdout)
        known = {re.sub("_total$", "", name) for name in types}
        board = json.loads((OBSERVE / "dashboard.json").read_text(encoding="ascii"))
        asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
        asked += [variable["query"] for variable in board["templating"]["list"]]
        asked.append((OBSERVE / "alerts.yml").read_text(encoding="ascii"))
        names = {name for text in asked for name in re.findall(r"\bkwaitgroup_\w+", text)}
        self.assertGreater(len(names), 10)
        for name in names:
            self.assertIn(re.sub("_(bucket|total)$", "", name), known)

    def test_textfile(self):
        """It is replaced by a new file for all to read, and nothing else is left."""
        path = self.top / "out" / "kwaitgroup.prom"
        path.parent.mkdir()
        path.write_text("old", encoding="ascii")
        with path.open(encoding="ascii") as reader:
            self.assertEqual("", run("-d", self.tables, "--textfile", path).stdout)
            self.assertEqual("old", reader.read())
        self.assertEqual(run("-d", self.tables).stdout, path.read_text(encoding="utf-8"))
        self.assertEqual(0o644, path.stat().st_mode & 0o777)
        self.assertEqual([path], list(path.parent.iterdir()))

    def test_textfile_stays(self):
        """When a table cannot be read, and when the file cannot be replaced."""
        path = self.top / "kwaitgroup.prom"
        path.write_text("old", encoding="ascii")
        (self.tables / "waits").unlink()
        self.fails("waits is not there", "-d", self.tables, "--textfile", path)
        self.assertEqual("old", path.read_text(encoding="ascii"))
        folder = self.top / "folder"
        (folder / "in-the-way").mkdir(parents=True)
        self.fails("folder: Is a directory", "-d", SAMPLES, "--textfile", folder)
        self.assertEqual({path, folder, self.tables}, set(self.top.iterdir()))

    def test_errors(self):
        """One line each."""
        self.fails("groups is not there: is kwaitgroup.ko loaded", "-d", self.top / "nowhere")
        self.fails("nowhere/x: No such file", "-d", self.tables, "--textfile", self.top / "nowhere" / "x")
        self.write("groups", "7 g many no - 1s f")
        self.fails("groups:2: not a row", "-d", self.tables)

    def test_full_disk(self):
        """What could not be printed is an error, said once."""
        with open("/dev/full", "w", encoding="ascii") as full:
            result = subprocess.run([OBSERVE / "kwgexport", "-d", self.tables], stdout=full,
                                    stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual((1, "kwgexport: standard output: No space left on device\n"),
                         (result.returncode, result.stderr))


if __name__ == "__main__":
    unittest.main()

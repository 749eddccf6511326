#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""kwgtop shows who hangs, who holds it and who waits, from sample tables in debugfs/."""
import json
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import termios
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
KWGTOP = HERE.parent.parent / "tools" / "observe" / "kwgtop"
SAMPLE = HERE / "debugfs"


def kwgtop(*args, width=120, directory=SAMPLE):
    """Runs it: exit status, output, errors."""
    done = subprocess.run([sys.executable, KWGTOP, "-d", directory, *args], check=False, text=True,
                          capture_output=True, env=dict(os.environ, COLUMNS=str(width)))
    return done.returncode, done.stdout, done.stderr


def names(text):
    """The groups' names, in order."""
    return [line.split()[0] for line in text.splitlines()[3:] if not line.startswith(" ")]


class Once(unittest.TestCase):
    """Plain text."""

    def test_answer(self):
        """From the name of a group to the function that has not finished."""
        status, out, err = kwgtop("--once", "incident")
        self.assertEqual((0, ""), (status, err))
        self.assertEqual((HERE / "kwgtop.txt").read_text(), out)

    def test_all(self):
        """All groups, without details; what there is of members without a group comes last."""
        out = kwgtop("--once")[1]
        self.assertEqual("groups 5, members 6, holders 3, waiters 3, deaths 1, stalls 1, misuse 2", out.splitlines()[0])
        self.assertEqual({"incident-request-1", "nightly-scrub", "ring-teardown", "flush-pool", "scan-luns", "?"},
                         set(names(out)))
        self.assertNotIn("held by", out)

    def test_sorted(self):
        """By count, by the oldest member, by the longest wait."""
        self.assertEqual(["flush-pool", "scan-luns"], names(kwgtop("--once")[1])[:2])
        self.assertEqual(["scan-luns", "incident-request-1"], names(kwgtop("--once", "-s", "member")[1])[:2])
        self.assertEqual(["incident-request-1", "scan-luns"], names(kwgtop("--once", "-s", "wait")[1])[:2])

    def test_width(self):
        """No table line is wider than the terminal, and what was cut is marked."""
        for width in (80, 120):
            lines = kwgtop("--once", width=width)[1].splitlines()
            self.assertLessEqual(max(map(len, lines)), width)
        self.assertIn("+", kwgtop("--once", width=80)[1])

    def test_hostile_name(self):
        """Nothing that a terminal would obey."""
        out = kwgtop("--once", "flush")[1]
        self.assertIn('$(id);"', out)
        self.assertTrue(all(c.isprintable() or c == "\n" for c in out))

    def test_batch(self):
        """How far it is, and whose error it has."""
        self.assertIn("  batch     117 of 1000 jobs over, 5 running, 5 at most, first error -5 of flush/12[377]\n",
                      kwgtop("--once", "flush")[1])
        self.assertIn("  batch     2 of 4 jobs over, 2 running\n", kwgtop("--once", "scan")[1])
        self.assertNotIn("batch", kwgtop("--once", "incident")[1])

    def test_holders(self):
        """By the call that took the group, and they are no members without a name."""
        out = kwgtop("--once", "flush")[1]
        self.assertIn("  held by   2 holders, the oldest of them 31s, cookie 0x1f, taken in flush_submit+0x4a/0x90 [pool]\n",
                      out)
        self.assertNotIn("added without a name", out)
        self.assertIn(" 31s 0x1f flush_submit ", out)
        self.assertIn("  held by   a holder 3s, cookie 0x0, taken in tx_map+0x31/0xc0 [nic]\n", kwgtop("--once", "[?]")[1])

    def test_no_match(self):
        """Is told apart from an answer."""
        status, out, _ = kwgtop("--once", "nobody-has-this-name")
        self.assertEqual((3, True), (status, "no group matches" in out))

    def test_json(self):
        """All of it, by the names of the columns."""
        state = json.loads(kwgtop("--json")[1])
        group = {g["name"]: g for g in state["groups"]}["incident-request-1"]
        self.assertEqual((1, 414, "death"),
                         (group["count"], group["members"][0]["pid"], group["misuse"][0]["kind"]))
        self.assertEqual(1, state["totals"]["stalls"])


class Newer(unittest.TestCase):
    """A module that is newer than the tools."""

    def test_columns(self):
        """One more column in each table: the same picture, and the same metrics."""
        with tempfile.TemporaryDirectory() as folder:
            copy = shutil.copytree(SAMPLE, Path(folder, "debugfs"))
            for table in copy.iterdir():
                if table.name in ("stats", "stacks"):
                    continue
                lines = table.read_text().splitlines()
                lines = [f"{'NEW' if number == 0 else 'x':>6} {line}" for number, line in enumerate(lines)]
                table.write_text("\n".join(lines) + "\n")
            self.assertEqual(kwgtop("--once", "incident"), kwgtop("--once", "incident", directory=copy))
            export = [sys.executable, KWGTOP.parent / "kwgexport", "-d"]
            known, new = (subprocess.run(export + [tables], check=True, text=True, capture_output=True).stdout
                          for tables in (SAMPLE, copy))
            self.assertEqual(known, new)


class Broken(unittest.TestCase):
    """Tables that are not there, or not as they should be: one line that says which."""

    def fails(self, regex, directory):
        """Status 1 and one line."""
        status, out, err = kwgtop("--once", directory=directory)
        self.assertEqual((1, "", 1), (status, out, err.count("\n")), err)
        self.assertRegex(err, regex)

    def test_unloaded(self):
        """The module is not there."""
        self.fails("is kwaitgroup.ko loaded", "/nonexistent")

    def test_bad_row(self):
        """File and line are named."""
        with tempfile.TemporaryDirectory() as folder:
            copy = shutil.copytree(SAMPLE, Path(folder, "debugfs"))
            with open(copy / "groups", "a", encoding="ascii") as groups:
                groups.write("9 name many no - 1s where\n")
            self.fails(r"debugfs/groups:7: not a row", copy)

    def test_empty(self):
        """Headers alone are fine."""
        with tempfile.TemporaryDirectory() as folder:
            copy = shutil.copytree(SAMPLE, Path(folder, "debugfs"))
            for table in copy.iterdir():
                if table.name != "stats":
                    lines = table.read_text().splitlines(keepends=True)
                    table.write_text("" if table.name == "stacks" else lines[0])
            status, out, _ = kwgtop("--once", directory=copy)
            self.assertEqual((0, True), (status, "no group is registered" in out))


class Live(unittest.TestCase):
    """On a terminal."""

    def read_until(self, terminal, text):
        """What it shows, up to this text, which must come in half a minute."""
        shown = b""
        while text not in shown:
            self.assertTrue(select.select([terminal], [], [], 30)[0], shown)
            shown += os.read(terminal, 4096)

    def test_quits(self):
        """q ends it, and the terminal is as it was."""
        terminal, slave = pty.openpty()
        self.addCleanup(os.close, terminal)
        self.addCleanup(os.close, slave)
        before = termios.tcgetattr(slave)
        with subprocess.Popen([sys.executable, KWGTOP, "-d", SAMPLE], stdin=slave, stdout=slave,
                              stderr=slave) as top:
            self.addCleanup(top.kill)
            self.read_until(terminal, b"nightly-scrub")
            self.assertNotEqual(before, termios.tcgetattr(slave))
            os.write(terminal, b"q")
            self.read_until(terminal, b"\x1b[?1049l")
            self.assertEqual(0, top.wait(30))
        self.assertEqual(before, termios.tcgetattr(slave))


if __name__ == "__main__":
    unittest.main()

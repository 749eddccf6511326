#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Guests share the host's processors, and never have more of them at once than there are."""
import tempfile
import time
import unittest
from pathlib import Path

from host import Host

# A guest of the suite "load" wants four processors.
BOOT = "boot", "debian-6.12"
# It comes and goes on when there are so many.
MEET = ": >{0}/$$; until [ $(ls {0} | wc -l) -ge {1} ]; do sleep 0.05; done"


class Processors(unittest.TestCase):
    """On one host: what else it has does not matter to them."""

    @classmethod
    def setUpClass(cls):
        cls.host = Host()
        cls.addClassCleanup(cls.host.close)

    def setUp(self):
        folder = Path(tempfile.mkdtemp(dir=self.host.folder.name))
        self.guests = folder / "guests"
        self.guests.mkdir()
        self.smp = folder / "smp"

    def given(self, cpus):
        """How many a guest gets on such a host."""
        status, out = self.host.lab(*BOOT, "load", CPUS=str(cpus), GUEST=f"echo $smp >{self.smp}")
        self.assertEqual(0, status, out)
        return int(self.smp.read_text())

    def test_guest_fits(self):
        """It has what it wants, but not more than there are, and never one alone."""
        self.assertEqual([4, 4, 3, 2, 2], [self.given(cpus) for cpus in (8, 4, 3, 2, 1)])

    def test_quota(self):
        """A control group's quota counts, rounded up, in both versions of control groups."""
        (self.host.cgroups / "cpu.max").write_text("250000 100000\n")
        self.assertEqual(3, self.given(8))
        (self.host.cgroups / "cpu.max").write_text("max 100000\n")
        self.assertEqual(4, self.given(8))

    def test_two_fit(self):
        """Both are there at the same time."""
        meet = MEET.format(self.guests, 2)
        first = self.host.start(*BOOT, "load", CPUS="8", GUEST=meet)
        second = self.host.start(*BOOT, "scale", CPUS="8", GUEST=meet)
        for run in (first, second):
            with run:
                out = run.communicate()[0]
            self.assertEqual(0, run.returncode, out)

    def test_one_waits(self):
        """The second has all of them when the first has gone, and says what it waits for."""
        stay = MEET.format(self.guests, 2)
        first = self.host.start(*BOOT, "load", CPUS="4", GUEST=stay)
        self.until(first, "booting")
        while not any(self.guests.iterdir()):
            self.assertIsNone(first.poll())
            time.sleep(0.05)
        second = self.host.start(*BOOT, "scale", CPUS="4", GUEST=f"echo $smp >{self.smp}")
        self.until(second, "waiting for 4 of the host's 4 processors")
        self.assertFalse(self.smp.exists())
        (self.guests / "go").touch()
        for run in (first, second):
            with run:
                out = run.communicate()[0]
            self.assertEqual(0, run.returncode, out)
        self.assertEqual("4\n", self.smp.read_text())

    def test_sleeper(self):
        """One that sleeps waits for none, but for the others of its kind."""
        for name, head in (("nap", "# sleeps: yes\n"), ("doze", "# smp: 1\n")):
            (self.host.top / "lab" / "suites" / name).write_text(head)
        first = self.host.start(*BOOT, "load", CPUS="2", GUEST=MEET.format(self.guests, 3))
        self.until(first, "booting")
        second = self.host.start(*BOOT, "nap", CPUS="1", GUEST=MEET.format(self.guests, 3))
        self.until(second, "booting")
        third = self.host.start(*BOOT, "doze", CPUS="1", GUEST=f": >{self.guests}/third")
        while len(list(self.guests.iterdir())) < 2:
            self.assertIsNone(second.poll())
            time.sleep(0.05)
        self.until(third, "waiting for 1 of the host's 1 processors")
        (self.guests / "go").touch()
        for run in (first, second, third):
            with run:
                out = run.communicate()[0]
            self.assertEqual(0, run.returncode, out)

    def test_sleepers_share(self):
        """Two of them sleep side by side, with more than one processor each, too."""
        for name in ("nap", "doze"):
            (self.host.top / "lab" / "suites" / name).write_text("# sleeps: yes\n")
        meet = MEET.format(self.guests, 2)
        for run in [self.host.start(*BOOT, name, CPUS="2", GUEST=meet) for name in ("nap", "doze")]:
            with run:
                out = run.communicate()[0]
            self.assertEqual(0, run.returncode, out)

    def until(self, run, what):
        """Reads what it prints, up to that."""
        for line in run.stdout:
            if what in line:
                return
        self.fail(f"never printed: {what}")


if __name__ == "__main__":
    unittest.main()

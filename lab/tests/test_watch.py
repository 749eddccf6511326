#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A guest hangs when it is silent or ends no test, not when it is slow."""
import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import watch  # pylint: disable=wrong-import-position

OK = "    ok 1 a_case"
NOISE = "kwaitgroup: stall: group g: waiter[1] waits for 60 s"


class Judged(unittest.TestCase):
    """Time is what a test says it is."""

    def setUp(self):
        self.judge = watch.Judge(silence=120, longest=900)

    def passes(self, seconds, console=(), result=()):
        """Lines, and then time in which nothing is wrong."""
        self.judge.hear(console, result)
        self.assertIsNone(self.judge.wait(seconds))

    def test_slow(self):
        """Hours, with a test every now and then."""
        for _ in range(100):
            self.passes(119, result=[OK])

    def test_slow_boot(self):
        """A kernel that boots for half an hour has not begun with its tests."""
        for _ in range(20):
            self.passes(100, console=["a driver"])

    def test_silent(self):
        """Nothing at all."""
        self.passes(120, result=[OK])
        self.assertEqual("it has said nothing for 121 s", self.judge.wait(1))

    def test_silent_machine(self):
        """A slow machine has as much more time."""
        self.passes(360, result=["lab: machine 3 (1190 ms)"])
        self.assertRegex(self.judge.wait(1), "nothing for 361 s")

    def test_noisy(self):
        """It complains for ever and no test ends, whichever way the complaint comes."""
        for console, result in (([NOISE], []), ([], [NOISE])):
            with self.subTest(console=console):
                self.judge = watch.Judge(silence=120, longest=900)
                self.passes(100, result=[OK])
                for _ in range(8):
                    self.passes(100, console, result)
                self.judge.hear(console, result)
                self.assertEqual("no test has ended for 901 s", self.judge.wait(1))

    def test_says_how_far(self):
        """A test that takes long and says how far it is goes on."""
        for _ in range(100):
            self.passes(100, result=["    # kwg_exits: 1000 have died"])

    def test_text(self):
        """Where the result is for people, any line of it is progress."""
        self.judge = watch.Judge(120, 900, ktap=False)
        for _ in range(100):
            self.passes(100, result=["$ insmod kwaitgroup.ko"])

    def test_failure(self):
        """An expectation that fails, and a test."""
        for line in ("    # kwg_x: EXPECTATION FAILED at x.c:1", "not ok 2 b", "    not ok 1 a"):
            judge = watch.Judge(120, 900)
            judge.hear([], [OK])
            self.assertFalse(judge.failed)
            judge.hear([], [line])
            self.assertTrue(judge.failed)


class Given(unittest.TestCase):
    """The time that a host gives a guest."""

    def test_idle(self):
        """A guest that asks for nothing has all of it."""
        self.assertEqual(0.5, watch.given(0.5, 0, 0))
        self.assertAlmostEqual(0.499, watch.given(0.5, 0.001, 0.001), 2)

    def test_alone(self):
        """As one that is never kept waiting."""
        self.assertEqual(0.5, watch.given(0.5, 0.8, 0))

    def test_half(self):
        """One that gets every other moment."""
        self.assertAlmostEqual(0.25, watch.given(0.5, 0.25, 0.25))
        self.assertAlmostEqual(0.25, watch.given(0.5, 0.5, 0.5))


class Logs(unittest.TestCase):
    """Lines of a file that is being written."""

    def test_grows(self):
        """A line counts when it is complete."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "log")
            log = watch.Log(path)
            self.assertEqual([], log.lines())
            with open(path, "w", encoding="utf-8") as file:
                for text, lines in (("a\r\nb", ["a"]), ("", []), ("c\n", ["bc"])):
                    file.write(text)
                    file.flush()
                    self.assertEqual(lines, log.lines())


class Processes(unittest.TestCase):
    """Real ones."""

    def watch(self, script, *options, result=""):
        """Exit status, and what was said after the times."""
        with tempfile.TemporaryDirectory() as folder:
            logs = Path(folder, "console"), Path(folder, "result")
            logs[1].write_text(result)
            argv = ["watch.py", *options, *map(str, logs), "sh", "-c", script]
            err = io.StringIO()
            with mock.patch.object(sys, "argv", argv), contextlib.redirect_stderr(err):
                status = watch.main()
            took, _, said = err.getvalue().partition("\n")
            self.assertRegex(took, r"^took \d+ s, \d+ s of processors$")
            return status, said

    def test_status(self):
        """That of the guest."""
        self.assertEqual((3, ""), self.watch("exit 3"))

    def test_killed(self):
        """By a signal, as a shell says it."""
        self.assertEqual((137, ""), self.watch("kill -9 $$"))

    def test_hangs(self):
        """Ended, also if it does not want to."""
        status, said = self.watch("trap '' TERM; while :; do sleep 0.1; done", "--silence", "0.1")
        self.assertEqual(124, status)
        self.assertRegex(said, "^it has said nothing for [0-9.]* s\n$")

    def test_first_failure(self):
        """Ended, and not said to have hung."""
        self.assertEqual((143, ""), self.watch("exec sleep 1000", "--first-failure", result="not ok 1 a\n"))


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A boot passes only if everything about it is right. Reads KTAP with the parser in $KUNIT."""
import contextlib
import io
import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import verdict  # pylint: disable=wrong-import-position

CONSOLE = "[    0.000000] Linux version 6.12\n[    9.000000] reboot: Power down\n"
KTAP = "KTAP version 1\n1..2\nok 1 a\nok 2 b\n"
NESTED = ("KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: s\n    1..2\n"
          "    ok 1 a\n    {0} 2 b\n# s: summary\n{0} 1 s\n")
PASSED = "lab: suite passed\n"


class Judging(unittest.TestCase):
    """A boot, judged."""

    def judge(self, result, console=CONSOLE, status=0, suites=("",), ktap=True):
        """Exit status, counts and output of the verdict."""
        with tempfile.TemporaryDirectory() as folder:
            paths = {name: Path(folder, name) for name in ("console", "result", "qemu-log", "counts")}
            for name, text in zip(paths, (console, result, "")):
                paths[name].write_text(text)
            argv = ["verdict.py", f"--qemu-status={status}"]
            argv += [f"--{name}={path}" for name, path in paths.items()]
            for number, text in enumerate(suites, 1):
                path = Path(folder, f"suite-{number}")
                path.write_text(text)
                argv.append(f"--suite={path}")
            argv += [f"--kunit={os.environ['KUNIT']}"] if ktap else []
            out = io.StringIO()
            with mock.patch.object(sys, "argv", argv), contextlib.redirect_stdout(out):
                code = verdict.main()
            return code, paths["counts"].read_text().split(), out.getvalue()

    def fails(self, why, *args, **kwargs):
        """The boot is judged a failure for this reason."""
        code, counts, out = self.judge(*args, **kwargs)
        self.assertEqual(1, code, out)
        self.assertNotEqual("0", counts[1])
        self.assertRegex(out, f"FAILED: .*{why}")


class Verdict(Judging):
    """Each test is one boot."""

    def test_passes(self):
        """Nothing is wrong."""
        self.assertEqual((0, ["2", "0", "0"]), self.judge(KTAP + PASSED)[:2])

    def test_passes_without_ktap(self):
        """A demonstration counts as one test."""
        self.assertEqual((0, ["1", "0", "0"]), self.judge("hello\n" + PASSED, ktap=False)[:2])

    def test_documents_add_up(self):
        """Each test module prints a document of its own."""
        result = KTAP + NESTED.format("ok") + KTAP + PASSED
        self.assertEqual((0, ["6", "0", "0"]), self.judge(result)[:2])

    def test_later_document_fails(self):
        """A failure after a document that passed."""
        code, counts, _ = self.judge(KTAP + NESTED.format("not ok") + PASSED)
        self.assertEqual((1, ["3", "1", "0"]), (code, counts))

    def test_skipped(self):
        """A skipped test is neither passed nor failed."""
        result = KTAP.replace("ok 2 b", "ok 2 b # SKIP why") + PASSED
        self.assertEqual((0, ["1", "0", "1"]), self.judge(result)[:2])

    def test_truncated(self):
        """The plan said two."""
        code, counts, _ = self.judge("KTAP version 1\n1..2\nok 1 a\n" + PASSED)
        self.assertEqual(1, code)
        self.assertEqual("1", counts[0])

    def test_no_ktap(self):
        """A suite that tests nothing proves nothing."""
        self.fails("no test was run", PASSED)

    def test_empty_plan(self):
        """Nor does a plan of none."""
        self.fails("no test was run", "KTAP version 1\n1..0\n" + PASSED)

    def test_no_success_line(self):
        """The suite died."""
        self.fails("did not come to its end", KTAP)

    def test_failed_status(self):
        """The suite says that it failed."""
        self.fails("status 3", KTAP + "lab: suite failed, status 3\n")

    def test_hung(self):
        """Killed because it went silent, even after a success line."""
        self.fails("hung", KTAP + PASSED, status=124)

    def test_qemu_failed(self):
        """QEMU itself."""
        self.fails("QEMU failed", "", console="", status=1)

    def test_no_power_off(self):
        """The guest's last words are missing."""
        self.fails("power off", KTAP + PASSED, console="[ 0.0] Linux\n")

    def test_splat(self):
        """A splat on a console where all tests passed."""
        self.fails("splat on console line 1", KTAP + PASSED, console="BUG: KASAN: oops\n" + CONSOLE)

    def test_expected_splat_missing(self):
        """A suite that must provoke a WARN and did not."""
        self.fails("expected splat is missing", KTAP + PASSED, suites=("# expect-splat: WARNING: | misuse\n",))


class Several(Judging):
    """Suites that share a boot; the second one provokes a splat, and both have tests."""
    SUITES = "", "# expect-splat: WARNING: | misuse\n"
    BEGIN = "[    1.000000] lab: next: 1-a\n", "[    2.000000][   T1] lab: next: 2-b\n"
    TESTS = f"lab: next: 1-a\n{KTAP}", f"lab: next: 2-b\n{KTAP}"
    SPLAT = "[    1.500000] WARNING: CPU: 0 PID: 1 at x.c:1\n"

    def test_passes(self):
        """Each test counts."""
        console = "".join(self.BEGIN) + self.SPLAT + CONSOLE
        result = "".join(self.TESTS) + PASSED
        self.assertEqual((0, ["4", "0", "0"]), self.judge(result, console, suites=self.SUITES)[:2])

    def test_splat_of_another(self):
        """What one declares is no excuse for the other, and is missing where it is declared."""
        console = self.BEGIN[0] + self.SPLAT + self.BEGIN[1] + CONSOLE
        for why in ("suite-1: splat on console line 2", "suite-2: expected splat is missing"):
            self.fails(why, "".join(self.TESTS) + PASSED, console, suites=self.SUITES)

    def test_splat_before(self):
        """A splat before the first is the first one's."""
        console = self.SPLAT + "".join(self.BEGIN) + self.SPLAT + CONSOLE
        self.fails("suite-1: splat on console line 1", "".join(self.TESTS) + PASSED, console, suites=self.SUITES)

    def test_no_test(self):
        """Each has to have one."""
        console = "".join(self.BEGIN) + self.SPLAT + CONSOLE
        result = self.TESTS[0] + "lab: next: 2-b\n" + PASSED
        self.fails("suite-2: no test was run", result, console, suites=self.SUITES)

    def test_not_begun(self):
        """One that never began."""
        self.fails("suite-2: no test was run", self.TESTS[0] + PASSED, self.BEGIN[0] + CONSOLE, suites=("", ""))


if __name__ == "__main__":
    unittest.main()

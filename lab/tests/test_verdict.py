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


class Verdict(unittest.TestCase):
    """Each test is one boot."""

    def judge(self, result, console=CONSOLE, status=0, suite="", ktap=True):
        """Exit status, counts and output of the verdict."""
        with tempfile.TemporaryDirectory() as folder:
            paths = {name: Path(folder, name) for name in ("suite", "console", "result", "qemu-log", "counts")}
            for name, text in zip(paths, (suite, console, result, "")):
                paths[name].write_text(text)
            argv = ["verdict.py", f"--qemu-status={status}"]
            argv += [f"--{name}={path}" for name, path in paths.items()]
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
        self.fails("expected splat is missing", KTAP + PASSED, suite="# expect-splat: WARNING: | misuse\n")


if __name__ == "__main__":
    unittest.main()

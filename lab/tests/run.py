#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs the Python tests, prints a line for each, and writes "passed failed skipped" to a file.

usage: run.py COUNTS-FILE [PATTERN]
"""
import sys
import unittest
from pathlib import Path


class Lines(unittest.TestResult):
    """One line a test, the traceback of a failure below it."""
    passed = 0

    def addSuccess(self, test):
        self.passed += 1
        print(f"ok {self.testsRun} {test.id()}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        print(f"not ok {self.testsRun} {test.id()}\n{self.failures[-1][1]}")

    def addError(self, test, err):
        super().addError(test, err)
        print(f"not ok {self.testsRun} {test.id()}\n{self.errors[-1][1]}")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f"ok {self.testsRun} {test.id()} # SKIP {reason}")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            print(f"not ok {self.testsRun} {subtest.id()}: {err[1]}")


def main():
    """Exit status 0 only without failures."""
    here = Path(__file__).resolve().parent
    sys.path.insert(0, str(here.parent))
    result = Lines()
    unittest.defaultTestLoader.discover(str(here), *sys.argv[2:]).run(result)
    failed = len(result.failures) + len(result.errors)
    Path(sys.argv[1]).write_text(f"{result.passed} {failed} {len(result.skipped)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The scanner finds every kind of splat that is planted, and nothing in a benign console."""
import sys
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS.parent))
import splat  # pylint: disable=wrong-import-position

DENY, ALLOW = splat.rules()


def sample(name):
    """Lines of a console; those with a '#' are about the file."""
    lines = (TESTS / name).read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


SPLATS, BENIGN, ALLOWED = map(sample, ("splats.sample", "benign.sample", "allowed.sample"))
WARN = SPLATS[0]


def scan(lines, *expect):
    """What the scanner says of these lines, with these declared splats."""
    return splat.scan(lines, (DENY, ALLOW), [splat.Rule(text) for text in expect])


class Planted(unittest.TestCase):
    """Splats are found."""

    def test_every_sample_is_found(self):
        """In the middle of a benign console, and only that one line."""
        for line in SPLATS:
            with self.subTest(line=line):
                faults = scan(BENIGN + [line] + BENIGN)
                self.assertEqual(1, len(faults), faults)
                self.assertIn(f"line {len(BENIGN) + 1}:", faults[0])

    def test_every_rule_has_a_sample(self):
        """A rule that matches no sample is a rule nobody has ever seen at work."""
        for rule in DENY:
            with self.subTest(rule=rule.pattern.pattern):
                self.assertTrue(any(rule.found(splat.STAMP.sub("", line)) for line in SPLATS))

    def test_with_and_without_time_and_caller(self):
        """Whatever printk puts before the text."""
        for prefix in ("", "[    1.000000] ", "[    1.000000][   T12] ", "[    1.000000][    C1] ", "<4>[ 1.000000] "):
            with self.subTest(prefix=prefix):
                self.assertEqual(1, len(scan([prefix + "BUG: KASAN: stack-out-of-bounds in f"])))

    def test_call_trace_alone(self):
        """A report of a kind that nobody thought of."""
        self.assertEqual(1, len(scan(["[    1.000000] Call Trace:"])))
        self.assertEqual(1, len(scan(["[    1.000000] Call trace:"])))

    def test_call_trace_belongs_to_its_report(self):
        """One report, one fault."""
        self.assertEqual(1, len(scan([WARN, "[    4.100000] Call Trace:"])))


class Declared(unittest.TestCase):
    """Splats that a suite provokes."""

    def test_expected(self):
        """A declared splat is no fault, nor is its call trace."""
        self.assertEqual([], scan([WARN, "[    4.100000] Call Trace:"], "WARNING: .*kwaitgroup | misuse"))

    def test_missing(self):
        """A declared splat must be there."""
        self.assertEqual(1, len(scan(BENIGN, "WARNING: .*kwaitgroup | misuse")))

    def test_only_what_is_declared(self):
        """A declared splat does not excuse another."""
        self.assertEqual(1, len(scan([WARN, SPLATS[6]], "WARNING: .*kwaitgroup | misuse")))

    def test_reason_is_required(self):
        """Nobody declares or allows anything without saying why."""
        for text in ("WARNING: .*", "WARNING: .* | ", " | why"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                splat.Rule(text)


class Benign(unittest.TestCase):
    """What is no splat."""

    def test_benign_console(self):
        """Words that look like one: BUG, WARNING, watchdog, taints."""
        self.assertEqual([], scan(BENIGN))

    def test_every_allowance_is_needed(self):
        """Each has a sample that would be a splat without it."""
        samples = [splat.STAMP.sub("", line) for line in ALLOWED]
        self.assertEqual([], scan(samples))
        for rule in ALLOW:
            with self.subTest(rule=rule.pattern.pattern):
                hits = [line for line in samples if rule.found(line)]
                self.assertTrue(hits)
                self.assertTrue(all(splat.scan([line], (DENY, [])) for line in hits))


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Each semantic patch reports the lines of its fixture that say so, and no others; what it changes compiles."""
import collections
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from installing import KERNELS, make

TOP = Path(__file__).resolve().parent.parent.parent
COCCI = TOP / "tools" / "cocci"
FIXTURES = COCCI / "tests"
RULES = sorted(COCCI.glob("vet/*.cocci")) + sorted(COCCI.glob("idioms/*.cocci"))
PATCHES = [rule for rule in RULES if "\nvirtual patch\n" in rule.read_text()]
REPORT = re.compile(r"^(\S+?):(\d+):[\d-]+: (\w+): ")
ORG = re.compile(r"^\* TODO \[\[view:(\S+?)::face=[^:]*::linb=(\d+)::[^]]*\]\[(\w+): ")


def kwgvet(mode, kind, *places, tool=COCCI / "kwgvet"):
    """What it prints, without a word of warning."""
    done = subprocess.run([tool, "--mode", mode, "--kind", kind, *places], capture_output=True, text=True, check=False)
    if done.returncode or done.stderr:
        raise RuntimeError(f"{kind}: {done.returncode} {done.stderr}{done.stdout}")
    return done.stdout


def fixture_of(rule):
    """The file with its mistakes."""
    return FIXTURES / f"{rule.stem}.c"


def expected(fixture):
    """(line, kind) of each finding."""
    found = collections.Counter()
    for number, line in enumerate(fixture.read_text().splitlines(), 1):
        for kinds in re.findall(r"/\* expect: (.*?) \*/", line):
            found.update((number, kind) for kind in kinds.split(", "))
    return found


def reported(text, form=REPORT):
    """(line, kind) of each finding."""
    found = collections.Counter()
    for line in text.splitlines():
        match = form.match(line)
        if not match:
            raise ValueError(f"no finding: {line}")
        found[int(match[2]), match[3]] += 1
    return found


def fixtures(name):
    """A copy of them, always in the same place, so that ccache knows it."""
    folder = TOP / "build" / "vet" / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(FIXTURES, folder)
    return folder


def lacking(folder, rules):
    """Of their fixtures there, what does not compile; a warning is an error."""
    objects = [f"{rule.stem}.o" for rule in rules]
    make(KERNELS[0], f"M={folder}", "DEBIAN_KERNEL_USE_CCACHE=1", "W=1", "KCFLAGS=-Werror", f"KWAITGROUP={TOP}/module/include", *objects)
    return [name for name in objects if not (folder / name).exists()]


class Fixtures(unittest.TestCase):
    """Of each semantic patch."""

    def test_findings(self):
        """What it finds is what is marked: no more, no less, nothing twice."""
        for rule in RULES:
            with self.subTest(rule.stem):
                self.assertEqual(reported(kwgvet("report", rule.stem, fixture_of(rule))), expected(fixture_of(rule)))

    def test_org(self):
        """The same lines for Emacs."""
        for rule in RULES:
            with self.subTest(rule.stem):
                self.assertEqual(reported(kwgvet("org", rule.stem, fixture_of(rule)), ORG), expected(fixture_of(rule)))

    def test_enough(self):
        """Three mistakes at the least, and three functions in which there is none."""
        self.assertGreaterEqual(len(RULES), 18)
        self.assertEqual({fixture_of(rule) for rule in RULES}, set(FIXTURES.glob("*.c")))
        for rule in RULES:
            with self.subTest(rule.stem):
                text = fixture_of(rule).read_text()
                self.assertGreaterEqual(sum(kind == rule.stem for _, kind in expected(fixture_of(rule))), 3)
                functions = re.split(r"\n(?=static )", text)
                good = [part for part in functions if re.match(r"static [^\n]*\bgood_\w+\(", part)]
                self.assertGreaterEqual(len(good), 3)
                self.assertFalse([part for part in good if "expect:" in part])

    def test_emptied(self):
        """A rule that finds nothing any more is noticed: each has a fixture in which it has to."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "cocci"
            shutil.copytree(COCCI, copy)
            for rule in RULES:
                head = rule.read_text().split("\n@", 1)[0]
                (copy / rule.relative_to(COCCI)).write_text(f"{head}\n@@\n@@\n* never_called()\n")
                with self.subTest(rule.stem):
                    found = reported(kwgvet("report", rule.stem, fixture_of(rule), tool=copy / "kwgvet"))
                    self.assertNotEqual(found, expected(fixture_of(rule)))

    @unittest.skipUnless(KERNELS, "no kernel's headers; lab/lab vet has them")
    def test_compile(self):
        """They are what the headers have: a call that is gone is no mistake any more."""
        self.assertEqual(lacking(fixtures("fixtures"), RULES), [])


class Patches(unittest.TestCase):
    """What patch mode changes."""

    @unittest.skipUnless(KERNELS, "no kernel's headers; lab/lab vet has them")
    def test_patched(self):
        """It applies, some of what was reported is gone, nothing else has come, and it compiles."""
        copy = fixtures("patched")
        for rule in PATCHES:
            with self.subTest(rule.stem):
                name = copy / fixture_of(rule).name
                diff = kwgvet("patch", rule.stem, name)
                subprocess.run(["patch", "-s", "-p0", "-d", "/"], input=diff, text=True, check=True)
                left = reported(kwgvet("report", rule.stem, name))
                self.assertLess(sum(left.values()), sum(expected(fixture_of(rule)).values()))
                self.assertEqual(left - expected(name), collections.Counter())
        self.assertEqual(lacking(copy, PATCHES), [])


class Tool(unittest.TestCase):
    """kwgvet."""

    def test_own(self):
        """What is to be copied from has no such mistake, nor have the tests that make none on purpose."""
        self.assertEqual(kwgvet("report", "vet", TOP / "samples", TOP / "torture", TOP / "bench"), "")

    def test_status(self):
        """Of a finding, if asked for."""
        for name, status in (("plain_done", 1), ("copied", 0)):
            done = subprocess.run([COCCI / "kwgvet", "--status", "--kind", name, FIXTURES / "plain_done.c"],
                                  capture_output=True, check=False)
            self.assertEqual(done.returncode, status)

    def test_refused(self):
        """What it cannot do is one line, and no finding."""
        for words in (("--mode", "context", "."), ("--kind", "nonsense", "."), ("--jobs", "0", "."), ("nowhere",)):
            done = subprocess.run([COCCI / "kwgvet", *words], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertRegex(done.stderr, r"^kwgvet: .*\n$")

    def test_documented(self):
        """Each is in --list, and in the README's table."""
        readme = (COCCI / "README.md").read_text()
        for line, rule in zip(kwgvet_list(), RULES, strict=True):
            self.assertRegex(line, rf"^{rule.stem} +\S")
            self.assertIn(f"| `{rule.stem}` |", readme)
            self.assertRegex(rule.read_text(), r"\n// Confidence: (High|Moderate|Low)\n")


def kwgvet_list():
    """Lines of --list."""
    return subprocess.run([COCCI / "kwgvet", "--list"], capture_output=True, text=True, check=True).stdout.splitlines()


class Findings(unittest.TestCase):
    """The table of what is in the kernel."""
    REPORT = ("fs/a.c:10:5-24: atomic_wait_event: end(): & io -> left, & io -> wait\n"
              "fs/a.c:10:5-24: use_after_free: end(): wait() waits on line 20, and io goes away on line 21\n")

    def make(self, judgements, sample="# none\n"):
        """Its table and what it complains of."""
        with tempfile.TemporaryDirectory() as folder:
            here = Path(folder)
            shutil.copy(COCCI / "findings.py", here)
            (here / "judgements.tsv").write_text(judgements)
            (here / "sample.tsv").write_text(sample)
            (here / "6.12").write_text(self.REPORT)
            return subprocess.run([sys.executable, here / "findings.py", here / "6.12"], capture_output=True, text=True,
                                  check=False)

    def test_unread(self):
        """A site that nobody has read says so."""
        done = self.make("# none\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("1 functions: 1 unread.", done.stdout)

    def test_judged(self):
        """One that somebody has has his verdict, and his reason."""
        done = self.make("fs/a.c\tend\treal\tfreed at once\n", "atomic_wait_event\tfs/a.c\tend\tno\tonly a limit\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"- real\n +- freed at once\n")
        self.assertIn("1 of these have been read: 1 are not what they were reported as, 100 %.", done.stdout)

    def test_unmatched(self):
        """A verdict of what is not there is an error."""
        done = self.make("fs/a.c\tgone\treal\tfreed at once\n", "atomic_wait_event\tfs/b.c\tend\tyes\t\n")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "judgements.tsv: no such site: fs/a.c gone\n"
                                      "sample.tsv: no such site: atomic_wait_event fs/b.c end\n")

    def test_kept(self):
        """The table in Documentation is of the verdicts that are here."""
        text = (TOP / "Documentation" / "findings.rst").read_text()
        for line in (COCCI / "judgements.tsv").read_text().splitlines():
            if not line.startswith("#"):
                self.assertIn(line.split("\t")[3], text)
        self.assertNotIn("- unread", text)
        # What was known before anybody looked for it.
        self.assertRegex(text, r"btrfs_encoded_read_endio\(\)``\n +- \d+\n +- -\n +- real\n")


if __name__ == "__main__":
    unittest.main()

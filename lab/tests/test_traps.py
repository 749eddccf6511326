#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Where nothing fails, the lab does not say that something failed unexpectedly."""
import json
import re
import subprocess
import unittest
from pathlib import Path

from host import Host

TRAP = "failed unexpectedly"


class Errexit(unittest.TestCase):
    """What is asked whether it has failed, as all that logged() runs, goes on after a failure whatever it sets."""

    def test_not_in_functions(self):
        """So each of them says itself that it has failed."""
        for path in sorted(Path(__file__).resolve().parent.parent.glob("lib/*.sh")):
            self.assertNotRegex(path.read_text(encoding="utf-8"), r"(?m)^\s*set .*(errexit|-e\b)", path)


class Traps(unittest.TestCase):
    """Each test begins on a host on which the lab has never run."""

    def setUp(self):
        self.host = Host()
        self.addCleanup(self.host.close)

    def passes(self, *words, **environ):
        """Nothing fails, and nothing is said to have; not when it is all in the cache either."""
        for _ in range(2):
            status, out = self.host.lab(*words, **environ)
            self.assertEqual(0, status, out)
            self.assertNotIn(TRAP, out)
        return out

    def test_lists(self):
        """What needs no kernel."""
        for command in ("help", "kernels", "suites"):
            self.passes(command)

    def test_get(self):
        """A kernel is downloaded, another built."""
        self.passes("get", "debian-6.12")
        self.passes("get", "debug")

    def test_modules(self):
        """Modules for both, one with variables for its make, one without."""
        self.assertIn("kwaitgroup.ko", self.passes("modules", "debian-6.12"))
        self.assertIn("kwaitgroup.ko", self.passes("modules", "debug"))

    def test_boot(self):
        """Suites with programs, with Python, with variables for make and without."""
        for kernel, suite in (("debian-6.12", "load"), ("debian-6.12", "quick"), ("debug", "misuse"),
                              ("debian-6.12", "user"), ("debian-6.12", "tools")):
            self.assertIn("passed", self.passes("boot", kernel, suite))

    def test_share(self):
        """Suites that share a boot: both are packed, with the programs of each, and each has a part of the result."""
        document = "KTAP version 1\\n1..1\\n"
        parts = rf"ok 1 a\nlab: next: 1-user\n{document}ok 1 b\nlab: next: 2-user32\n{document}"
        out = self.passes("boot", "debian-6.12", "user+user32", GUEST=f"printf '{parts}' >>$result")
        self.assertIn("user+user32 passed", out)
        self.packed("user+user32", "lab/suites/1-user", "lab/suites/2-user32", "programs/native/program",
                    "programs/i386/program")

    def packed(self, suite, *names):
        """Files of a guest's root."""
        with open(self.host.top / "build" / "debian-6.12" / suite / "initramfs.cpio", "rb") as archive:
            listed = subprocess.run(["cpio", "-t", "--quiet"], stdin=archive, stdout=subprocess.PIPE, check=True,
                                    text=True).stdout.split()
        for name in names:
            self.assertIn(name, listed)

    def test_driver(self):
        """A driver from elsewhere; its folder stays as it is, and what its author has built there is not taken."""
        folder = Path(self.host.folder.name, "my driver")
        folder.mkdir()
        for name in ("Kbuild", "old.ko", "my.sh"):
            (folder / name).write_text("# silence: 60\n")
        out = self.passes("boot", "debian-6.12", "--module", str(folder), "--suite", str(folder / "my.sh"))
        self.assertRegex(out, "building my_driver\n(.*\n)*.*my.sh passed")
        self.assertEqual({"Kbuild", "old.ko", "my.sh"}, {path.name for path in folder.iterdir()})
        built = {path.name for path in self.host.top.glob("build/debian-6.12/driver-my_driver/*")}
        self.assertEqual({"Kbuild", "kwaitgroup.ko", "my.sh"}, built)

    def test_run(self):
        """What a newcomer types first."""
        self.assertIn("a flame graph", self.passes("run", "debian-6.12"))

    def test_shell(self):
        """And second; programs of the lab's root are packed for it."""
        self.passes("shell", "debian-6.12")
        self.packed("shell", "usr/bin/true", "observe/kwgtop", "bpftrace/holders.bt", "lab/prompt")

    def test_check(self):
        """Several at once, on one cold cache."""
        items = "debian-6.12:load", "debian-6.12:quick", "debug:quick", "debian-6.12:run"
        self.assertRegex(self.passes("check", *items), r"\n4 passed, 0 failed\n$")

    def test_check_trapped(self):
        """A trap in a check that passes is a failure."""
        suite = self.host.top / "lab" / "lib" / "initramfs.sh"
        suite.write_text(suite.read_text().replace("\tmodules_build\n", "\tmodules_build\n\tcat < <(grep x /dev/null)\n"))
        status, out = self.host.lab("check", "debian-6.12:load")
        self.assertEqual(1, status, out)
        self.assertRegex(out, f"FAILED: it passed, and yet: lab: {TRAP}: grep")
        self.assertRegex(out, r"\n1 passed, 1 failed\n$")

    def matrix(self, *words, **environ):
        """Of two suites on one kernel: its exit status, and what it says last."""
        status, out = self.host.lab("matrix", *words, "debian-6.12", SUITES="load scale", **environ)
        self.assertNotIn(TRAP, out)
        return status, out

    def test_matrix(self):
        """All suites that there are, on one kernel."""
        for suite in (self.host.top / "lab" / "suites").iterdir():
            if suite.name not in ("load", "run", "scale"):
                suite.unlink()
        self.assertRegex(self.passes("matrix", "debian-6.12"), r"\n2 of 2 cells passed: 2 tests passed, 0 failed, ")

    def test_matrix_resumes(self):
        """What has passed is run again when the tree has changed, or when that is asked for."""
        self.assertIn("2 cells, 2 of them to run", self.matrix()[1])
        self.assertIn("2 cells, 0 of them to run", self.matrix()[1])
        self.assertIn("2 cells, 2 of them to run", self.matrix(MATRIX="fresh")[1])
        (self.host.top / "module" / "new.h").write_text("")
        self.assertIn("2 cells, 2 of them to run", self.matrix()[1])

    def test_matrix_fails(self):
        """A cell that is broken says why, in each of the reports, and is run again."""
        reports = self.host.top / "report.xml", self.host.top / "report.json"
        words = "--junit", str(reports[0]), "--json", str(reports[1])
        failing = "case $result in *scale*) echo 'not ok 1 it boots' >>$result; exit;; esac"
        status, out = self.matrix(*words, GUEST=failing)
        self.assertEqual(1, status, out)
        self.assertRegex(out, r"\nscale +FAIL\n\ndebian-6.12 scale: .*it boots.* \(build/matrix/debian-6.12/scale.log\)\n1 of 2 ")
        self.assertIn("it boots", reports[0].read_text())
        cells = {cell["suite"]: cell["verdict"] for cell in json.loads(reports[1].read_text())["cells"]}
        self.assertEqual({"load": "passed", "scale": "failed"}, cells)
        status, out = self.matrix()
        self.assertEqual(0, status, out)
        self.assertIn("2 cells, 1 of them to run", out)

    def test_mutants(self):
        """One that is found, by the first that looks: the usual one, or whom the table names."""
        table = self.host.top / "module" / "mutants.h"
        failing = "echo 'not ok 1 it boots' >>$result; exec sleep 1000"
        row = re.compile(r"^( \* ticket_zero\t.*\").*$", re.MULTILINE)
        self.assertRegex(table.read_text(), row)
        for end, hunter in (("", "debian-6.12:quick"), (" [tools]", "debian-6.12:tools"),
                            (" [debug:misuse]", "debug:misuse"),
                            (" [kwaitgroup_rest]", "debian-6.12:kwaitgroup_rest")):
            with self.subTest(hunter=hunter):
                table.write_text(row.sub(rf"\1{end}", table.read_text()))
                status, out = self.host.lab("mutants", "ticket_zero", GUEST=failing)
                self.assertEqual(0, status, out)
                self.assertNotIn(TRAP, out)
                self.assertRegex(out, rf"\nticket_zero +{hunter} ")

    def test_mutant_control(self):
        """Without a bug the suites that are asked first find none; each of KUnit's in one boot with the others."""
        status, out = self.host.lab("mutant-control")
        self.assertEqual(0, status, out)
        self.assertNotIn(TRAP, out)
        self.assertIn("debian-6.12: booting, suite kwaitgroup_*", out)
        status, _ = self.host.lab("mutant-control", GUEST="echo 'not ok 1 it boots' >>$result; exec sleep 1000")
        self.assertEqual(1, status)

    def test_mutant_survives(self):
        """One that nobody finds."""
        table = self.host.top / "module" / "mutants.h"
        table.write_text(re.sub(r" \[explore:.*\]$", "", table.read_text(), flags=re.MULTILINE))
        status, out = self.host.lab("mutants", "ticket_zero", MUTANT_HUNTERS="debian-6.12:quick debug:quick")
        self.assertEqual(1, status, out)
        self.assertRegex(out, "ticket_zero .*SURVIVED")
        self.assertNotIn(TRAP, out)


if __name__ == "__main__":
    unittest.main()

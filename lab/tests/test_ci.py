#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What CI is told is what the kernels and suites say."""
import unittest

from host import TOP, Host


class Ci(unittest.TestCase):
    """Made anew on a host of its own."""

    def setUp(self):
        self.host = Host()
        self.addCleanup(self.host.close)

    def made(self, name):
        """Made there."""
        status, out = self.host.lab("ci")
        self.assertEqual(0, status, out)
        return (self.host.top / name).read_text(encoding="utf-8")

    def test_up_to_date(self):
        """If not: lab/lab ci."""
        for name in (".github/workflows/ci.yml", "lab/lava.yaml", "README.md"):
            with self.subTest(name=name):
                self.assertEqual((TOP / name).read_text(encoding="utf-8"), self.made(name))

    def test_follows(self):
        """A new suite and a new kernel are in it."""
        (self.host.top / "lab" / "suites" / "brand-new").write_text("# memory: 77\n")
        (self.host.top / "lab" / "kernels" / "debian-9.9").write_text("# Not here yet.\narch=arm64\npackage='x'\n")
        self.assertRegex(self.made(".github/workflows/ci.yml"), r"- kernel: debian-9.9\n +suites: .*brand-new")
        self.assertIn("-m 77 -no-reboot", self.made("lab/lava.yaml"))
        self.assertRegex(self.made("README.md"), r"\n\| `debian-9.9` \| arm64 \| Not here yet \| .*brand-new.* \|\n")
        status, out = self.host.lab("ci", "debian-9.9")
        self.assertEqual(0, status, out)
        self.assertIn("arch: arm64", out)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Debian's DKMS builds the module, and nothing but that; puts a new version in the place of an old one, builds
a driver that depends on it, and leaves nothing. In a copy of the lab's root: lab/lab dkms.
"""
import os
import re
import unittest
from collections import Counter
from pathlib import Path

from installing import KERNELS, TOP, VERSION, copy, expected, kernel_folder, make, ours, release, run

WORK = TOP / "build" / "dkms"
OLD = "0.1.99"


def dkms(folder, verb, kernel):
    """By the tree's script, as make does it."""
    where = ("-k", release(kernel), "--kernelsourcedir", kernel) if verb == "install" else ()
    return run("dist/dkms", verb, *where, folder=folder)


def modules(kernel):
    """What of ours is installed for it: names and versions."""
    found = Path("/lib/modules", release(kernel)).rglob("*.ko*")
    return {path.name.split(".")[0]: run("modinfo", "-F", "version", path).strip() for path in found}


def signers(kernel):
    """Whose keys our modules are signed with, for Secure Boot."""
    return {run("modinfo", "-F", "signer", path).strip()
            for path in Path("/lib/modules", release(kernel)).rglob("kwaitgroup*.ko*")}


def here(line, kernel):
    """The path of a line of the list, installed below /usr/local."""
    path = "/" + line.split()[1].replace("RELEASE", release(kernel))
    return re.sub("^/lib", "/usr/lib", re.sub("^/usr", "/usr/local", path.replace(".so.0.VERSION", f".so.0.{VERSION}")))


def setUpModule():
    """As if the kernels were installed."""
    for kernel in KERNELS:
        kernel_folder(kernel)


class Dkms(unittest.TestCase):
    """All of it is one story."""
    maxDiff = None

    def dependent(self, kernel):
        """A driver that names kwaitgroup in its dkms.conf."""
        copy(TOP / "samples" / "dependent", Path("/usr/src/kwaitgroup-dependent-1.0"))
        make(TOP, "headers_install", "DESTDIR=", f"KDIR={kernel}")
        run("dkms", "install", "kwaitgroup-dependent/1.0", "-k", release(kernel), "--kernelsourcedir", kernel)
        module, = Path("/lib/modules", release(kernel)).rglob("kwaitgroup_dependent.ko*")
        self.assertEqual("kwaitgroup\n", run("modinfo", "-F", "depends", module))
        run("dkms", "remove", "kwaitgroup-dependent/1.0", "--all")
        run("rm", "-r", "/usr/src/kwaitgroup-dependent-1.0")
        make(TOP, "uninstall-headers", "DESTDIR=", f"KDIR={kernel}")

    def test_story(self):
        """Install, upgrade, use, remove."""
        new, old = copy(TOP, WORK / "new"), copy(TOP, WORK / "old")
        (old / "VERSION").write_text(OLD + "\n")
        before = ours()
        for number, kernel in enumerate(KERNELS):
            with self.subTest(kernel=release(kernel)):
                if not number:
                    dkms(old, "install", kernel)
                    self.assertEqual({"kwaitgroup": OLD}, modules(kernel))
                dkms(new, "install", kernel)
                self.assertEqual({"kwaitgroup": VERSION}, modules(kernel))
                self.assertEqual({"DKMS module signing key"}, signers(kernel))
                self.assertEqual({VERSION: number + 1}, Counter(re.findall("^kwaitgroup/(.*), .*, .*: installed$",
                                                                           run("dkms", "status"), re.M)))
                self.dependent(kernel)
        dkms(new, "remove", None)
        self.assertEqual("", run("dkms", "status"))
        self.assertEqual(before, ours())
        self.assertEqual({}, modules(KERNELS[0]))

    def test_too_old(self):
        """A kernel that is too old is refused in a sentence, and nothing is built."""
        new = copy(TOP, WORK / "new")
        with self.assertRaises(AssertionError) as caught:
            run("dist/dkms", "install", "-k", "5.10.0-1-amd64", "--kernelsourcedir", KERNELS[0], folder=new)
        self.assertRegex(str(caught.exception), "BUILD_EXCLUSIVE")
        dkms(new, "remove", None)


class Dkms12(Dkms):
    """The same with the DKMS of Debian 12, which forgets what a module exports."""

    @classmethod
    def setUpClass(cls):
        cls.path = os.environ["PATH"]
        os.environ["PATH"] = f"{os.environ['KWAITGROUP_DKMS_12']}:{cls.path}"

    @classmethod
    def tearDownClass(cls):
        os.environ["PATH"] = cls.path


class Make(unittest.TestCase):
    """And without DKMS."""
    maxDiff = None

    def test_without(self):
        """make install puts there what the list says, and uninstall takes away just that."""
        kernel = KERNELS[0]
        tree, before = copy(TOP, WORK / "new"), ours()
        make(tree, "install", f"KDIR={kernel}")
        made = {re.sub(r"\.ko\.\w+$", ".ko", path) for path in ours() - before}
        self.assertEqual({here(line, kernel) for line in expected()}, made)
        make(tree, "uninstall", f"KDIR={kernel}")
        self.assertEqual(before, ours())


if __name__ == "__main__":
    unittest.main()

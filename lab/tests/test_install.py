#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
What is installed: into a folder, nothing else of the system is touched, all of it works from there, a
driver builds against it and nothing else, and uninstall leaves nothing. In the lab's root.
"""
import fcntl
import os
import re
import shutil
import unittest

from installing import KERNELS, TOOLS, TOP, VERSION, copy, expected, make, release, run, system

WORK = TOP / "build" / "install"
TREE, DEST = WORK / "tree", WORK / "dest"


def install(verb, kernel):
    """For one kernel."""
    return make(TREE, verb, f"KDIR={kernel}", f"DESTDIR={DEST}", "PREFIX=/usr")


def general(path, kernel):
    """A file that is installed as the list has it: without what each kernel and version has its own of."""
    mode = "link" if path.is_symlink() else f"{path.stat().st_mode & 0o7777:o}"
    name = str(path.relative_to(DEST)).replace(release(kernel), "RELEASE").replace(VERSION, "VERSION")
    name = re.sub(r"\.ko\.(xz|gz|zst)$", ".ko", name)
    return f"{mode} {name}" + (f" -> {os.readlink(path)}".replace(VERSION, "VERSION") if mode == "link" else "")


def installed(kernel):
    """All of it."""
    return [general(path, kernel) for path in DEST.rglob("*") if path.is_symlink() or not path.is_dir()]


@unittest.skipUnless(KERNELS, "it is for the lab's root: lab/lab install")
class Install(unittest.TestCase):
    """One installation after the other, as each takes a build."""
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        shutil.rmtree(WORK, ignore_errors=True)
        copy(TOP, TREE)
        # Built before, as somebody would who installs as root.
        make(TREE, "modules", "tools", f"KDIR={KERNELS[-1]}")
        # Nobody else of the lab is to install packages meanwhile.
        with open("/cache/kwaitgroup/locks/apt-install", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = system()
            install("install", KERNELS[-1])
            cls.changed = before ^ system()
        cls.files = installed(KERNELS[-1])
        for kernel in KERNELS[:-1]:
            install("install", kernel)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(WORK / "dest", ignore_errors=True)

    def dependent(self, kernel):
        """The driver of samples/dependent, in a folder of its own; returns the built module."""
        folder = copy(TOP / "samples" / "dependent", WORK / "dependent")
        make(folder, f"KDIR={kernel}", f"KWAITGROUP={DEST}/usr/include/kwaitgroup", "KCFLAGS=-Werror")
        return folder / "kwaitgroup_dependent.ko"

    def test_1_nothing_else(self):
        """With DESTDIR, nothing outside of it changes."""
        self.assertEqual(set(), self.changed)

    def test_1_list(self):
        """What is installed is what the list says."""
        self.assertEqual(expected(), sorted(self.files))

    def test_1_tools(self):
        """Each tool says how it is called, which it is, and has a page of the manual without a fault."""
        for tool in TOOLS:
            with self.subTest(tool=tool):
                program = DEST / "usr" / "bin" / tool
                self.assertEqual(f"{tool} {VERSION}\n", run(program, "--version"))
                self.assertRegex(run(program, "--help"), rf"(?s)^usage: {tool} .*--version")
        for page in DEST.glob("usr/share/man/man*/*"):
            with self.subTest(page=page.name):
                self.assertEqual("", run("mandoc", "-T", "lint", "-W", "warning", page))

    def test_1_tool_reads(self):
        """One that finds its modules reads a table."""
        tables = TOP / "lab" / "tests" / "debugfs"
        self.assertIn("nightly-scrub", run(DEST / "usr" / "bin" / "kwgtop", "--once", "-d", tables))

    def test_1_rules(self):
        """kwgvet finds its rules there, all of them."""
        installed_list = run(DEST / "usr" / "bin" / "kwgvet", "--list")
        self.assertIn("plain_done ", installed_list)
        self.assertEqual(run(TOP / "tools" / "cocci" / "kwgvet", "--list"), installed_list)

    def test_1_library(self):
        """A program is built with what pkg-config says, and runs with both kinds of library."""
        source = WORK / "program.c"
        source.write_text('#include <errno.h>\n#include <libkwaitgroup.h>\n'
                          'int main(void) { return kwg_add(-1, 1) != -EBADF; }\n')
        where = {"PKG_CONFIG_SYSROOT_DIR": str(DEST), "PKG_CONFIG_LIBDIR": str(DEST / "usr" / "lib" / "pkgconfig")}
        self.assertEqual(f"{VERSION}\n", run("pkg-config", "--modversion", "libkwaitgroup", **where))
        flags = run("pkg-config", "--cflags", "--libs", "libkwaitgroup", **where).split()
        for kind in ([], ["-static"]):
            program = WORK / "program"
            run("gcc", "-Wall", "-Werror", "-o", program, source, *flags, *kind)
            run(program, LD_LIBRARY_PATH=str(DEST / "usr" / "lib"))

    def test_1_version(self):
        """The module has the version of the tree."""
        module, = DEST.glob(f"lib/modules/{release(KERNELS[0])}/updates/module/kwaitgroup.ko*")
        self.assertEqual(f"{VERSION}\n", run("modinfo", "-F", "version", module))

    def test_2_dependent(self):
        """A driver builds against what is installed, and links."""
        for kernel in KERNELS:
            with self.subTest(kernel=release(kernel)):
                self.assertEqual("kwaitgroup\n", run("modinfo", "-F", "depends", self.dependent(kernel)))

    def test_3_file_missing(self):
        """Without the table of symbols it does not."""
        (DEST / "usr/include/kwaitgroup" / release(KERNELS[0]) / "Module.symvers").unlink()
        with self.assertRaisesRegex(AssertionError, '"kwaitgroup_.*undefined!'):
            self.dependent(KERNELS[0])

    def test_4_uninstall(self):
        """Nothing is left, not even what Python has put beside its modules."""
        for kernel in KERNELS:
            install("uninstall", kernel)
        self.assertEqual([], list(DEST.rglob("*")))

    def test_4_uninstall_others(self):
        """What others have there stays; so do a system's own folders."""
        others = DEST / "usr" / "lib" / "kwaitgroup" / "other"
        others.parent.mkdir(parents=True)
        others.touch()
        install("uninstall", KERNELS[0])
        self.assertEqual([others], [path for path in DEST.rglob("*") if path.is_file()])

    def test_5_space(self):
        """A path that the kernel's make cannot handle is one line."""
        folder = WORK / "a tree"
        folder.mkdir()
        shutil.copy(TOP / "Makefile", folder)
        with self.assertRaises(AssertionError) as caught:
            run("make", folder=folder)
        self.assertRegex(str(caught.exception), r"^make: status 2\nMakefile:\d+: \*\*\* a path with a space in it, .*\n$")


if __name__ == "__main__":
    unittest.main()

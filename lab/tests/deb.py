#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Debian's packages: they are built from the tree, lintian finds nothing, they install and work, and what is
left of them when they are purged is nothing. In a copy of the lab's root: lab/lab deb.
"""
import shutil
import unittest

from installing import KERNELS, TOOLS, TOP, VERSION, copy, kernel_folder, make, ours, release, run

WORK = TOP / "build" / "deb"
TREE = WORK / f"kwaitgroup-{VERSION}"
PACKAGES = ["kwaitgroup-dkms", "kwaitgroup-tools", "libkwaitgroup-dev", "libkwaitgroup0"]
# Root's clone may belong to somebody else.
GIT = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}


class Deb(unittest.TestCase):
    """One build for all."""
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        shutil.rmtree(WORK, ignore_errors=True)
        copy(TOP, TREE)
        kernel_folder(KERNELS[-1])
        cls.before = ours()
        run("dpkg-buildpackage", "-us", "-uc", "-b", folder=TREE)

    def test_1_packages(self):
        """They are those that there are to be."""
        self.assertEqual(PACKAGES, sorted({path.name.split("_")[0] for path in WORK.glob("*.deb")
                                           if "-dbgsym_" not in path.name}))

    def test_1_lintian(self):
        """lintian has nothing to say, overrides with a reason apart."""
        changes, = WORK.glob("*.changes")
        self.assertEqual("", run("lintian", "--allow-root", "--fail-on", "error,warning", changes))

    def test_1_dist(self):
        """Two tarballs of one commit are the same."""
        first = run("make", "-s", "dist", folder=TOP, **GIT)
        self.assertRegex(first, rf"^[0-9a-f]{{64}}  build/kwaitgroup-{VERSION}.tar.gz\n$")
        self.assertEqual(first, run("make", "-s", "dist", folder=TOP, **GIT))

    def test_2_use(self):
        """Installed, its tools run, DKMS builds the module, a driver and a program build with it; then purged."""
        kernel = KERNELS[-1]
        run("dpkg", "-i", *[str(path) for path in WORK.glob("*.deb") if "-dbgsym_" not in path.name])
        for tool in TOOLS:
            self.assertEqual(f"{tool} {VERSION}\n", run(tool, "--version"))
        self.assertRegex(run("getent", "group", "kwaitgroup"), "^kwaitgroup:")
        run("dkms", "install", f"kwaitgroup/{VERSION}", "-k", release(kernel), "--kernelsourcedir", kernel)
        folder = copy(TOP / "samples" / "dependent", WORK / "dependent")
        make(folder, f"KDIR={kernel}")
        self.assertEqual("kwaitgroup\n", run("modinfo", "-F", "depends", folder / "kwaitgroup_dependent.ko"))
        source = WORK / "program.c"
        source.write_text("#include <libkwaitgroup.h>\nint main(void) { return kwg_add(-1, 1) == 0; }\n")
        run("gcc", "-o", WORK / "program", source, *run("pkg-config", "--cflags", "--libs", "libkwaitgroup").split())
        run(WORK / "program")
        run("dpkg", "--purge", *PACKAGES)
        self.assertEqual(self.before, ours())
        self.assertEqual("", run("dkms", "status"))


if __name__ == "__main__":
    unittest.main()

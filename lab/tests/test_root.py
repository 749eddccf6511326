#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The lab's own root is made of what a host has, and what that lacks is said in one line."""
import os
import unittest
from pathlib import Path

from host import Host

# What a host has besides: a shell and its tools.
TOOLS = ("bash", "sh", "env", "dirname", "readlink", "dpkg", "nproc", "sha256sum", "cut", "cat", "ls", "id", "mkdir",
         "grep", "find", "tail", "head", "tr", "sleep", "rm", "sed", "tar", "unshare", "flock", "touch", "mv")


class Root(unittest.TestCase):
    """On a host that is not the lab's root, with nothing in its PATH but that."""

    def setUp(self):
        self.host = Host()
        self.addCleanup(self.host.close)
        self.bin = Path(self.host.folder.name, "tools")
        self.bin.mkdir()
        for tool in TOOLS:
            path = next(Path(folder, tool) for folder in os.defpath.split(":") + ["/usr/sbin", "/sbin"]
                        if Path(folder, tool).exists())
            (self.bin / tool).symlink_to(path)

    def program(self, name, text):
        """One that the host has, too."""
        (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.bin / name).chmod(0o755)

    def fails(self):
        """Returns all it says."""
        status, out = self.host.lab("get", "debian-6.12", KWAITGROUP_HOST="", PATH=str(self.bin))
        self.assertEqual(1, status, out)
        self.assertNotIn("unexpectedly", out)
        return out.splitlines()

    def test_nothing_to_install_with(self):
        """Not a Debian."""
        self.assertEqual(["lab: missing: mmdebstrap; the lab's root is made by mmdebstrap"], self.fails())

    def test_install_fails(self):
        """Its reason is told, and where all of it is."""
        self.program("apt-get", "echo 'E: Unable to locate package' >&2; exit 100")
        self.assertRegex("\n".join(self.fails()),
                         r"^lab: installing .*\nlab: cannot install mmdebstrap: E: Unable.*\(all of it: build/log/[a-z-]*\.log\)$")

    def test_root_fails(self):
        """So is mmdebstrap's."""
        self.program("mmdebstrap", "echo 'E: no mirror' >&2; exit 1")
        self.assertRegex(self.fails()[-1], r"^lab: cannot make the lab's root: E: no mirror \(all of it: ")

    def test_mirror(self):
        """A root is made at the host's mirror, and half of one is not taken for one."""
        self.program("mmdebstrap", "echo \"$@\" >&2; exit 1")
        self.fails()
        self.fails()
        log = (self.host.top / "build" / "log" / "root.log").read_text(encoding="utf-8")
        self.assertIn("--format=tar", log)
        self.assertIn(" trixie - ", log)

    def test_outside(self):
        """What is named of other places is mounted, and has the name that it has in there."""
        etc = Path(self.host.folder.name, "etc")
        etc.mkdir()
        self.program("mmdebstrap", f"tar -c -C {self.host.folder.name} etc")
        self.bin.joinpath("unshare").unlink()
        self.program("unshare", 'printf %s "$KWAITGROUP_OUTSIDE"; printf "<%s>" "$@"')
        words = "boot", "debian-6.12", "--module", str(etc), "--suite", f"{etc}/my suite"
        status, out = self.host.lab(*words, KWAITGROUP_HOST="", PATH=str(self.bin))
        self.assertEqual(0, status, out)
        self.assertIn(f"/outside/4\t{etc}\n/outside/6\t{etc}\n", out)
        self.assertIn("<boot><debian-6.12><--module></outside/4><--suite></outside/6/my suite>", out)
        status, out = self.host.lab(*words[:2], "--module", f"{etc}/none", KWAITGROUP_HOST="", PATH=str(self.bin))
        self.assertRegex(out, r"lab: --module wants a folder, and '.*/none' is none\n$")

    def test_no_name_spaces(self):
        """A user that may not have them is told what to do."""
        self.program("mmdebstrap", f'tar -c -C {self.host.folder.name} etc')
        etc = Path(self.host.folder.name, "etc")
        etc.mkdir()
        self.bin.joinpath("unshare").unlink()
        self.program("unshare", "exit 1")
        self.assertRegex(self.fails()[-1], "^lab: this user may not make name spaces, .*: run it as root$")

    def test_chroot(self):
        """In a chroot into a folder there is nothing that mounts could be private in."""
        self.program("mmdebstrap", f'tar -c -C {self.host.folder.name} etc')
        Path(self.host.folder.name, "etc").mkdir()
        self.bin.joinpath("unshare").unlink()
        self.program("unshare", 'case $* in *unchanged*) exit 0 ;; esac; exit 1')
        self.assertRegex(self.fails()[-1], "^lab: the root of this chroot is no mount point, .*: mount --bind it on itself")


if __name__ == "__main__":
    unittest.main()

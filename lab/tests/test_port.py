#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A guest finds the port of its host, also one that gets its name late."""
import subprocess
import tempfile
import unittest
from pathlib import Path

LIB = Path(__file__).resolve().parent.parent / "guest" / "lib.sh"


class Port(unittest.TestCase):
    """Each test is a folder such as /sys/class/virtio-ports."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.ports = Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)

    def name(self, port, name):
        """The host names a port."""
        (self.ports / port).mkdir(exist_ok=True)
        (self.ports / port / "name").write_text(f"kwaitgroup.{name}\n")

    def look(self, patience=30):
        """A guest that looks for the port "result"."""
        script = f'. {LIB}; lab_ports={self.ports} lab_patience={patience}; echo looking; lab_port result'
        # pylint: disable=consider-using-with
        return subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True)

    def found(self, guest):
        """What it found, and its exit status."""
        with guest:
            return guest.stdout.read().strip(), guest.wait()

    def test_named(self):
        """Among others."""
        self.name("vport1p1", "files")
        self.name("vport1p2", "result")
        self.assertEqual(("looking\n/dev/vport1p2", 0), self.found(self.look()))

    def test_named_late(self):
        """The port is there, its name comes when the guest is looking already."""
        (self.ports / "vport1p1").mkdir()
        guest = self.look()
        self.assertEqual("looking\n", guest.stdout.readline())
        self.name("vport1p1", "result")
        self.assertEqual(("/dev/vport1p1", 0), self.found(guest))

    def test_never_named(self):
        """A guest does not look for ever."""
        self.name("vport1p1", "files")
        self.assertEqual(("looking", 1), self.found(self.look(patience=1)))


if __name__ == "__main__":
    unittest.main()

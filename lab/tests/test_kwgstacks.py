#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Stacks are added up, drawn in proportion, and no name gets out of its place in text or SVG."""
import os
import stat
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
OBSERVE = HERE.parent.parent / "tools" / "observe"
SAMPLES = HERE / "debugfs"
sys.path.insert(0, str(OBSERVE))
import kwgdebugfs  # pylint: disable=wrong-import-position
import kwgflame  # pylint: disable=wrong-import-position

SVG = "{http://www.w3.org/2000/svg}"
FOLDED = "g;start;work;sleep 1\ng;start;work;lock 1\nother;start 1\ng;start;work;sleep 1\n"
HOSTILE = "</title><script>&\"'\x1b[31m\x07"


def run(*args, stdin="", path=os.defpath, **environment):
    """The tool; without a renderer but on this PATH."""
    return subprocess.run([sys.executable, OBSERVE / "kwgstacks", *args], input=stdin, capture_output=True,
                          text=True, check=False, env={"PATH": path, "PYTHONDONTWRITEBYTECODE": "1", **environment})


def boxes(text):
    """Of an SVG of ours: frames by tooltip, each (x, y, width, what is written in it)."""
    found = {}
    for group in ElementTree.fromstring(text).iter(SVG + "g"):
        rectangle, clip = group.find(SVG + "rect"), group.find(SVG + "svg")
        place = [float(rectangle.get(key)) for key in ("x", "y", "width")]
        if place != [float(clip.get(key)) for key in ("x", "y", "width")]:
            raise ValueError("a name that is not clipped to its rectangle")
        written = clip.find(SVG + "text")
        found.setdefault(group.find(SVG + "title").text, []).append((*place, "" if written is None else written.text))
    return found


class Stacks(unittest.TestCase):
    """Text, SVG, and what can go wrong."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = Path(folder.name)

    def draw(self, text):
        """The SVG of these folded stacks by the renderer of our own."""
        return kwgflame.svg(kwgdebugfs.stacks(text.splitlines()), "title")

    def fails(self, why, *args, status=1, **kwargs):
        """A status, and a last line that says why."""
        result = run(*args, **kwargs)
        self.assertEqual((status, ""), (result.returncode, result.stdout))
        self.assertRegex(result.stderr, rf"kwgstacks: [^\n]*{why}[^\n]*\n\Z")
        self.assertNotIn("Traceback", result.stderr)

    def test_text(self):
        """Equal lines are added up; a frame has all that is above it."""
        self.assertEqual("     3 g\n     3   start\n     3     work\n     1       lock\n     2       sleep\n"
                         "     1 other\n     1   start\n", run("--text", "-", stdin=FOLDED).stdout)

    def test_filter(self):
        """By the name of the group, not of a function."""
        self.assertEqual("     1 other\n     1   start\n", run("-f", "^o", "-", stdin=FOLDED).stdout)
        self.assertEqual("", run("-f", "work", "-", stdin=FOLDED).stdout)

    def test_sample(self):
        """All members of the sample are there, from a folder and from a file."""
        folded = kwgdebugfs.stacks((SAMPLES / "stacks").read_text(encoding="ascii").splitlines())
        text = run("-d", SAMPLES).stdout
        groups = [int(line.split()[0]) for line in text.splitlines() if line[7] != " "]
        self.assertEqual(sum(folded.values()), sum(groups))
        self.assertEqual(text, run(SAMPLES / "stacks").stdout)

    def test_widths(self):
        """A frame is as wide as its share, next to its siblings, above its caller, in the picture."""
        found = boxes(self.draw(FOLDED))
        wide = kwgflame.WIDTH - 2 * kwgflame.MARGIN
        every, work = found["all: 4 of 4 members, 100.0 %"][0], found["work: 3 of 4 members, 75.0 %"][0]
        sleep, lock = found["sleep: 2 of 4 members, 50.0 %"][0], found["lock: 1 of 4 members, 25.0 %"][0]
        self.assertEqual([wide, wide * 3 / 4, wide / 2, wide / 4], [box[2] for box in (every, work, sleep, lock)])
        self.assertEqual(lock[0], work[0])
        self.assertEqual(sleep[0], lock[0] + lock[2])
        self.assertEqual([3 * kwgflame.ROW, kwgflame.ROW], [every[1] - work[1], work[1] - sleep[1]])
        self.assertEqual(kwgflame.TITLE, sleep[1])

    def test_widths_of_sample(self):
        """Each row of the sample is at most as wide as the one below it."""
        found, rows = boxes(self.draw((SAMPLES / "stacks").read_text(encoding="ascii"))), {}
        for _, y, width, _ in (box for same in found.values() for box in same):
            rows[y] = rows.get(y, 0) + width
        upwards = [rows[y] for y in sorted(rows, reverse=True)]
        self.assertAlmostEqual(upwards[0], upwards[1], places=0)
        for below, above in zip(upwards, upwards[1:]):
            self.assertLessEqual(above, below + 0.1)

    def test_narrow(self):
        """A frame without room for its name has the tooltip."""
        found = boxes(self.draw("g;wide 999\ng;narrow 1\n"))
        self.assertEqual("", found["narrow: 1 of 1000 members, 0.1 %"][0][3])
        self.assertEqual("wide", found["wide: 999 of 1000 members, 99.9 %"][0][3])

    def test_hostile_name(self):
        """Neither markup nor control characters come through."""
        text = self.draw(f"{HOSTILE};{HOSTILE} 1\n")
        written = [box[3] for same in boxes(text).values() for box in same]
        self.assertEqual(2, written.count("</title><script>&\"'?[31m?"))
        self.assertEqual([], list(ElementTree.fromstring(text).iter(SVG + "script")))
        self.assertNotIn("\x1b", run("-", stdin=f"{HOSTILE} 1\n").stdout)

    def test_deep(self):
        """Deeper than Python's own stack."""
        folded = ";".join(["frame"] * 3000) + " 1\n"
        self.assertEqual(3000, len(run("-", stdin=folded).stdout.splitlines()))
        self.assertEqual(1, len(boxes(self.draw(folded))["all: 1 of 1 members, 100.0 %"]))

    def test_zero(self):
        """A stack of no member has no frame."""
        self.assertEqual("     1 g\n     1   f\n", run("-", stdin="g;f 1\ng;h 0\n").stdout)
        self.assertEqual({}, boxes(self.draw("g;f 0\n")))

    def test_poor_terminal(self):
        """What a terminal cannot show is replaced."""
        path = self.top / "stacks"
        path.write_bytes(b"g;\xff 1\n")
        self.assertEqual("     1 g\n     1   ?\n", run(path, PYTHONIOENCODING="ascii").stdout)

    def test_nobody(self):
        """No members: an empty graph, and no lines."""
        path = self.top / "graph.svg"
        result = run("--text", "-o", path, "-")
        self.assertEqual((0, "", ""), (result.returncode, result.stdout, result.stderr))
        self.assertEqual({}, boxes(path.read_text(encoding="utf-8")))

    def renderer(self, script):
        """A PATH with a flamegraph.pl that is this shell script."""
        program = self.top / "flamegraph.pl"
        program.write_text("#!/bin/sh\n" + script, encoding="ascii")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return f"{self.top}:{os.defpath}"

    def test_renderer(self):
        """The one on PATH gets the sums."""
        path = self.renderer("sort\n")
        run("-o", self.top / "out", "-", stdin=FOLDED, path=path)
        self.assertEqual("g;start;work;lock 1\ng;start;work;sleep 2\nother;start 1\n",
                         (self.top / "out").read_text(encoding="utf-8"))

    def test_renderer_fails(self):
        """What it says is passed on, and no file is left."""
        path = self.renderer("echo 'no way' >&2\nexit 3\n")
        self.fails("flamegraph.pl: no way", "-o", self.top / "out", "-", stdin=FOLDED, path=path)
        self.assertFalse((self.top / "out").exists())

    def test_errors(self):
        """One line each."""
        self.fails("stacks:2: not a folded stack: half a line", "-", stdin="a;b 1\nhalf a line\n")
        self.fails("stacks is not there: is kwaitgroup.ko loaded", "-d", self.top)
        self.fails("nowhere: No such file", self.top / "nowhere")
        self.fails("nowhere/x: No such file", "-o", self.top / "nowhere" / "x", "-", stdin=FOLDED)
        self.fails("unterminated subpattern", "-f", "(", status=2)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Stacks are added up, drawn in proportion, and no name gets out of its place in text or SVG."""
import os
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


def run(*args, stdin="", **environment):
    """The tool."""
    return subprocess.run([sys.executable, OBSERVE / "kwgstacks", *args], input=stdin, capture_output=True,
                          text=True, check=False, env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", **environment})


def boxes(text):
    """Of an SVG of ours: frames by tooltip, each (x, y, width, what is written in it)."""
    found = {}
    for group in ElementTree.fromstring(text).iter(SVG + "g"):
        rectangle, clip = group.find(SVG + "rect"), group.find(SVG + "svg")
        place = [float(rectangle.get(key)) for key in ("x", "y", "width")]
        if place != [float(clip.get(key)) for key in ("x", "y", "width")]:
            raise ValueError("a name that is not clipped to its rectangle")
        written = clip.find(SVG + "text")
        written = None if written.get("style") == "display:none" else written
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
        self.assertEqual("wide (999)", found["wide: 999 of 1000 members, 99.9 %"][0][3])

    def test_ends(self):
        """How a task came to run, and how it sleeps, is left out, and what is the same then is added up."""
        folded = ("g;ret_from_fork_asm;kthread;work;schedule;__schedule 1\n"
                  "g;entry_SYSCALL_64_after_hwframe;work;io_schedule 1\ng;schedule 1\n")
        self.assertEqual("     3 g\n     1   schedule\n     2   work\n", run("-", stdin=folded).stdout)
        self.assertIn("__schedule", run("--all", "-", stdin=folded).stdout)

    def test_zoom(self):
        """What a browser goes by: each frame's members, and those to its left."""
        frames = {frame.get("data-name"): [int(frame.get("data-" + key)) for key in ("left", "count", "depth")]
                  for frame in ElementTree.fromstring(self.draw("a;x 2\nb;y 3\n")).iter(SVG + "g")}
        self.assertEqual({"all": [0, 5, 0], "a": [0, 2, 1], "x": [0, 2, 2], "b": [2, 3, 1], "y": [2, 3, 2]}, frames)

    def test_colours(self):
        """One family for each group."""
        picture = ElementTree.fromstring(self.draw("a;x 1\na;y 1\nb;x 1\n"))
        hues = [(frame.get("data-name"), frame.find(SVG + "rect").get("fill").split(",")[0])
                for frame in picture.iter(SVG + "g") if frame.get("data-name") != "all"]
        self.assertEqual(["a", "x", "y", "b", "x"], [name for name, _ in hues])
        self.assertEqual(1, len({hue for _, hue in hues[:3]}))
        self.assertEqual(2, len({hue for _, hue in hues}))

    def test_hostile_name(self):
        """Neither markup nor control characters come through."""
        text = self.draw(f"{HOSTILE};{HOSTILE} 1\n")
        written = [box[3] for same in boxes(text).values() for box in same]
        self.assertEqual(2, written.count("</title><script>&\"'?[31m? (1)"))
        # None but the one that zooms, as it is.
        scripts = [script.text.strip() for script in ElementTree.fromstring(text).iter(SVG + "script")]
        self.assertEqual([kwgflame.SCRIPT.read_text(encoding="ascii").strip()], scripts)
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

    def test_errors(self):
        """One line each."""
        self.fails("stacks:2: not a folded stack: half a line", "-", stdin="a;b 1\nhalf a line\n")
        self.fails("stacks is not there: is kwaitgroup.ko loaded", "-d", self.top)
        self.fails("nowhere: No such file", self.top / "nowhere")
        self.fails("nowhere/x: No such file", "-o", self.top / "nowhere" / "x", "-", stdin=FOLDED)
        self.fails("unterminated subpattern", "-f", "(", status=2)


if __name__ == "__main__":
    unittest.main()

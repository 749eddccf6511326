#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What the check of the documentation finds in planted texts, and what it takes for code."""
import re
import unittest

import doc_blocks
import doc_code
import doc_names
from host import TOP

RST = """\
Title
=====

.. kwg: given

   static int n;

.. code-block:: c

   kwaitgroup_add(&wg, n);
   ...

.. container:: beside

   .. code-block:: c

      static int f(void)
      {
              return 0;
      }

   .. code-block:: c

      static int f(void)
      {
              return 1;
      }

.. kwg: module mine

.. code-block:: c

   #include <linux/module.h>
   MODULE_LICENSE("GPL");

.. kwg: Kbuild mine

.. code-block:: make

   obj-m := mine.o

.. kwg: skip

.. code-block:: c

   this is none
"""

MARKDOWN = """\
<!-- kwg: given
static int n;
-->
```c
n++;
```
"""


class Code(unittest.TestCase):
    """Of texts."""

    def test_blocks(self):
        """Each with its line."""
        found = [(b.lang, b.kind, b.line) for b in doc_blocks.blocks("a.rst", RST)]
        self.assertEqual([("c", "given", 6), ("c", "", 10), ("c", "", 17), ("c", "", 24), ("c", "module", 33),
                          ("make", "Kbuild", 40), ("c", "skip", 46)], found)
        self.assertEqual([("c", "given", 2), ("c", "", 5)],
                         [(b.lang, b.kind, b.line) for b in doc_blocks.blocks("a.md", MARKDOWN)])

    def test_files(self):
        """Two functions of one name are in two files, both with what is given; what is skipped is in none."""
        made = dict(doc_code.files("a.rst", RST))
        self.assertEqual({"a_0.c", "a_1.c", "modules/a/mine/mine.c", "modules/a/mine/Kbuild"}, set(made))
        for name in ("a_0.c", "a_1.c"):
            self.assertIn("static int n;", made[name])
        self.assertIn("kwaitgroup_add(&wg, n);\n;", made["a_0.c"])
        self.assertIn('#line 24 "a.rst"\nstatic int f(void)', made["a_1.c"])
        self.assertNotIn("this is none", "".join(made.values()))
        self.assertIn("n++;", dict(doc_code.files("a.md", MARKDOWN))["a_0.c"])

    def test_nameless_driver(self):
        """It could not be built."""
        with self.assertRaises(SystemExit):
            doc_code.files("a.md", '```c\nMODULE_LICENSE("GPL");\n```\n')

    def test_unknown_kind(self):
        """A marker with a slip in it does not make a block go unseen."""
        with self.assertRaises(SystemExit):
            doc_code.files("a.md", "<!-- kwg: functoins -->\n```c\nint n;\n```\n")


class Names(unittest.TestCase):
    """That are dead, in the tree as it is."""

    @classmethod
    def setUpClass(cls):
        cls.tree = doc_names.Tree(TOP)

    def said(self, text, path="Documentation/planted.rst"):
        """What is said of it."""
        return [what for _, what in doc_names.dead_names(self.tree, path, text)]

    def test_dead(self):
        """One of each."""
        planted = {
            "make frobnicate": "make has no target frobnicate",
            "make run KERNEL=debian-0.1": "there is no kernel debian-0.1",
            "lab/lab frobnicate": "the lab has no command frobnicate",
            "lab/lab boot debian-0.1 kunit": "there is no kernel debian-0.1",
            "lab/lab boot debian-6.12 quick+frob": "there is no suite frob",
            "kwgtop --frob": "kwgtop has no option --frob",
            "modprobe kwaitgroup frob=1": "there is no parameter frob",
            "/sys/module/kwaitgroup/parameters/frob": "there is no parameter frob",
            "/sys/kernel/debug/kwaitgroup/frob": "there is no file in debugfs frob",
            "kwaitgroup:kwaitgroup_frob": "there is no trace event kwaitgroup_frob",
            "misuse_frob": "there is no kind of misuse frob",
            "KWAITGROUP_IOC_FROB": "nothing is called KWAITGROUP_IOC_FROB",
            "kwaitgroup_frob()": "nothing is called kwaitgroup_frob",
            "module/core/frob.c": "there is no file module/core/frob.c",
        }
        for code, what in planted.items():
            with self.subTest(code=code):
                self.assertIn(what, self.said(f"See ``{code}`` there.\n"))
                self.assertIn(what, self.said(f".. code-block:: sh\n\n   {code}\n"))
                self.assertIn(what, self.said(f"See `{code}` there.\n", "planted.md"))

    def test_manual(self):
        """A page of it is code everywhere."""
        self.assertIn("there is no file in debugfs frob", self.said(".I /sys/kernel/debug/kwaitgroup/frob\n", "tools/a.8"))

    def test_links(self):
        """Of Markdown."""
        self.assertEqual(["there is no file frob.md", "there is no part frob"],
                         self.said("# Title\n[a](frob.md) [b](#frob) [c](#title) [d](lab/README.md)\n", "planted.md"))

    def test_alive(self):
        """Nothing is said of what there is, nor of prose."""
        self.assertEqual([], self.said("We make progress. ``make run``, ``lab/lab boot debug quick+fuzz``, "
                                       "``kwgtop --once``, ``module/core/*.c``, ``modprobe kwaitgroup stall_secs=1``\n"))

    def test_not_named(self):
        """A column that no page speaks of."""
        path = "Documentation/debugfs.rst"
        text = (TOP / path).read_text(encoding="utf-8")
        self.assertFalse([line for line in doc_names.not_named(self.tree, {path: text}) if line.startswith(path)])
        self.assertIn(path + ": says nothing of WAITING-IN",
                      doc_names.not_named(self.tree, {path: text.replace("WAITING-IN", "X")}))


class Drawing(unittest.TestCase):
    """Of the rooms."""

    def test_arrows(self):
        """Those that static_rooms allows, and no others."""
        allowed = set()
        for room, used in re.findall(r'\[(\w+)\]=("[^"]*"|\w+)', (TOP / "lab/lib/static.sh").read_text(encoding="utf-8")):
            allowed |= {(room, other) for other in used.strip('"').split()}
        drawn = re.findall(r"(\w+) -> (\w+);", (TOP / "Documentation/architecture.rst").read_text(encoding="utf-8"))
        rooms = {room for room, _ in allowed}
        self.assertEqual(allowed, {arrow for arrow in drawn if arrow[0] in rooms})


if __name__ == "__main__":
    unittest.main()

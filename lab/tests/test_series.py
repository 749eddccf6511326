#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The patches for the kernel's tree, of a small tree like this one: what is in each, and what is refused, in one line."""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from host import TOP

sys.path.insert(0, str(TOP / "lab/series"))

import cover  # noqa: E402
import files  # noqa: E402
import make  # noqa: E402

TABLE = """
[places]
"module/Kbuild" = "lib/wg/Makefile"
"module/" = "lib/wg/"
"Kconfig" = "lib/wg/Kconfig"
"lab/series/tree/" = ""

[symbols]
on = ["CONFIG_KWAITGROUP"]
off = []
rooms = ["MEMBERS"]

[left]
"module/compat.h" = "versions"
"module/mutants.h" = "seeded bugs"

[replace]
"module/core.c" = [["of the module", "of lib/"]]

[[patch]]
name = "core"
brings = ["KWAITGROUP"]
files = ["Kconfig", "module/Kbuild", "module/core.c", "lab/series/tree/*"]
edits = [{ file = "lib/Makefile", after = "obj-y += a.o", text = "obj-y += wg/" }]

[[patch]]
name = "members"
brings = ["KWAITGROUP_MEMBERS"]
files = ["module/*.c"]
"""

HEADER = "#ifdef CONFIG_KWAITGROUP\nvoid told(void);\n#else\nstatic inline void told(void)\n{\n}\n#endif\n"

FILES = {
    "Kconfig": "config KWAITGROUP\n\ttristate\n\tselect KWAITGROUP_MEMBERS\n\nconfig KWAITGROUP_MEMBERS\n\tbool\n\n"
               "config KWAITGROUP_OTHER\n\tbool\n",
    "module/Kbuild": "obj-$(if $(KBUILD_EXTMOD),m,$(CONFIG_KWAITGROUP)) += kwaitgroup.o\nkwaitgroup-y := core.o\n"
                     "# Names.\nkwaitgroup-$(CONFIG_KWAITGROUP_MEMBERS) += member.o\n",
    "module/compat.h": "#ifndef _KWG_COMPAT_H\n#define _KWG_COMPAT_H\n#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)\n"
                       "#define KWG_ARGS\tint a, int b\n#else\n#define KWG_ARGS\tint a\n#endif\n#endif\n",
    "module/mutants.h": "#define kwg_mutant(name) 0\n",
    "module/core.c": '/* The core of the module, see module/member.c and /sys/module/wg/. */\n#include "compat.h"\n#include "mutants.h"\n\n'
                     "#ifdef CONFIG_KWAITGROUP_MEMBERS\nvoid names(void);\n#else\nstatic void names(void)\n{\n}\n#endif\n\n"
                     "int count(KWG_ARGS)\n{\n\tint sum = 0;\n\n\tif (kwg_mutant(one))\n\t\tsum++;\n"
                     "\tif ((a & 1) && !kwg_mutant(two))\n\t\tsum += a;\n\treturn sum;\n}\n",
    "module/member.c": "void names(void)\n{\n}\n",
    "lab/series/tree/include/linux/wg.h": HEADER,
    "lab/series/series.toml": TABLE,
    "lab/series/core.txt": "lib: add it\n\nIt counts.\n",
    "lab/series/members.txt": "lib: add names\n\nThey tell.\n",
    "lab/series/cover.txt": "lib: all of it\n\nAdd and done: {instructions of add+done}, {ratio of a to b} of it.\n",
    "bench/counts.debian-7.3": "add+done\t13\t2\nratio\ta\tb\t1.19\n",
    "samples/patches/0001-a.patch": "From: A Maintainer\n <a@b.example>\nSubject: x\n",
}

KERNEL = {"Makefile": "VERSION = 7\nPATCHLEVEL = 3\n", "lib/Makefile": "obj-y += a.o\n",
          "include/linux/slab.h": "#define kmalloc_obj(x)\n"}


class Series(unittest.TestCase):
    """Of a small tree, for a small kernel."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.top, self.git, self.out = (Path(scratch.name, name) for name in ("top", "git", "out"))
        os.environ |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        for folder, made in ((self.top, FILES), (self.git, KERNEL)):
            for name, text in made.items():
                self.write(folder / name, text)
        for name in ("mutants.cocci", "alloc.cocci"):
            self.write(self.top / "lab/series" / name, (TOP / "lab/series" / name).read_text())
        self.run_git("init", "-q")
        self.run_git("add", "-A")
        self.run_git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "base")

    @staticmethod
    def write(path, text):
        """With its folder."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_git(self, *command):
        """In the kernel's tree."""
        return subprocess.run(["git", "-C", self.git, *command], check=True, capture_output=True, text=True).stdout

    def make(self):
        """The patches."""
        make.Maker(make.Series(self.top, self.git)).make(self.out)

    def refused(self, what):
        """In one line that says what."""
        with self.assertRaises(SystemExit) as refused:
            self.make()
        self.assertEqual(f"series: {what}", str(refused.exception.code))

    def there(self, commit, name):
        """A file as it is with so many patches."""
        return self.run_git("show", f"{commit}:{name}")

    def test_patches(self):
        """Each has what it brings, and nothing of what comes later; by whom the kept patches are."""
        self.make()
        self.assertEqual(["lib: add names", "lib: add it"],
                         self.run_git("log", "--format=%s", "base..").splitlines())
        self.assertEqual("A Maintainer <a@b.example>\n", self.run_git("log", "-1", "--format=%an <%ae>"))
        self.assertIn("Signed-off-by: A Maintainer <a@b.example>", self.run_git("log", "-1", "--format=%B"))
        core = self.there("HEAD~", "lib/wg/core.c")
        self.assertIn("The core of lib/, see lib/kwaitgroup/member.c and /sys/module/wg/.", core)
        self.assertNotIn("CONFIG_KWAITGROUP_MEMBERS", core)
        self.assertNotIn("include", core)
        self.assertIn("#ifdef CONFIG_KWAITGROUP_MEMBERS", self.there("HEAD", "lib/wg/core.c"))
        self.assertEqual("obj-y += a.o\nobj-y += wg/\n", self.there("HEAD~", "lib/Makefile"))
        self.assertEqual("obj-$(CONFIG_KWAITGROUP) += kwaitgroup.o\nkwaitgroup-y := core.o\n",
                         self.there("HEAD~", "lib/wg/Makefile"))
        self.assertIn("# Names.\nkwaitgroup-$(CONFIG_KWAITGROUP_MEMBERS) += member.o", self.there("HEAD", "lib/wg/Makefile"))
        self.assertEqual("config KWAITGROUP\n\ttristate\n", self.there("HEAD~", "lib/wg/Kconfig"))
        self.assertNotIn("OTHER", self.there("HEAD", "lib/wg/Kconfig"))
        self.assertIn("select KWAITGROUP_MEMBERS", self.there("HEAD", "lib/wg/Kconfig"))

    def test_code(self):
        """It has no seeded bugs, and is for one version of the kernel."""
        self.make()
        self.assertIn("int count(int a, int b)\n{\n\tint sum = 0;\n\n\tif (a & 1)\n\t\tsum += a;\n\treturn sum;\n}\n",
                      self.there("HEAD", "lib/wg/core.c"))

    def test_only_there(self):
        """The kernel's own code includes it with and without us."""
        self.make()
        self.assertEqual(HEADER, self.there("HEAD~", "include/linux/wg.h"))

    def test_letter(self):
        """It has the figures that there are, and no others."""
        self.make()
        letter = next(self.out.glob("0000-*")).read_text()
        self.assertIn("[PATCH 0/2] lib: all of it", letter)
        self.assertIn("Add and done: 13, 1.19 of it.", letter)
        self.write(self.top / "lab/series/cover.txt", "x\n\n{atomics of nothing}\n")
        with self.assertRaises(SystemExit):
            cover.written("", self.top)

    def test_this_tree(self):
        """Of what it has, all is in a patch or left, and no seeded bug has a shape that the rules do not know."""
        series = make.Series(TOP, self.git)
        for patch in series.patches:
            patch.pop("edits", None)
        for index, _ in enumerate(series.patches):
            made = make.State(series, index).files
            self.assertFalse([name for name, text in made.items() if "kwg_mutant" in text or "compat.h" in text])

    def test_missing(self):
        """A row whose file is not there."""
        self.write(self.top / "lab/series/series.toml", TABLE.replace('"module/*.c"', '"module/{member,none}.c"'))
        self.refused("patch members wants module/none.c, which there is not")

    def test_untaken(self):
        """A file that no row has."""
        self.write(self.top / "module/extra.h", "")
        self.refused("no patch takes module/extra.h; one of series.toml is to, or [left] says why none does")

    def test_unedited(self):
        """A kernel that has not the line at which something is to be."""
        self.write(self.top / "lab/series/series.toml", TABLE.replace('after = "obj-y += a.o"', 'after = "obj-y += b.o"'))
        self.refused("lib/Makefile has not one line 'obj-y += b.o'")

    def test_unsaid(self):
        """A patch without a message."""
        (self.top / "lab/series/members.txt").unlink()
        self.refused("patch members has no message: lab/series/members.txt")

    def test_unreplaced(self):
        """Words that are to be others, and are not there."""
        self.write(self.top / "module/core.c", "int n;\n")
        self.refused("module/core.c has no text 'of the module', which series.toml replaces")

    def test_seeded(self):
        """A seeded bug that no rule takes out."""
        self.write(self.top / "module/member.c", "void names(void)\n{\n\tfor (int i = kwg_mutant(three); i < 2; i++)\n\t\t;\n}\n")
        self.refused("mutants.cocci leaves a kwg_mutant in module/member.c")

    def test_compat(self):
        """What compat.h has that is no macro would be lost."""
        self.write(self.top / "module/compat.h", FILES["module/compat.h"].replace("#endif\n#endif", "#endif\nint f(void);\n#endif"))
        self.refused("compat.h has more than macros for this version: int f(void);")


class Pages(unittest.TestCase):
    """Of the documentation."""

    def test_page(self):
        """Without marks of what the tests compile; with paths of the kernel's tree."""
        text = "Title\n=====\n\n.. kwg: given\n\n   int n;\n\n.. code-block:: c\n\n   n++;\n\n.. kernel-doc:: module/core.c\n"
        made = files.page(text, lambda name: name.replace("module/", "lib/wg/"), {"a"}, "b.rst")
        self.assertEqual(".. SPDX-License-Identifier: GPL-2.0\n\nTitle\n=====\n\n.. code-block:: c\n\n   n++;\n\n"
                         ".. kernel-doc:: lib/wg/core.c\n", made)
        with self.assertRaises(SystemExit):
            files.page("see :doc:`c`\n", str, {"a"}, "b.rst")


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Makes patches for the kernel's own tree of this one.

usage: make.py TOP GIT PATCHES

TOP is this tree, or one like it. GIT is a work tree of the kernel's source, whose commit is what the patches are for: they
are committed there, one after the other, and are files in PATCHES afterwards. TOP's lab/series/series.toml says what each
has. A patch is the difference of two trees: of all rooms up to it, and of those up to the one before; what others tell of
a room that has not come yet is not in them.
"""
import fnmatch
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import cover
import files
from files import fail, run

SUFFIXES = {".c", ".h", ".rst", ".rules", ".toml"}
NAMES = {"Kbuild", "Kconfig", ".kunitconfig"}


def braces(pattern):
    """a{b,c} is ab and ac."""
    found = re.search(r"{([^{}]*)}", pattern)
    if not found:
        return [pattern]
    return [whole for word in found[1].split(",")
            for whole in braces(pattern[:found.start()] + word + pattern[found.end():])]


class Series:
    """What the patches are made of."""

    def __init__(self, top, git):
        self.top, self.git = Path(top).resolve(), Path(git).resolve()
        self.here = self.top / "lab/series"
        self.table = tomllib.loads((self.here / "series.toml").read_text(encoding="utf-8"))
        self.patches = self.table["patch"]
        names = [str(path.relative_to(self.top)) for folder in ("module", "kunit", "Documentation", "lab/series/tree")
                 for path in sorted((self.top / folder).rglob("*"))
                 if path.is_file() and (path.suffix in SUFFIXES or path.name in NAMES)] + ["Kconfig"]
        self.owner = self._owners(names)
        sources = {name: (self.top / name).read_text(encoding="utf-8") for name in names}
        self.macros = files.compat_macros(sources["module/compat.h"], self._version())
        for name, pairs in self.table["replace"].items():
            for old, new in pairs:
                if old not in sources[name]:
                    fail(f"{name} has no text '{old.strip().splitlines()[0]}', which series.toml replaces")
                sources[name] = sources[name].replace(old, new)
        self.sources = files.patched({name: sources[name] for name in self.owner}, self.here / "mutants.cocci", "kwg_mutant(")
        if "kmalloc_obj" in run("git", "-C", self.git, "grep", "-h", "define kmalloc_obj", "--", "include/linux/slab.h", expect=(0, 1)):
            self.sources = files.patched(self.sources, self.here / "alloc.cocci", "alloc(sizeof(")

    def _version(self):
        """The kernel's, as it has it."""
        text = (self.git / "Makefile").read_text(encoding="utf-8")
        version = [int(re.search(rf"^{name} = (\d+)", text, re.M)[1]) for name in ("VERSION", "PATCHLEVEL")]
        return (version[0] << 16) + (version[1] << 8)

    def _owners(self, names):
        """Which patch takes a file: a name goes before a pattern that has a star."""
        owner, left = {}, [part for whole in self.table["left"] for part in braces(whole)]
        for starred in (False, True):
            for index, patch in enumerate(self.patches):
                for pattern in (part for whole in patch.get("files", []) for part in braces(whole) if ("*" in part) == starred):
                    found = fnmatch.filter(names, pattern)
                    if not found:
                        fail(f"patch {patch['name']} wants {pattern}, which there is not")
                    for name in found:
                        if starred and any(fnmatch.fnmatchcase(name, gone) for gone in left):
                            continue
                        owner.setdefault(name, index)
        for name in names:
            if name not in owner and not any(fnmatch.fnmatchcase(name, gone) for gone in left):
                fail(f"no patch takes {name}; one of series.toml is to, or [left] says why none does")
        return owner

    def place(self, name):
        """Of a file, in the kernel's tree."""
        for ours, theirs in self.table["places"].items():
            if name == ours or (ours.endswith("/") and name.startswith(ours)):
                return theirs + name[len(ours):]
        return fail(f"series.toml has no place for {name}")

    def author(self):
        """Whose the patches are: those that are kept as such say it."""
        text = sorted((self.top / "samples/patches").glob("*.patch"))[0].read_text(encoding="utf-8")
        return re.sub(r"\s+", " ", re.search(r"^From: (.*(?:\n .*)*)", text, re.M)[1])


class State:
    """The tree with so many patches."""

    def __init__(self, series, upto):
        self.series = series
        here = series.patches[:upto + 1]
        self.symbols = {symbol for patch in here for symbol in patch.get("brings", [])}
        self.sources = {name: series.sources[name] for name, index in series.owner.items() if index <= upto}
        self.files = self._placed()
        self._edit([edit for patch in here for edit in patch.get("edits", [])])

    def _options(self, name):
        """unifdef's."""
        table = self.series.table["symbols"]
        options = [f"-D{symbol}" for symbol in table["on"]] + [f"-U{symbol}" for symbol in table["off"]]
        for room in table["rooms"]:
            if f"KWAITGROUP_{room}" not in self.symbols:
                options.append(f"-UCONFIG_KWAITGROUP_{room}")
            elif name.startswith("kunit/"):
                options.append(f"-DCONFIG_KWAITGROUP_{room}")
        return options

    def _code(self, name, text):
        """A source or a header."""
        for macro, value in self.series.macros.items():
            text = re.sub(rf"\b{macro}\b", value, text)
        text = files.preprocessed(text, self._options(name))
        text = re.sub(r'^#include "([^"]+)"\n', lambda found: self._include(name, found), text, flags=re.M)
        return re.sub(r"^#include <linux/(kwaitgroup\w*\.h)>\n", lambda found: found[0] if self._has(found[1]) else "",
                      text, flags=re.M)

    def _has(self, header):
        """Whether there is this one, for all."""
        return any(name.endswith(f"/include/linux/{header}") for name in self.sources)

    def _include(self, name, found):
        """A line that includes one of ours: by the way from its new place, and not at all what there is not (yet)."""
        target = str((self.series.top / name).parent.joinpath(found[1]).resolve().relative_to(self.series.top))
        if target not in self.sources:
            return ""
        return found[0].replace("../module/", "../")

    def _placed(self):
        """All files, by their places there."""
        # What is only for there is as it is to be: what asks whether a symbol is on has to go on to do so.
        code = {name: self._code(name, text) for name, text in self.sources.items()
                if name.endswith((".c", ".h")) and not name.startswith("lab/series/tree/")}
        defined = {suite for text in code.values() for suite in files.SUITE.findall(text)}
        doors = "".join(text for name, text in code.items() if name != "module/main.c")
        functions = set(re.findall(r"\bkwg_\w+(?=\()", doors))
        pages = {Path(name).stem for name in self.sources if name.endswith(".rst")}
        placed = {self.series.place(name): files.suites(text, defined) for name, text in code.items()}
        for name, text in self.sources.items():
            place = self.series.place(name)
            if name == "module/main.c":
                placed[place] = re.sub(r"^MODULE_VERSION.*\n", "", files.parts(placed[place], functions), flags=re.M)
            elif name.endswith("Kconfig"):
                placed[place] = files.kconfig(text, self.symbols)
            elif name.endswith("Kbuild"):
                there = {path for path in map(self.series.place, code)}
                placed[place] = files.makefile(text, place.removesuffix("Makefile"), there)
            elif name.endswith(".rst") and name.startswith("Documentation/"):
                placed[place] = files.page(text, self.series.place, pages | {"index"}, name)
            elif name not in code:
                placed[place] = text
        # Not sysfs' /sys/module/.
        return {place: re.sub(r"(?<!/)\bmodule/", "lib/kwaitgroup/", re.sub(r"\n{3,}", "\n\n", text).rstrip("\n")) + "\n"
                for place, text in placed.items()}

    def _edit(self, edits):
        """Lines into files, most of which are the kernel's."""
        for edit in edits:
            name = edit["file"]
            text = self.files.get(name) or run("git", "-C", self.series.git, "show", f"base:{name}")
            anchor = edit.get("before") or edit["after"]
            lines = text.splitlines()
            if lines.count(anchor) != 1:
                fail(f"{name} has not one line '{anchor.strip()}'")
            at = lines.index(anchor) + ("after" in edit)
            lines[at:at] = edit["text"].format(author=self.series.author()).splitlines()
            self.files[name] = "\n".join(lines) + "\n"


class Maker:
    """Commits them."""

    def __init__(self, series):
        self.series = series
        self.author = series.author()
        name, mail = re.match(r"(.*) <(.*)>", self.author).groups()
        self.who = ["-c", f"user.name={name}", "-c", f"user.email={mail}", "-c", "core.hooksPath=/dev/null"]

    def git(self, *command, **kwargs):
        """By whom the patches are."""
        return run("git", "-C", self.series.git, *self.who, *command, **kwargs)

    def message(self, patch):
        """Of its commit."""
        path = self.series.here / f"{patch['name']}.txt"
        if not path.exists():
            fail(f"patch {patch['name']} has no message: {path.relative_to(self.series.top)}")
        return f"{path.read_text(encoding='utf-8').rstrip()}\n\nSigned-off-by: {self.author}\n"

    def commit(self, patch, before, after):
        """What is different."""
        changed = [name for name, text in after.items() if before.get(name) != text]
        for name in changed:
            path = self.series.git / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(after[name], encoding="utf-8")
        self.git("add", "-f", *changed)
        self.git("commit", "-q", "-F", "-", input=self.message(patch))

    def apply(self, patch):
        """One that is kept as a patch, if it is for this kernel."""
        kept = sorted(self.series.top.glob(patch["am"]))
        if len(kept) != 1:
            fail(f"patch {patch['name']} is to be one file, {patch['am']}, and that is {len(kept)}")
        done = subprocess.run(["git", "-C", self.series.git, *self.who, "am", "-q", kept[0].resolve()],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            self.git("am", "--abort")
            print(f"left out, as it is not for this kernel: {kept[0].name}")

    def make(self, folder):
        """All, and files of them."""
        before = {}
        self.git("tag", "-f", "base")
        for index, patch in enumerate(self.series.patches):
            if "am" in patch:
                self.apply(patch)
                continue
            after = State(self.series, index).files
            self.commit(patch, before, after)
            before = after
        shutil.rmtree(folder, ignore_errors=True)
        self.git("format-patch", "-q", "--cover-letter", "-o", str(Path(folder).resolve()), "base")
        letter = next(Path(folder).glob("0000-*"))
        letter.write_text(cover.written(letter.read_text(encoding="utf-8"), self.series.top), encoding="utf-8")


def main():
    """Of the command line."""
    top, git, folder = sys.argv[1:]
    Maker(Series(top, git)).make(folder)


if __name__ == "__main__":
    main()

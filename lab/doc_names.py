#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Looks up in the tree what texts name: make's targets, files, functions, parameters, debugfs' files, kinds of misuse.

usage: doc_names.py TREE TEXT...

A line for each name that is nowhere, and for each thing that people use and no text names. What a text names is in
its code: between backquotes, in blocks, and in a manual page anywhere.
"""
import re
import sys
from pathlib import Path

import doc_blocks

# Where the words of the code are from; what only tests say is a word, too, since texts are about tests.
SOURCES = ("module", "kunit", "samples", "tools", "userspace-test", "torture", "bench", "explore", "model", "lab", "dist",
           "debian", "Kbuild", "Kconfig", "Makefile", "dkms.conf", "lab/lab")
SUFFIXES = {".c", ".h", ".sh", ".py", ".bt", ".pml", ".tsv", ".conf", ".in", ".rules", ".map", ".config", ""}
# Folders of a kernel's tree that have the names of ours.
OF_THE_KERNEL = ("tools/testing/", "tools/memory-model", "lib/", "include/", "Documentation/sphinx", "samples/kfifo")
WORD = re.compile(r"\b_*(?:kwaitgroup|KWAITGROUP|kwg|KWG|libkwaitgroup)\w*")
LITERAL = re.compile(r"``([^`]+)``|`([^`\n]+)`(?!_)")
# A path below one of the tree's folders, or a document in it.
FILE = re.compile(r"(?<![\w/.$~{}-])((?:\.\./)*[\w.*-]+(?:/[\w.*-]+)*/?)(?![\w/])")
MAKE = re.compile(r"(?:^|[\s`(|;&])make((?: +[A-Z_]+=(?:'[^']*'|\"[^\"]*\"|[^\s'\"`]*))*)((?: [a-z][a-z_-]*)*)(?= *(?:$|[A-Z_]+=|[`#&|;,.)\n])|  )",
                  re.M)
LAB = re.compile(r"lab/lab +([a-z][\w-]*)((?: +[\w.+:/-]+)*)")
PARAMETER = re.compile(r"/sys/module/kwaitgroup/parameters/(\w+)|"
                       r"(?:\bkwaitgroup\.|(?:modprobe|insmod|options) kwaitgroup(?:\.ko)? +)(\w+)=")
DEBUGFS = re.compile(r"(?:/sys/kernel/debug/|[$]debugfs/|\bdebugfs/)kwaitgroup/(\w+)")
EVENT = re.compile(r"\bkwaitgroup:(\w+)")
MISUSE = re.compile(r"(?<![\w/])misuse_([a-z]\w*)\b(?!\.c)")
TOOL = re.compile(r"\b(kwgctl|kwgtop|kwgstacks|kwgexport|kwgvet)\b((?: +[^\s`|]+)*)")
OPTION = re.compile(r"(?<!\S)(--[a-z][a-z-]*)")


class Tree:
    """What there is."""

    def __init__(self, top):
        self.top = Path(top)
        self.makefile = self._read("Makefile")
        self.targets = set(re.findall(r"^([a-z][a-z_-]*):", self.makefile, re.M))
        self.commands = set(re.findall(r"^cmd_([\w-]+)\(\)", self._read("lab/lab"), re.M))
        self.kernels = {path.name for path in (self.top / "lab/kernels").iterdir()}
        self.suites = {path.name for path in (self.top / "lab/suites").iterdir()}
        module = "".join(path.read_text(encoding="utf-8") for path in sorted((self.top / "module").rglob("*.[ch]")))
        # That of the seeded bugs is not in what people build.
        self.parameters = set(re.findall(r"^module_param\w*\((\w+)", module, re.M)) - {"mutant"}
        self.debugfs = set(re.findall(r'^\t\{ "(\w+)", &\w+_fops \}', module, re.M))
        self.events = set(re.findall(r"^(?:(?:TRACE|DEFINE)_EVENT\w*)\((?:\w+, )?(kwaitgroup_\w+)", module, re.M))
        self.misuse = set(re.findall(r'\[KWG_MISUSE_\w+\] = \{ "(\w+)"', module))
        self.ioctls = set(re.findall(r"KWAITGROUP_IOC_(?!MAGIC)\w+", module))
        self.stats = {line.split()[0] for line in self._read("lab/tests/debugfs/stats").splitlines()}
        self.columns = {path.name: path.read_text(encoding="utf-8").split("\n")[0].split()
                        for path in (self.top / "lab/tests/debugfs").iterdir() if path.name not in ("stats", "stacks")}
        self.tools = {"kwgctl": self._read("tools/kwgctl/options.c"), "kwgvet": self._read("tools/cocci/kwgvet")}
        for tool in ("kwgtop", "kwgstacks", "kwgexport"):
            self.tools[tool] = self._read("tools/observe/" + tool)
        self.words = self._words()

    def _read(self, name):
        return (self.top / name).read_text(encoding="utf-8")

    def _words(self):
        """All that look like ours, but for those that the test of this makes up. Files' names are words, too."""
        words = set()
        for source in SOURCES:
            path = self.top / source
            for file in [path] if path.is_file() else sorted(path.rglob("*")):
                if file.is_file() and file.suffix in SUFFIXES and file.name != "test_docs.py":
                    words |= set(WORD.findall(file.read_text(encoding="utf-8", errors="replace")))
                words |= set(WORD.findall(file.name))
        return words

    def has_file(self, text, name):
        """From the top, or from where the text is. Made by a build counts, if it says so."""
        if name.startswith("build/"):
            return True
        return any(list(base.glob(name.rstrip("/"))) if "*" in name else (base / name).exists()
                   for base in (self.top, (self.top / text).parent))

    def is_ours(self, name):
        """Whether a path can only be one of the tree."""
        if name.startswith(OF_THE_KERNEL + ("../",)) or re.search(r"NAME|KERNEL", name):
            return False
        return "/" in name.rstrip("/") and (self.top / name.split("/")[0]).is_dir()


def code_of(path, text):
    """(line, code) of what is not prose."""
    if re.search(r"\.[1-9]$", path):
        plain = re.sub(r"\\f[A-Z]|\\&|^\.[A-Z]{1,2} ?", "", text, flags=re.M).replace("\\-", "-")
        return list(enumerate(plain.split("\n"), 1))
    made, blanked = [], text.split("\n")
    for block in doc_blocks.blocks(path, text):
        for number, line in enumerate(block.text.rstrip("\n").split("\n"), block.line):
            made.append((number, line))
            blanked[number - 1] = ""
    blanked = "\n".join("" if line.strip().startswith("```") else line for line in blanked)
    for found in LITERAL.finditer(blanked):
        made.append((blanked.count("\n", 0, found.start()) + 1, (found[1] or found[2]).replace("\n", " ")))
    return made


def dead_commands(tree, code):
    """Of make and of the lab."""
    for found in MAKE.finditer(code):
        for target in found[2].split():
            if target not in tree.targets:
                yield f"make has no target {target}"
    for kernel in re.findall(r"\bKERNEL=([\w.-]+)", code):
        if kernel not in tree.kernels:
            yield f"there is no kernel {kernel}"
    for found in LAB.finditer(code):
        command, words = found[1], found[2].split()
        if command not in tree.commands:
            yield f"the lab has no command {command}"
        if command == "boot" and len(words) > 1 and re.match(r"[a-z]\S* [a-z]", found[2].strip()):
            if words[0] not in tree.kernels:
                yield f"there is no kernel {words[0]}"
            for suite in words[1].split("+"):
                if suite not in tree.suites and not suite.startswith("kwaitgroup"):
                    yield f"there is no suite {suite}"


def dead_options(tree, code):
    """Of our programs."""
    for found in TOOL.finditer(code):
        for option in OPTION.findall(found[2]):
            if option[2:] not in tree.tools[found[1]] and option not in ("--help", "--version"):
                yield f"{found[1]} has no option {option}"


def dead_words(tree, path, code):
    """What is looked up in a table."""
    tables = ((PARAMETER, tree.parameters, "parameter"), (DEBUGFS, tree.debugfs, "file in debugfs"),
              (EVENT, tree.events, "trace event"), (MISUSE, tree.misuse | {"fd", "total"}, "kind of misuse"))
    for pattern, table, what in tables:
        for found in pattern.finditer(code):
            word = next(filter(None, found.groups()))
            if word not in table:
                yield f"there is no {what} {word}"
    for word in WORD.findall(code):
        # A prefix, as in kwaitgroup_wait_*, is one of something.
        # A manual page has its name in capitals on top.
        if word not in tree.words and word.lower() not in tree.words and not (word.endswith("_") and any(has.startswith(word) for has in tree.words)):
            yield f"nothing is called {word}"
    for name in FILE.findall(code):
        if tree.is_ours(name) and not tree.has_file(path, name):
            yield f"there is no file {name}"


def dead_links(tree, path, text):
    """Of Markdown, into the tree or into the text."""
    titles = {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-")
              for title in re.findall(r"^#+ (.*)$", text, re.M)}
    for found in re.finditer(r"\]\(([^):\s]*)\)", text):
        line = text.count("\n", 0, found.start()) + 1
        name, _, title = found[1].partition("#")
        if name and not ((tree.top / path).parent / name).exists():
            yield line, f"there is no file {name}"
        elif not name and title not in titles:
            yield line, f"there is no part {title}"


def dead_names(tree, path, text):
    """(line, what is wrong)"""
    for line, code in code_of(path, text):
        # A manual has sentences that make something, and nothing of this tree.
        commands = dead_commands(tree, code) if not re.search(r"\.[1-9]$", path) else ()
        for check in (commands, dead_options(tree, code), dead_words(tree, path, code)):
            for wrong in check:
                yield line, wrong
    if path.endswith(".md"):
        yield from dead_links(tree, path, text)


def not_named(tree, texts):
    """Of what people use, by what text it should be in."""
    wanted = {
        "Documentation/parameters.rst": tree.parameters,
        "dist/kwaitgroup-modprobe.conf": tree.parameters,
        "Documentation/debugfs.rst": tree.debugfs | tree.stats.difference("misuse_" + kind for kind in tree.misuse) |
                                     {column for columns in tree.columns.values() for column in columns},
        "Documentation/mistakes.rst": tree.misuse,
        "Documentation/userspace.rst": tree.ioctls,
        "Documentation/tracing.rst": tree.events,
        "Documentation/testing.rst": {target for target in tree.targets if target.startswith("check")},
    }
    for path, names in wanted.items():
        for name in sorted(names):
            if not re.search(rf"(?<![\w-]){name}(?![\w-])", texts.get(path, "")):
                yield f"{path}: says nothing of {name}"


def main():
    """Exit status 1 if there is something to say."""
    tree = Tree(sys.argv[1])
    texts = {path: (tree.top / path).read_text(encoding="utf-8") for path in sys.argv[2:]}
    # No text, and yet it names them all.
    example = "dist/kwaitgroup-modprobe.conf"
    wrong = [f"{path}:{line}: {what}" for path, text in texts.items() for line, what in dead_names(tree, path, text)]
    wrong += not_named(tree, {**texts, example: (tree.top / example).read_text(encoding="utf-8")})
    print("\n".join(dict.fromkeys(wrong)), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

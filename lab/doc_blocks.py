# SPDX-License-Identifier: GPL-2.0
"""The code blocks of a text, in reStructuredText or Markdown.

A marker before a block says what the reader need not see: ".. kwg: KIND" in the one, "<!-- kwg: KIND -->" in the
other. "given" is code of its own, in the comment: what the blocks behind it take for granted.
"""
import re
import textwrap
from dataclasses import dataclass

RST_BLOCK = re.compile(r"^(?P<indent> *)(?:\.\. code-block:: *(?P<lang>\S*)|(?P<literal>(?!\.\. ).*::))$")
RST_MARK = re.compile(r"^ *\.\. kwg: *(?P<kind>\S+)(?P<rest>.*)$")
MD_FENCE = re.compile(r"^(?P<indent> *)```(?P<lang>\S*)$")
MD_MARK = re.compile(r"^<!-- kwg: *(?P<kind>\S+) *(?P<rest>[^>]*?)(?P<end>-->)?$")


@dataclass
class Block:
    """What it says, from which line on."""
    path: str
    line: int
    lang: str
    text: str
    kind: str = ""      # of the marker
    name: str = ""      # and what follows that


def _indented(lines, start, indent):
    """The lines from START on that are deeper than INDENT: (first line, text, next line)."""
    first = start
    while first < len(lines) and (not lines[first].strip() or re.match(r" +:\w", lines[first])):
        first += 1
    end = first
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent):
        end += 1
    return first, textwrap.dedent("\n".join(lines[first:end])).strip("\n") + "\n", end


def _rst(path, lines):
    mark, number = ("", ""), 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if found := RST_MARK.match(line):
            mark = (found["kind"], found["rest"].strip())
            if mark[0] == "given":
                first, text, number = _indented(lines, number, 0)
                yield Block(path, first + 1, "c", text, *mark)
                mark = ("", "")
        elif found := RST_BLOCK.match(line):
            first, text, number = _indented(lines, number, len(found["indent"]))
            yield Block(path, first + 1, found["lang"] or "", text, *mark)
            mark = ("", "")


def _markdown(path, lines):
    mark, number = ("", ""), 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if found := MD_MARK.match(line):
            mark = (found["kind"], found["rest"].strip())
            if mark[0] == "given":
                end = lines.index("-->", number)
                yield Block(path, number + 1, "c", "\n".join(lines[number:end]) + "\n", *mark)
                mark, number = ("", ""), end + 1
        elif found := MD_FENCE.match(line):
            end = lines.index(found["indent"] + "```", number)
            text = textwrap.dedent("\n".join(lines[number:end])) + "\n"
            yield Block(path, number + 1, found["lang"], text, *mark)
            mark, number = ("", ""), end + 1


def blocks(path, text):
    """All of them, in order."""
    return list((_markdown if path.endswith(".md") else _rst)(path, text.split("\n")))

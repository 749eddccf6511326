# SPDX-License-Identifier: GPL-2.0
"""
A flame graph of folded stacks as a stand-alone SVG.

Groups are at the bottom, each in a colour of its own, what their members do now is at the top; a frame is as wide as
its share of the members, and says how many there are. kwgflame.js lets a browser zoom and search; all else shows
the picture. flamegraph.pl cannot colour by the lowest frame, nor count in the frames.
"""
from html import escape
from pathlib import Path

WIDTH = 1200
ROW = 18
MARGIN = 10
TITLE = 30
# A frame too narrow for a letter or two has its name in the tooltip only.
NARROW = 20
# From one group's colour to the next one's, in degrees: far apart, and never the same for 360 of them.
HUES = 137
SCRIPT = Path(__file__).with_name("kwgflame.js")


def plain(name):
    """A name that neither a terminal nor XML stumbles over."""
    return "".join(c if c.isprintable() else "?" for c in name)


def tree(folded):
    """Frames as nested dictionaries: from a name to [members, what it has called]."""
    root = [0, {}]
    for frames, count in folded.items():
        node = root
        node[0] += count
        for name in frames:
            node = node[1].setdefault(plain(name), [0, {}])
            node[0] += count
    return root


def walk(root):
    """Frames of a tree from the outer to the inner: name, members, depth, members to the left."""
    todo = [(name, node, 0, left) for name, node, left in reversed(children(root, 0))]
    while todo:
        name, node, depth, left = todo.pop()
        yield name, node[0], depth, left
        todo += [(n, c, depth + 1, x) for n, c, x in reversed(children(node, left))]


def children(node, left):
    """What a frame has called, by name, side by side from @left."""
    row = []
    for name, child in sorted(node[1].items()):
        row.append((name, child, left))
        left += child[0]
    return row


def colour(name, group):
    """Light or less light, always the same for a name, in the colour of the group with this number."""
    value = 0
    for letter in name:
        value = (value * 31 + ord(letter)) % 1000003
    return f"hsl({(25 + HUES * group) % 360},{55 + value % 25}%,{62 + value // 25 % 18}%)"


def frame(name, nr, fill, total, depth, left, box):
    """One frame: a tooltip, a rectangle, and the name with its members as far as it fits."""
    x, y, width = box
    title = escape(f"{name}: {nr} of {total} members, {100 * nr / total:.1f} %")
    hidden = "" if width >= NARROW else ' style="display:none"'
    # An svg inside of another one clips what does not fit.
    return (f'<g class="frame" data-name="{escape(name)}" data-left="{left}" data-count="{nr}" data-depth="{depth}">'
            f'<title>{title}</title>'
            f'<rect x="{x:.2f}" y="{y}" width="{width:.2f}" height="{ROW - 1}" fill="{fill}"/>'
            f'<svg x="{x:.2f}" y="{y}" width="{width:.2f}" height="{ROW}">'
            f'<text x="3" y="13"{hidden}>{escape(name)} ({nr})</text></svg></g>')


def script():
    """Its end is what could end the section that it is in, and it has none."""
    return f"<script><![CDATA[\n{SCRIPT.read_text(encoding='ascii')}]]></script>"


def head(height, title):
    """The picture without its frames."""
    return ['<?xml version="1.0" encoding="UTF-8"?>',
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" data-margin="{MARGIN}" data-narrow="{NARROW}" '
            'font-family="monospace" font-size="12">',
            f'<rect width="{WIDTH}" height="{height}" fill="#fffaf0"/>',
            f'<text x="{MARGIN}" y="20" font-size="15">{escape(plain(title))}</text>',
            f'<text id="found" x="{WIDTH // 2}" y="20"/>',
            f'<text id="search" x="{WIDTH - MARGIN}" y="20" text-anchor="end" text-decoration="underline" '
            'style="display:none;cursor:pointer">search</text>']


def svg(folded, title):
    """The graph."""
    root = tree(folded)
    rows = max(map(len, folded), default=0) + 1
    height = TITLE + rows * ROW + MARGIN
    scale = (WIDTH - 2 * MARGIN) / max(root[0], 1)
    lines = head(height, title)
    bottom, group = TITLE + (rows - 1) * ROW, -1
    if root[0]:
        lines.append(frame("all", root[0], "#d6d3d1", root[0], 0, 0, (MARGIN, bottom, WIDTH - 2 * MARGIN)))
    for name, count, depth, left in walk(root):
        group += depth == 0
        box = (MARGIN + left * scale, bottom - (depth + 1) * ROW, count * scale)
        lines.append(frame(name, count, colour(name, group), root[0], depth + 1, left, box))
    if root[0]:
        lines.append(script())
    return "\n".join(lines + ["</svg>", ""])

# SPDX-License-Identifier: GPL-2.0
"""
A flame graph of folded stacks as a stand-alone SVG, for machines without flamegraph.pl.

Groups are at the bottom, what their members do now is at the top; a frame is as wide as its share of
the members. Nothing in it is scripted: a frame's tooltip says its name, its members and its share.
"""
from html import escape

WIDTH = 1200
ROW = 18
MARGIN = 10
TITLE = 30
# A frame too narrow for a letter or two has its name in the tooltip only.
NARROW = 20


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


def colour(name):
    """A warm one, always the same for a name."""
    value = 0
    for letter in name:
        value = (value * 31 + ord(letter)) % 1000003
    return f"rgb({205 + value % 50},{90 + value // 50 % 130},{value // 7 % 60})"


def frame(name, count, total, box):
    """One frame: a tooltip, a rectangle, and the name as far as it fits."""
    x, y, width = box
    share = 100 * count / total
    title = escape(f"{name}: {count} of {total} members, {share:.1f} %")
    text = f'<text x="3" y="13">{escape(name)}</text>' if width >= NARROW else ""
    # An svg inside of another one clips what does not fit.
    return (f'<g><title>{title}</title><rect x="{x:.2f}" y="{y}" width="{width:.2f}" height="{ROW - 1}" '
            f'fill="{colour(name)}"/><svg x="{x:.2f}" y="{y}" width="{width:.2f}" height="{ROW}">{text}</svg></g>')


def svg(folded, title):
    """The graph."""
    root = tree(folded)
    rows = max(map(len, folded), default=0) + 1
    height = TITLE + rows * ROW + MARGIN
    scale = (WIDTH - 2 * MARGIN) / max(root[0], 1)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>',
             f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             f'viewBox="0 0 {WIDTH} {height}" font-family="monospace" font-size="12">',
             f'<rect width="{WIDTH}" height="{height}" fill="#fffaf0"/>',
             f'<text x="{MARGIN}" y="20" font-size="15">{escape(plain(title))}</text>']
    bottom = TITLE + (rows - 1) * ROW
    if root[0]:
        lines.append(frame("all", root[0], root[0], (MARGIN, bottom, WIDTH - 2 * MARGIN)))
    for name, count, depth, left in walk(root):
        box = (MARGIN + left * scale, bottom - (depth + 1) * ROW, count * scale)
        lines.append(frame(name, count, root[0], box))
    return "\n".join(lines + ["</svg>", ""])

# SPDX-License-Identifier: GPL-2.0
"""A bar chart of the bench, as SVG: instructions of each operation, and its time beside a bare pair of atomics."""
from html import escape
from math import log10

WIDTH, NAME, BAR = 900, 220, 520
ROW, GAP, TOP = 20, 46, 108
OURS, PEER = "#1f6fb4", "#b9bec6"
FONT = "font-family='DejaVu Sans, Verdana, sans-serif'"


def scale(value):
    """A place on the axis: each decade is as long."""
    return BAR * log10(max(value, 1)) / 4


def text(x, y, words, size=12, extra=""):
    """Some words."""
    return f"<text x='{x:.0f}' y='{y:.0f}' font-size='{size}' {FONT} {extra}>{escape(words)}</text>"


def axis(y, height):
    """Lines for 1, 10, 100, 1000."""
    parts = []
    for power in range(5):
        x = NAME + scale(10 ** power)
        parts.append(f"<line x1='{x:.0f}' y1='{y}' x2='{x:.0f}' y2='{y + height}' stroke='#e3e5e8'/>")
        parts.append(text(x, y - 4, f"{10 ** power:,}", 10, "fill='#777' text-anchor='middle'"))
    return parts


def bar(y, name, count, ratio, ours):
    """One operation."""
    told = f"{count:,.0f}" + (f"   ({ratio:.1f}x in time)" if ratio else "")
    weight = "font-weight='bold'" if ours else ""
    return [text(NAME - 8, y + 14, name, 12, f"text-anchor='end' {weight}"),
            f"<rect x='{NAME}' y='{y + 3}' width='{max(scale(count), 2):.1f}' height='{ROW - 6}' "
            f"fill='{OURS if ours else PEER}'/>",
            text(NAME + scale(count) + 6, y + 14, told, 11, "fill='#333'")]


def draw(families):
    """The picture. A family is a title and its rows: name, instructions, ratio of time or None, whether it is ours."""
    parts, y = [], TOP
    for title, rows in families:
        parts += [text(12, y, title, 14, "font-weight='bold'")]
        y += 28
        parts += axis(y, ROW * len(rows))
        for row in rows:
            parts += bar(y, *row)
            y += ROW
        y += GAP
    legend = [text(12, 28, "What a wait group costs, beside what drivers use today", 18, "font-weight='bold'"),
              text(12, 50, "Instructions of one operation, on a scale by tens; in brackets its time beside that of a bare "
                   "atomic pair.", 12),
              f"<rect x='12' y='60' width='12' height='12' fill='{OURS}'/>", text(30, 71, "kwaitgroup", 12),
              f"<rect x='130' y='60' width='12' height='12' fill='{PEER}'/>", text(148, 71, "others", 12)]
    return "\n".join(["<!-- SPDX-License-Identifier: GPL-2.0 -->",
                      f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{y}' viewBox='0 0 {WIDTH} {y}'>",
                      f"<rect width='{WIDTH}' height='{y}' fill='white'/>"] + legend + parts + ["</svg>"]) + "\n"

# SPDX-License-Identifier: GPL-2.0
"""The letter before the patches: cover.txt, with figures of bench/."""
import re
from pathlib import Path

from files import fail

FIGURES = "bench/counts.debian-7.3"


def figures(text):
    """{operation: (instructions, atomics)} and {(one, other): ratio}."""
    counts, ratios = {}, {}
    for line in text.splitlines():
        words = [word.strip() for word in line.split("\t")]
        if line.startswith("ratio\t"):
            ratios[words[1], words[2]] = words[3]
        elif line and not line.startswith("#"):
            counts[words[0]] = (words[1], words[2])
    return counts, ratios


def written(letter, top):
    """With its subject, its text, and what is measured where {instructions of NAME} and the like are."""
    counts, ratios = figures((Path(top) / FIGURES).read_text(encoding="utf-8"))

    def figure(found):
        what, name = found[1], " ".join(found[2].split())
        try:
            if what == "ratio":
                return ratios[tuple(part.strip() for part in name.split(" to "))]
            return counts[name][what == "atomics"]
        except KeyError:
            return fail(f"cover.txt wants the {what} of {name}, which {FIGURES} has not")

    text = (Path(top) / "lab/series/cover.txt").read_text(encoding="utf-8")
    text = re.sub(r"{(instructions|atomics|ratio)\s+of\s+([^{}]+)}", figure, text)
    subject, _, body = text.partition("\n\n")
    letter = letter.replace("*** SUBJECT HERE ***", subject)
    return letter.replace("*** BLURB HERE ***", body.strip())

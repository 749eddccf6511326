# SPDX-License-Identifier: GPL-2.0
"""What becomes of a file of this tree in the kernel's."""
import difflib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SUITE = re.compile(r"^(?:static )?struct kunit_suite (\w+) = {", re.M)
OBJECT = re.compile(r"(?<![\w/-])([\w/]+)\.o\b")
PREFIXED = re.compile(r"\$\(addprefix ([\w/]+),([^()]*)\)")


def fail(what):
    """In one line."""
    sys.exit(f"series: {what}")


def run(*command, expect=(0,), **kwargs):
    """What a program has printed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)
    if done.returncode not in expect:
        fail(f"{' '.join(map(str, command[:4]))}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def healed(before, after):
    """Coccinelle takes the empty line behind declarations away with the statement that follows, and leaves a condition of
    two in its parentheses when it takes the other one."""
    old, new = before.splitlines(True), after.splitlines(True)
    lines = []
    for what, begin, _, at, end in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if what in ("delete", "replace") and old[begin] == "\n" and new[at:end][:1] != ["\n"]:
            lines.append("\n")
        lines += new[at:end] if what == "equal" else [re.sub(r"\(\(([^()]*)\)\)", r"(\1)", line) for line in new[at:end]]
    return "".join(lines)


def patched(sources, rules, word):
    """The same sources by semantic patches, after which none of them has the word any more."""
    found = [name for name, text in sources.items() if word in text]
    if not found:
        return sources
    with tempfile.TemporaryDirectory() as scratch:
        for name in found:
            path = Path(scratch, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(sources[name], encoding="utf-8")
        run("spatch", "--sp-file", rules, "-D", "patch", "--very-quiet", "--no-includes", "--include-headers", "--in-place",
            *found, cwd=scratch)
        made = {name: healed(sources[name], Path(scratch, name).read_text(encoding="utf-8")) for name in found}
    for name, text in made.items():
        if word in text:
            fail(f"{rules.name} leaves a {word.strip('(')} in {name}")
    return sources | made


def preprocessed(text, options):
    """By unifdef."""
    done = subprocess.run(["unifdef", "-B", *options], input=text, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        fail(f"unifdef: {done.stderr.strip()}")
    return done.stdout


def compat_macros(text, version):
    """What compat.h is for one version: macros, which are written where they are used."""
    text = re.sub(r"KERNEL_VERSION\((\d+), (\d+), (\d+)\)",
                  lambda found: str((int(found[1]) << 16) + (int(found[2]) << 8) + int(found[3])), text)
    text = preprocessed(text, [f"-DLINUX_VERSION_CODE={version}", "-DCONFIG_STACKTRACE"])
    macros = dict(re.findall(r"^#define (KWG_\w+)\t+(.*)$", text, re.M))
    rest = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    rest = re.sub(r"^#(define _?KWG_|include|ifndef _KWG_|endif).*$", "", rest, flags=re.M).strip()
    if rest:
        fail(f"compat.h has more than macros for this version: {rest.splitlines()[0]}")
    return macros


def kconfig(text, symbols):
    """Of its entries those whose symbols there are."""
    entries = re.split(r"^(?=(?:# .*\n)*(?:menuconfig|config|if|endif)\b)", text, flags=re.M)
    kept = []
    for entry in entries:
        name = re.search(r"^(?:menu)?config (\w+)", entry, re.M)
        if name and name[1] not in symbols:
            continue
        lines = []
        for line in entry.splitlines():
            ours = set(re.findall(r"\b(?:SAMPLE_)?KWAITGROUP\w*", line))
            if re.match(r"\t(depends on|select) ", line) and not ours <= symbols:
                keyword, terms = re.match(r"(\t(?:depends on|select)) (.*)", line).groups()
                terms = [term for term in terms.split(" && ") if not re.search(r"KWAITGROUP", term) or term in symbols]
                if not terms or keyword == "\tselect":
                    continue
                line = f"{keyword} {' && '.join(terms)}"
            lines.append(line)
        kept.append("\n".join(lines) + "\n")
    return re.sub(r"\n{3,}", "\n\n", "".join(kept)).strip("\n") + "\n"


def made_of(words, folder, there, prefix=""):
    """Of objects those that there is something to make of."""
    return " ".join(word for word in words.split()
                    if not (found := OBJECT.fullmatch(word)) or there(folder + prefix + found[1]))


def makefile(text, folder, files):
    """Of Kbuild what a Makefile there has: no build out of the tree, no seeded bugs, objects of what there is."""
    text = re.sub(r"\$\(if \$\(KBUILD_EXTMOD\),m,(\$\([^()]*\))\)", r"\1", text)
    lines, composed = [], set(re.findall(r"^(\w+)-(?:y|\$\S+) [:+]=", text, re.M))
    there = lambda name: name + ".c" in files or name.rpartition("/")[2] in composed
    before = None
    while before != lines:
        before, lines = lines, []
        for line in text.splitlines():
            if re.search(r"KWAITGROUP_MUTANTS|KWAITGROUP_VERSION|^obj-\S+ \+= \w+/$", line):
                line = None
            elif (found := re.match(r"((?:kwaitgroup\w*|obj)-\S+(?: \S+\))? [:+]=) (.*)", line)):
                words = PREFIXED.sub(lambda part: "$(addprefix %s,%s)" % (
                    part[1], made_of(part[2], folder, there, part[1])), found[2])
                words = re.sub(r"\$\(addprefix [\w/]+,\)", "", words)
                words = words if "(" in words else made_of(words, folder, there)
                line = f"{found[1]} {words}" if words.strip() else None
            if line is not None:
                lines.append(line)
            else:
                while lines and lines[-1].startswith("#") and "SPDX" not in lines[-1]:
                    lines.pop()
        text = "\n".join(lines) + "\n"
        text = re.sub(r"(?:^#(?! SPDX).*\n)*^ifn?eq .*\n\n*^endif\n", "", text, flags=re.M)
        composed = set(re.findall(r"^(\w+)-(?:y|\$\S+) [:+]=", text, re.M))
    # The first definition of a list may have gone.
    seen = set()
    for found in re.finditer(r"^(\w+)-y \+= ", text, re.M):
        if found[1] not in seen and not re.search(rf"^{found[1]}-y := ", text, re.M):
            text = text.replace(found[0], f"{found[1]}-y := ", 1)
        seen.add(found[1])
    return re.sub(r"\n{3,}", "\n\n", text).rstrip("\n") + "\n"


def suites(text, defined):
    """Of lists of KUnit's suites those that there are."""
    def listed(found):
        line, lines = "kunit_test_suites(", []
        words = [word for word in re.findall(r"&(\w+)", found[1]) if word in defined]
        for word in words:
            item = f"&{word}" + (");" if word == words[-1] else ",")
            if len(line.expandtabs()) + 1 + len(item) > 80:
                lines.append(line)
                line = "\t\t  " + item
            else:
                line += (" " if line[-1] == "," else "") + item
        return "\n".join(lines + [line])

    text = re.sub(r"kunit_test_suites\(([^)]*)\);", listed, text)
    return re.sub(r"^extern struct kunit_suite (\w+);\n",
                  lambda found: found[0] if found[1] in defined else "", text, flags=re.M)


def parts(text, functions):
    """Of main.c's table the rows whose functions there are."""
    return re.sub(r"^\t{ (.*) },\n",
                  lambda found: found[0] if set(re.findall(r"kwg_\w+", found[1])) <= functions else "", text, flags=re.M)


def page(text, places, pages, name):
    """A page of the documentation."""
    text = re.sub(r"^\.\. kwg: .*\n(?:\n*^ +.*\n)*\n", "", text, flags=re.M)
    text = re.sub(r"(:: )((?:module)/\S+)", lambda found: found[1] + places(found[2]), text)
    for found in re.findall(r":doc:`(?:[^`<]*<)?([^`<>]+)>?`", text):
        if found not in pages:
            fail(f"{name} refers to a page that no patch takes: {found}")
    return ".. SPDX-License-Identifier: GPL-2.0\n\n" + text

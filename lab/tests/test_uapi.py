#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
What programs were built with is what they find: in the header for user space each structure and each number is as in
the releases, whose headers are in released/. abidiff compares; a structure may grow at its end.
"""
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEADER = HERE.parent.parent / "module" / "include" / "uapi" / "linux" / "kwaitgroup.h"
RELEASED = sorted((HERE / "released").glob("kwaitgroup-*.h"))
GROWS = "[suppress_type]\n  type_kind = struct\n  has_data_member_inserted_at = end\n  has_size_change = yes\n"
# What would break a program, each by what is replaced.
BREAKS = {
    "another number": ("_IO(KWAITGROUP_IOC_MAGIC, 3)", "_IO(KWAITGROUP_IOC_MAGIC, 7)"),
    "another flag": ("KWAITGROUP_FD_NONBLOCK\t0x2U", "KWAITGROUP_FD_NONBLOCK\t0x4U"),
    "another name": ("KWAITGROUP_STATE_BADFD", "KWAITGROUP_STATE_MISUSED"),
    "another device": ("/dev/kwaitgroup\"", "/dev/waitgroup\""),
    "another magic": ("'Y'", "'y'"),
    "a smaller member": ("__u32 flags;\n\t__aligned_u64 deadline_ns", "__u16 flags;\n\t__aligned_u64 deadline_ns"),
    "a larger member": ("__u32 count;\n\t__u32 reserved", "__u64 count;\n\t__u32 reserved"),
    "one more in the middle": ("__aligned_u64 deadline_ns;", "__u64 start_ns;\n\t__aligned_u64 deadline_ns;"),
    "another order": ("__u32 state;\n\t__u32 count;", "__u32 count;\n\t__u32 state;"),
    "one less": ("\t__u8 name[KWAITGROUP_NAME_MAX];\n};\n\n/**\n * struct kwaitgroup_flags", "};\n\n/**\n * struct kwaitgroup_flags"),
    "a shorter name": ("KWAITGROUP_NAME_MAX\t32", "KWAITGROUP_NAME_MAX\t16"),
}


def run(*command, **options):
    """A program that has to be there."""
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def names(header):
    """Structures and constants that it defines, and other macros with their text."""
    text = run("gcc", "-E", "-dD", header).stdout
    macros = dict(re.findall(r"^#define (KWAITGROUP_\w+) (.+)$", text, re.MULTILINE))
    strings = {name: value for name, value in macros.items() if value.startswith('"')}
    return re.findall(r"^struct (kwaitgroup_\w+) {", text, re.MULTILINE), sorted(set(macros) - set(strings)), strings


def program(released):
    """A program that uses all of a release: of structures abidiff compares the layout, of an enum the values."""
    structures, constants, strings = names(released)
    uses = "".join(f"struct {name} *use_{name};\n" for name in structures)
    uses += "enum constants {\n" + "".join(f"\tUSE_{name} = {name},\n" for name in constants) + "} use_constants;\n"
    for name, value in strings.items():
        uses += f"_Static_assert(sizeof({name}) == sizeof({value}) && !__builtin_strcmp({name}, {value}), \"{name}\");\n"
    return '#include "kwaitgroup.h"\n' + uses


def compared(released, text):
    """Why a header with this text is none for the programs of a release, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "grows").write_text(GROWS)
        for name, header in (("before", released.read_text()), ("after", text)):
            (folder / name).mkdir()
            (folder / name / "kwaitgroup.h").write_text(header)
            (folder / name / "program.c").write_text(program(released))
            built = run("gcc", "-g", "-c", "-o", f"{name}.o", f"{name}/program.c", cwd=folder)
            if built.returncode:
                return built.stderr
        found = run("abidiff", "--suppressions", "grows", "before.o", "after.o", cwd=folder)
        return found.stdout + found.stderr if found.returncode else ""


class Header(unittest.TestCase):
    """Of today, beside those of the releases."""

    def test_released(self):
        self.assertTrue(RELEASED)
        for released in RELEASED:
            with self.subTest(released.name):
                self.assertEqual(compared(released, HEADER.read_text()), "")

    def test_uses_all(self):
        structures, constants, strings = names(RELEASED[-1])
        self.assertIn("kwaitgroup_info", structures)
        self.assertIn("KWAITGROUP_IOC_JOIN", constants)
        self.assertIn("KWAITGROUP_DEVICE", strings)

    def test_breaks(self):
        for what, (old, new) in BREAKS.items():
            with self.subTest(what):
                text = HEADER.read_text()
                self.assertIn(old, text)
                self.assertNotEqual(compared(RELEASED[-1], text.replace(old, new)), "")

    def test_grows(self):
        old = "\t__u32 size;\n\t__u32 flags;\n};"
        self.assertIn(old, HEADER.read_text())
        text = HEADER.read_text().replace(old, "\t__u32 size;\n\t__u32 flags;\n\t__aligned_u64 more;\n};")
        text = text.replace("#endif /*", "#define KWAITGROUP_IOC_MORE _IO(KWAITGROUP_IOC_MAGIC, 99)\n#endif /*")
        self.assertEqual(compared(RELEASED[-1], text), "")


if __name__ == "__main__":
    unittest.main()

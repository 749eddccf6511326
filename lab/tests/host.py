# SPDX-License-Identifier: GPL-2.0
"""
A host on which the lab has never run: a clone of its own, an empty home, and stand-ins for what is
downloaded and booted, from standins/. What the lab itself does there is the real thing, in a second.
"""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
# A tool that no host has, to be installed.
PACKAGES = "boot\t\tkwg-no-such-tool\n"


class Host:
    """Is gone with its folder."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        root = Path(self.folder.name)
        self.top, self.home, stand_ins = root / "clone", root / "home", root / "bin"
        for part in ("lab", "module", "tools"):
            shutil.copytree(TOP / part, self.top / part, ignore=shutil.ignore_patterns("tests", "__pycache__"))
        for part in ("Kbuild", "VERSION", "README.md"):
            shutil.copy(TOP / part, self.top)
        (self.top / "Kbuild").write_text("obj-m += module/\n")
        with open(self.top / "lab" / "packages", "a", encoding="utf-8") as packages:
            packages.write(PACKAGES)
        for suite in (self.top / "lab" / "suites").iterdir():
            # There is no kernel that could print one.
            suite.write_text(suite.read_text().replace("# expect-splat:", "# allow-splat:"))
        for program in ("userspace-test", "tools/kwgctl"):
            (self.top / program).mkdir(exist_ok=True)
            (self.top / program / "Makefile").write_text("all:\n\ttouch $(OUT)/program\n")
        self.home.mkdir()
        shutil.copytree(HERE / "standins", stand_ins, symlinks=True)
        self.cgroups = root / "cgroups"
        self.cgroups.mkdir()
        self.environ = dict(os.environ, HOME=str(self.home), STAND_INS=str(stand_ins), DEBUGFS=str(HERE),
                            KWAITGROUP_CGROUPS=str(self.cgroups), PATH=f"{stand_ins}:{os.environ['PATH']}")
        for name in ("XDG_CACHE_HOME", "GUEST", "MAKEFLAGS", "KWAITGROUP_MUTANT", "KWAITGROUP_CACHE", "KWAITGROUP_USED"):
            self.environ.pop(name, None)
        # It is in the lab's root already, as we are.
        self.environ["KWAITGROUP_HOST"] = str(self.top)

    def start(self, *words, **environ):
        """A command of the lab, in the background."""
        return subprocess.Popen([self.top / "lab" / "lab", *words], text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                env=dict(self.environ, **environ))

    def lab(self, *words, **environ):
        """Its exit status, and all that it printed."""
        with self.start(*words, **environ) as run:
            out = run.communicate()[0]
        return run.returncode, out

    def close(self):
        """Takes it away."""
        self.folder.cleanup()

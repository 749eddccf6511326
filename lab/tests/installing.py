# SPDX-License-Identifier: GPL-2.0
"""What the tests that install have in common: copies of the tree, programs that must not fail, the system."""
import os
import re
import shutil
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
TOOLS = ("kwgctl", "kwgtop", "kwgstacks", "kwgexport", "kwgvet")
VERSION = (TOP / "VERSION").read_text().strip()
# Folders of kernels' headers.
KERNELS = os.environ.get("KWAITGROUP_KERNELS", "").split()
# Where others write meanwhile, and where we do.
ELSEWHERE = ("/proc", "/sys", "/dev", "/tmp", "/mnt", "/cache", "/outside", "/tree/build", "/tree/.git")
BUILT = shutil.ignore_patterns("build", ".git", "__pycache__", "*.o", "*.ko", "*.mod", "*.mod.c", ".*.cmd", "*.symvers")


def copy(source, folder):
    """Of the tree or a part of it, in a folder that is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder, symlinks=True, ignore=BUILT)
    return folder


def run(*words, folder="/", **environ):
    """A program's output; if it fails, that is the failure. Python may leave what it compiles."""
    environ = dict(os.environ, DEBIAN_KERNEL_USE_CCACHE="1", **environ)
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # It is not a part of the make that may have started us.
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        environ.pop(name, None)
    done = subprocess.run(words, cwd=folder, env=environ, check=False, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, words))}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def make(folder, *words):
    """As a user would; pahole, which BTF takes, is not in the lab's root."""
    return run("make", "-s", f"-j{os.cpu_count()}", "CROSS_COMPILE=x86_64-linux-gnu-", "CONFIG_DEBUG_INFO_BTF_MODULES=",
               *words, folder=folder)


def release(kernel):
    """A kernel's name."""
    return Path(kernel, "include/config/kernel.release").read_text().strip()


def kernel_folder(kernel):
    """What a kernel's package has made where modules go."""
    folder = Path("/lib/modules", release(kernel))
    folder.mkdir(parents=True)
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        (folder / name).touch()
    (folder / "build").symlink_to(kernel)


def expected():
    """The list of what is installed, a line for each file: its mode, its name, where a link leads to."""
    return (TOP / "lab" / "tests" / "installed.txt").read_text().splitlines()


def ours():
    """
    Files that DKMS, make or a package could have left, but for depmod's tables and DKMS' own key. The lab's root gets
    others meanwhile.
    """
    folders = ("/usr/local/", "/usr/src/", "/usr/lib/modules/", "/var/lib/dkms/")
    lines = run("find", "/usr", "/etc", "/var", "(", "-type", "f", "-o", "-type", "l", ")").splitlines()
    return {path for path in lines if (path.startswith(folders) or "kwaitgroup" in path or "/kwg" in path)
            and not re.match("/usr/lib/modules/[^/]*/modules[.]|/var/lib/dkms/mok[.]", path)}


def system():
    """All files there are, with what tells a changed one."""
    prune = " -o ".join(f"-path {path}" for path in ELSEWHERE).split()
    return set(run("find", "/", "(", *prune, ")", "-prune", "-o", "-printf", "%p %y %m %s %T@\n").splitlines())

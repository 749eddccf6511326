#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Descriptions for CI, made of lab/kernels and lab/suites: .github/workflows/ci.yml, which runs each kernel's part of
the matrix, lab/lava.yaml, a LAVA job that boots what the matrix has built for one kernel, and README.md's list of
kernels.

usage: ci.py TOP [KERNEL]

Standard input has the cells of the matrix, "KERNEL SUITE". With KERNEL, the LAVA job for it goes to standard output.
"""
import re
import shlex
import sys
from pathlib import Path

DEFAULT = "debian-6.12"
# As lab/lib/kernel.sh has them; a PC's clocks are more than one says, see lab/lib/boot.sh.
CONSOLES = {"arm64": "console=ttyAMA0", "armhf": "console=ttyAMA0", "ppc64el": "console=hvc0",
            "riscv64": "console=ttyS0", "s390x": "console=ttysclp0"}
# As lib/boot.sh's, for a clock that counts instructions.
ICOUNT = " -icount shift=0,sleep=off -seed 1 -rtc base=2026-01-01,clock=vm"
MADE = """# SPDX-License-Identifier: GPL-2.0
# Made by "lab/lab ci" of lab/kernels and lab/suites.
"""
WORKFLOW = MADE + """name: check
on: [push, pull_request]
jobs:
  static:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: sudo --preserve-env=HOME make check-static
  matrix:
    runs-on: ubuntu-24.04
    timeout-minutes: 350
    strategy:
      fail-fast: false
      matrix:
        include:
{rows}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/cache@v4
        with:
          path: ~/.cache/kwaitgroup
          key: ${{{{ matrix.kernel }}}}-${{{{ hashFiles('lab/kernels/*', 'lab/configs/*', 'lab/packages') }}}}
      - run: sudo --preserve-env=HOME make check-matrix KERNELS=${{{{ matrix.kernel }}}} SUITES="${{{{ matrix.suites }}}}" JUNIT=junit.xml
      # The cache and the reports are the runner's to keep.
      - if: always()
        run: sudo chown -R "$USER" ~/.cache/kwaitgroup build junit.xml
      - if: always()
        uses: actions/upload-artifact@v4
        with:
          name: ${{{{ matrix.kernel }}}}
          path: |
            junit.xml
            build/matrix
"""
ROW = """          - kernel: {kernel}
            suites: {suites}"""
JOB = MADE + """# URL is where the image of the kernel and the folder build/ can be had.
job_name: kwaitgroup {kernel}
device_type: qemu
visibility: public
priority: medium
context:
  arch: {arch}
  cpu: max
  no_kvm: true
  memory: {memory}
timeouts:
  job: {{hours: {hours}}}
  action: {{minutes: 60}}
actions:
{actions}"""
ACTIONS = """- deploy:
    namespace: {suite}
    to: tmpfs
    images:
      kernel:
        url: URL/{kernel}/kernel
        image_arg: -kernel {{kernel}} -append "{cmdline} lab_result=/dev/console"
      ramdisk:
        url: URL/{kernel}/{suite}/initramfs.cpio
        image_arg: -initrd {{ramdisk}} -smp {smp} -m {memory} -no-reboot{more}
- boot:
    namespace: {suite}
    method: qemu
    media: tmpfs
    prompts: ["lab: machine"]
- test:
    namespace: {suite}
    timeout: {{minutes: 60}}
    monitors:
      - name: {suite}
        start: "lab: machine"
        end: "lab: suite (passed|failed)"
        pattern: "^ *(?P<result>ok|not ok) \\\\d+ (- )?(?P<test_case_id>[^#\\\\r\\\\n]+)"
        fixupdict: {{ok: pass, "not ok": fail}}
"""


def kernel_facts(path):
    """Its variables."""
    words = shlex.split(path.read_text(encoding="utf-8"), comments=True)
    return dict(word.split("=", 1) for word in words)


def suite_facts(path):
    """The "# key: value" lines at its head."""
    return dict(re.findall(r"^# ([a-z]+):\s*(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE))


def workflow(cells):
    """A job for each kernel."""
    return WORKFLOW.format(rows="\n".join(ROW.format(kernel=kernel, suites=" ".join(suites))
                                          for kernel, suites in cells.items()))


def job(top, kernel, suites):
    """A boot for each suite, one after the other."""
    facts = kernel_facts(top / "lab" / "kernels" / kernel)
    # As in lib/boot.sh: clocks and timers of an emulated PC are not to be given up on.
    machine = CONSOLES.get(facts["arch"], "console=ttyS0 tsc=reliable no_timer_check")
    if "source" in facts:
        machine += " pci=noacpi,lastbus=0"
    actions = []
    for suite in suites:
        wants = suite_facts(top / "lab" / "suites" / suite)
        cmdline = f"{machine} panic=-1 loglevel=7 {facts.get('cmdline', '')} {wants.get('cmdline', '')}"
        actions.append(ACTIONS.format(kernel=kernel, suite=suite, cmdline=" ".join(cmdline.split()),
                                      smp=wants.get("smp", facts.get("smp", "4")),
                                      more=ICOUNT if wants.get("icount") == "yes" else "",
                                      memory=wants.get("memory", facts.get("memory", "1024"))))
    return JOB.format(kernel=kernel, arch=facts["arch"], memory=facts.get("memory", "1024"), hours=len(suites),
                      actions="".join(actions))


def kernel_row(path, suites):
    """What its file says of it, in a table."""
    facts, text = kernel_facts(path), path.read_text(encoding="utf-8")
    about = " ".join(line[2:] for line in text.splitlines() if line.startswith("# ") and "SPDX" not in line
                     and text.index(line) < text.index("arch=")).rstrip(".")
    return f"| `{path.name}` | {facts['arch']} | {about} | {' '.join(suites)} |"


def readme(top, cells):
    """The part of README.md between two marks."""
    rows = ["| kernel | machine | what it is | suites |", "|---|---|---|---|"]
    rows += [kernel_row(top / "lab" / "kernels" / kernel, suites) for kernel, suites in cells.items()]
    return re.sub(r"(?s)(<!-- kernels: .*? -->\n).*?(<!-- -->)", lambda found: found[1] + "\n".join(rows) + "\n" + found[2],
                  (top / "README.md").read_text(encoding="utf-8"))


def main():
    """Writes them where they belong."""
    top, *kernel = sys.argv[1:]
    cells = {}
    for line in sys.stdin:
        name, suite = line.split()
        cells.setdefault(name, []).append(suite)
    if kernel:
        print(job(Path(top), kernel[0], cells[kernel[0]]), end="")
        return
    folder = Path(top, ".github", "workflows")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ci.yml").write_text(workflow(cells), encoding="utf-8")
    Path(top, "README.md").write_text(readme(Path(top), cells), encoding="utf-8")
    Path(top, "lab", "lava.yaml").write_text(job(Path(top), DEFAULT, cells[DEFAULT]), encoding="utf-8")


if __name__ == "__main__":
    main()

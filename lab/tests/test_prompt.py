#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What is typed at the prompt is what the prompt says, and an answer that does not come is noticed."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
# A console: what it is told to say for a line, and then the prompt; kwgtop waits for its key.
CONSOLE = r"""
. "$1"
while printf "$PS1" && read -r line; do
	case $line in
	kwgtop*) stty -icanon; printf "$2"; dd bs=1 count=1 2>/dev/null; stty icanon ;;
	kwgstacks*) printf '2 incident-request-1\n2 member_worker\n2 order_waits_for_answer\n' ;;
	kwgctl*) printf 'id 4\ncount 1\n' ;;
	drgn*) printf 'ID\n 1 incident-request-1 2 yes -\n' ;;
	exit) exit ;;
	esac
done
"""
SCREEN = r"held by  order/1-4[7] D 3s\nstuck in  2 x order_waits_for_answer <- member_worker\n"


class Prompt(unittest.TestCase):
    """A shell stands in for the machine."""

    def typed(self, screen, patience=30):
        """Exit status, and what is said, where kwgtop shows that."""
        with tempfile.NamedTemporaryFile() as counts:
            run = subprocess.run(
                [sys.executable, "-c", f"import sys, prompt; prompt.PATIENCE = {patience}; sys.exit(prompt.main())",
                 counts.name, "sh", "-c", CONSOLE, "sh", TOP / "lab" / "guest" / "prompt", screen],
                cwd=TOP / "lab", text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            return run.returncode, run.stdout, Path(counts.name).read_text(encoding="utf-8")

    def test_answers(self):
        """All of it is as it says."""
        status, out, counts = self.typed(SCREEN)
        self.assertEqual(0, status, out)
        self.assertRegex(out, r"(?m)^ok 3 kwgtop incident-request-1 ")
        self.assertRegex(counts, "^[6-9] 0 0$")

    def test_no_answer(self):
        """kwgtop has nothing to show."""
        status, out, _ = self.typed("no group hangs\n", 1)
        self.assertEqual(1, status, out)
        self.assertRegex(out, r"(?m)^not ok 3 kwgtop ")


if __name__ == "__main__":
    unittest.main()

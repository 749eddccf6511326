#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Runs a machine, and takes its memory when it stops: when it has crashed, or is switched off.

usage: dump.py FILE QEMU [ARG...]

The process becomes QEMU, so that who watches it watches that. A child talks to its monitor, by QMP, and ends the
machine. The dump is an ELF file, as /proc/vmcore is.
"""
import json
import os
import socket
import sys


class Monitor:
    """QEMU's, on a socket."""

    def __init__(self, connection):
        self.stream = connection.makefile("rw", encoding="utf-8")

    def next(self, kind):
        """The next message of that kind, whatever comes before."""
        for line in self.stream:
            message = json.loads(line)
            if "error" in message:
                raise ValueError(message["error"]["desc"])
            if kind in message:
                return message[kind]
        raise EOFError("the machine has ended before it stopped")

    def does(self, command, **arguments):
        """Until it is done."""
        json.dump({"execute": command, "arguments": arguments}, self.stream)
        self.stream.flush()
        self.next("return")


def take(connection, file):
    """The child."""
    monitor = Monitor(connection)
    monitor.next("QMP")
    monitor.does("qmp_capabilities")
    while monitor.next("event") != "STOP":
        pass
    monitor.does("dump-guest-memory", paging=False, protocol=f"file:{file}")
    monitor.does("quit")


def main():
    """The child's failure is one line in QEMU's log, and a dump that is not there."""
    file, *command = sys.argv[1:]
    ours, theirs = socket.socketpair()
    if os.fork():
        os.set_inheritable(theirs.fileno(), True)
        # The kernel tells this device where it is. What would end the machine stops it.
        command += ["-device", "vmcoreinfo", "-no-shutdown", "-mon", "chardev=dump,mode=control",
                    "-chardev", f"socket,id=dump,fd={theirs.fileno()}"]
        os.execvp(command[0], command)
    theirs.close()
    try:
        take(ours, file)
    except (OSError, ValueError, EOFError) as error:
        sys.exit(f"dump: {error}")


if __name__ == "__main__":
    main()

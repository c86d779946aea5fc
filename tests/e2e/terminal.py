"""Run a program at a terminal of its own, for tests of what a person sees.

    python3 terminal.py COLUMNS PROGRAM ARGUMENT...

Each line of stdin is JSON: {"keys": TEXT} types, {"columns": N} resizes, and
the end of stdin hangs up. What the program shows goes to stdout; the exit code
is the program's (128 and the number of the signal that ended it).
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios


def resize(terminal, columns):
    size = struct.pack("HHHH", 24, columns, 0, 0)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)


def main():
    columns, program = int(sys.argv[1]), sys.argv[2:]
    child, terminal = pty.fork()
    if child == 0:
        resize(0, columns)
        os.execvp(program[0], program)
    waiting, told = [terminal, 0], b""
    while True:
        ready, _, _ = select.select(waiting, [], [])
        if terminal in ready:
            try:
                shown = os.read(terminal, 65536)
            except OSError:  # EIO: nobody has the terminal any more
                shown = b""
            if not shown:
                break
            os.write(1, shown)
        if 0 in ready:
            some = os.read(0, 65536)
            if not some:
                break
            *lines, told = (told + some).split(b"\n")
            for line in map(json.loads, lines):
                if "columns" in line:
                    resize(terminal, line["columns"])
                else:
                    os.write(terminal, line["keys"].encode())
    os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.exit(code if code >= 0 else 128 - code)


main()

"""A file system that hangs when told to (FUSE, by the kernel's own protocol).

Arguments: FOLDER, to mount it on. It holds one file, `file`, of 10 bytes, which
opens at once and whose reads hang, and every other name hangs as soon as it is
looked up. A line on stdin lets all that hangs go on: reads give their bytes,
other names are not there. Says on stdout: `mounted`, `hanging READ` or `hanging
LOOKUP` for each call that hangs, `closed` when `file` is closed.
"""

import ctypes
import errno
import os
import select
import struct
import sys

LOOKUP, FORGET, GETATTR, OPEN, READ, RELEASE = 1, 2, 3, 14, 15, 18
FLUSH, INIT, BATCH_FORGET = 25, 26, 42
ROOT, FILE = 1, 2
CONTENT = b"0123456789"
FOREVER = 3600
HEADER = struct.Struct("<IIQQIIIHH")


def attributes(node):
    mode = 0o40755 if node == ROOT else 0o100644
    size = 0 if node == ROOT else len(CONTENT)
    times = (1, 1, 1, 0, 0, 0)
    return struct.pack("<6Q10I", node, size, 1, *times[:3], *times[3:],
                       mode, 1, 0, 0, 0, 4096, 0)


def say(words):
    print(words, flush=True)


def main(folder):
    device = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0"
    if libc.mount(b"hanging", os.fsencode(folder), b"fuse", 0,
                  options.encode()) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    say("mounted")
    hanging = []
    released = False

    def answer(unique, payload=b"", error=0):
        os.write(device, struct.pack("<IiQ", 16 + len(payload), -error,
                                     unique) + payload)

    def serve(opcode, unique, node, body):
        name = body.rstrip(b"\0")
        if opcode in (FORGET, BATCH_FORGET):
            return
        if opcode == INIT:
            answer(unique, struct.pack("<4I2H2I", 7, 31, 0, 0, 16, 12,
                                       65536, 1) + bytes(36))
        elif opcode == GETATTR:
            answer(unique, struct.pack("<QII", FOREVER, 0, 0) +
                   attributes(node))
        elif opcode == LOOKUP and name == b"file":
            answer(unique, struct.pack("<QQQQII", FILE, 0, FOREVER, FOREVER,
                                       0, 0) + attributes(FILE))
        elif opcode == OPEN:
            direct = 1  # no cache of the kernel's: every read comes here
            answer(unique, struct.pack("<QII", 0, direct, 0))
        elif opcode in (LOOKUP, READ):
            if not released:
                hanging.append((opcode, unique, node, body))
                say("hanging " + ("READ" if opcode == READ else "LOOKUP"))
            elif opcode == LOOKUP:
                answer(unique, error=errno.ENOENT)
            else:
                offset = struct.unpack_from("<QQ", body)[1]
                answer(unique, CONTENT[offset:])
        elif opcode in (FLUSH, RELEASE):
            answer(unique)
            if opcode == RELEASE:
                say("closed")
        else:
            answer(unique, error=errno.ENOSYS)

    while True:
        ready, _, _ = select.select([device, sys.stdin], [], [])
        if sys.stdin in ready:
            if not sys.stdin.readline():
                return
            released = True
            while hanging:
                serve(*hanging.pop(0))
        if device in ready:
            try:
                request = os.read(device, 1 << 18)
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.EINTR):
                    continue  # it was taken back
                return  # unmounted
            _, opcode, unique, node, *_ = HEADER.unpack_from(request)
            serve(opcode, unique, node, request[HEADER.size:])


main(sys.argv[1])

"""A file system in memory that takes names which differ in case, or in NFC and
NFD, for one, and keeps the first of them (FUSE, by the kernel's own protocol).

Argument: FOLDER, to mount it on. Says `mounted` on stdout; ends once stdin is
closed, and can be unmounted then. One user, no hard links, no limits.
"""

import ctypes
import errno
import os
import select
import stat
import struct
import sys
import time
import unicodedata

(LOOKUP, FORGET, GETATTR, SETATTR, READLINK, SYMLINK) = range(1, 7)
(MKNOD, MKDIR, UNLINK, RMDIR, RENAME, LINK) = range(8, 14)
(OPEN, READ, WRITE, STATFS, RELEASE) = range(14, 19)
FSYNC, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR = 20, 25, 26, 27, 28, 29
FSYNCDIR, ACCESS, CREATE, INTERRUPT, DESTROY = 30, 34, 35, 36, 38
BATCH_FORGET, RENAME2 = 42, 45
HEADER = struct.Struct("<IIQQIIIHH")
ROOT = 1
BIG_WRITES = 1 << 5
NOREPLACE = 1
# What a SETATTR changes.
MODE, SIZE, MTIME, MTIME_NOW = 1, 8, 32, 256
# What has nothing to answer.
FINE = (RELEASE, FSYNC, FLUSH, RELEASEDIR, FSYNCDIR, ACCESS)


def key_of(name):
    text = unicodedata.normalize("NFD", os.fsdecode(name))
    return unicodedata.normalize("NFC", text.casefold())


class Node:
    def __init__(self, number, mode):
        self.number = number
        self.mode = mode
        self.content = bytearray()
        self.entries = {}  # key to (name, node)
        self.mtime_ns = time.time_ns()

    def attributes(self):
        seconds, ns = divmod(self.mtime_ns, 10**9)
        return struct.pack("<6Q10I", self.number, len(self.content), 1,
                           seconds, seconds, seconds, ns, ns, ns,
                           self.mode, 1, 0, 0, 0, 4096, 0)

    def entry(self):  # nothing of it is to be cached
        return struct.pack("<QQQQII", self.number, 0, 0, 0, 0,
                           0) + self.attributes()

    def touch(self):
        self.mtime_ns = time.time_ns()


class Disk:
    def __init__(self):
        self.nodes = {}
        self.root = self.make(stat.S_IFDIR | 0o755)

    def make(self, mode):
        node = Node(len(self.nodes) + 1, mode)
        self.nodes[node.number] = node
        return node

    def find(self, folder, name):
        found = folder.entries.get(key_of(name))
        if found is None:
            raise OSError(errno.ENOENT, "")
        return found[1]

    def add(self, folder, name, node):
        if key_of(name) in folder.entries:
            raise OSError(errno.EEXIST, "")
        folder.entries[key_of(name)] = (name, node)
        folder.touch()
        return node.entry()

    def remove(self, folder, name, is_folder):
        node = self.find(folder, name)
        if is_folder and node.entries:
            raise OSError(errno.ENOTEMPTY, "")
        del folder.entries[key_of(name)]
        folder.touch()
        return b""

    def rename(self, folder, target, flags, name, new):
        node = self.find(folder, name)
        there = target.entries.get(key_of(new))
        if there is not None and there[1] is not node:
            if flags & NOREPLACE:
                raise OSError(errno.EEXIST, "")
            self.remove(target, new, stat.S_ISDIR(there[1].mode))
        del folder.entries[key_of(name)]
        folder.touch()
        self.add(target, new, node)
        return b""

    def set_attributes(self, node, body):
        values = struct.unpack_from("<II6Q8I", body)
        valid, size, mtime = values[0], values[3], values[6]
        mtime_ns, mode = values[9], values[11]
        if valid & MODE:
            node.mode = stat.S_IFMT(node.mode) | stat.S_IMODE(mode)
        if valid & SIZE:
            del node.content[size:]
            node.content.extend(bytes(size - len(node.content)))
            node.touch()
        if valid & MTIME_NOW:
            node.touch()
        elif valid & MTIME:
            node.mtime_ns = mtime * 10**9 + mtime_ns
        return attr_out(node)

    def read_folder(self, node, body):
        _, offset, room = struct.unpack_from("<QQI", body)
        out = b""
        for at, (name, one) in enumerate(node.entries.values(), 1):
            if at <= offset:
                continue
            kind = stat.S_IFMT(one.mode) >> 12
            line = struct.pack("<QQII", one.number, at, len(name),
                               kind) + name
            line += bytes(-len(line) % 8)
            if len(out) + len(line) > room:
                break
            out += line
        return out

    def do(self, opcode, node, body):
        if opcode == LOOKUP:
            return self.find(node, body.rstrip(b"\0")).entry()
        if opcode == GETATTR:
            return attr_out(node)
        if opcode == SETATTR:
            return self.set_attributes(node, body)
        if opcode == READLINK:
            return bytes(node.content)
        if opcode == SYMLINK:
            name, text = body.split(b"\0")[:2]
            made = self.make(stat.S_IFLNK | 0o777)
            made.content[:] = text
            return self.add(node, name, made)
        if opcode == MKDIR:
            mode, _ = struct.unpack_from("<II", body)
            made = self.make(stat.S_IFDIR | stat.S_IMODE(mode))
            return self.add(node, body[8:].rstrip(b"\0"), made)
        if opcode in (CREATE, MKNOD):
            mode = struct.unpack_from("<II", body)[opcode == CREATE]
            made = self.make(stat.S_IFREG | stat.S_IMODE(mode))
            entry = self.add(node, body[16:].rstrip(b"\0"), made)
            return entry + (bytes(16) if opcode == CREATE else b"")
        if opcode in (UNLINK, RMDIR):
            return self.remove(node, body.rstrip(b"\0"), opcode == RMDIR)
        if opcode in (RENAME, RENAME2):
            start = 8 if opcode == RENAME else 16
            target, flags = struct.unpack_from("<QI", body)
            name, new = body[start:].split(b"\0")[:2]
            flags = flags if opcode == RENAME2 else 0
            return self.rename(node, self.nodes[target], flags, name, new)
        if opcode in (OPEN, OPENDIR):
            return bytes(16)
        if opcode == READ:
            _, offset, size = struct.unpack_from("<QQI", body)
            return bytes(node.content[offset:offset + size])
        if opcode == WRITE:
            _, offset, size = struct.unpack_from("<QQI", body)
            node.content.extend(bytes(max(0, offset - len(node.content))))
            node.content[offset:offset + size] = body[40:40 + size]
            node.touch()
            return struct.pack("<II", size, 0)
        if opcode == READDIR:
            return self.read_folder(node, body)
        if opcode == STATFS:
            return struct.pack("<5Q4I", *[1 << 20] * 5, 4096, 255, 4096,
                               0) + bytes(24)
        if opcode in FINE:
            return b""
        raise OSError(errno.ENOSYS, "")


def attr_out(node):
    return struct.pack("<QII", 0, 0, 0) + node.attributes()


def main(folder):
    device = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0"
    if libc.mount(b"folding", os.fsencode(folder), b"fuse", 0,
                  options.encode()) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    print("mounted", flush=True)
    disk = Disk()

    def answer(unique, payload=b"", error=0):
        os.write(device, struct.pack("<IiQ", 16 + len(payload), -error,
                                     unique) + payload)

    while True:
        ready, _, _ = select.select([device, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        try:
            request = os.read(device, 1 << 18)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):
                continue  # it was taken back
            return  # unmounted
        _, opcode, unique, number, *_ = HEADER.unpack_from(request)
        if opcode in (FORGET, BATCH_FORGET, INTERRUPT):
            continue
        if opcode in (INIT, DESTROY):
            answer(unique, struct.pack("<4I2H2I", 7, 31, 0, BIG_WRITES, 16,
                                       12, 65536, 1) + bytes(36))
            continue
        try:
            body = request[HEADER.size:]
            answer(unique, disk.do(opcode, disk.nodes[number], body))
        except OSError as error:
            answer(unique, error=error.errno or errno.EIO)


main(sys.argv[1])

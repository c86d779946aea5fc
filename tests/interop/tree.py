"""Whole folders there and back over one connection, pipelined (PROTOCOL.md, 2).

Requests and bodies of many files are under way at once: nothing waits for an
answer but a window of WINDOW requests, and the next page of a walk. A file
that fails does not stop the rest.
"""

import os
import zlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Optional

from client import Client, Damaged, Pending, Refused
from listing import Entry

# Of a get, so many files may be open: a system has a limit on that.
WINDOW = 200
PAGE_ENTRIES = 100
PIECE_BYTES = 256 * 1024
NANOSECONDS = 1_000_000_000

# What failed, by its path below the folder.
Failures = dict[str, Exception]


class Window:
    """Requests under way; the oldest is waited for when there are too many."""

    def __init__(self) -> None:
        self.failures: Failures = {}
        self._under_way: deque[tuple[str, Pending, Optional[Sink]]] = deque()

    def add(self, path: str, pending: Pending, sink: "Optional[Sink]" = None) -> None:
        """A request for `path`; of a get, with what its body goes to."""
        self._under_way.append((path, pending, sink))
        if len(self._under_way) >= WINDOW:
            self._finish_one()

    def finish(self) -> None:
        """Wait for all."""
        while self._under_way:
            self._finish_one()

    def _finish_one(self) -> None:
        path, pending, sink = self._under_way.popleft()
        try:
            pending.result()
            if sink is not None:
                sink.publish()
        except (Refused, Damaged, OSError) as error:
            self.failures[path] = error
        finally:
            if sink is not None:
                sink.close()


class Sink:
    """A file that is being received: under its name once all of it is there."""

    def __init__(self, path: Path, entry: Entry) -> None:
        self._path = path
        self._part = path.with_name(f".ftpc-{zlib.crc32(os.fsencode(path)):08x}")
        self._entry = entry
        self._file: Optional[BinaryIO] = None

    def write(self, piece: bytes) -> None:
        """The next bytes; opened here, so that only what moves is open."""
        if self._file is None:
            self._file = self._part.open("xb")
        self._file.write(piece)

    def publish(self) -> None:
        """All is there and was verified."""
        self.write(b"")
        assert self._file is not None
        self._file.close()
        set_times(self._part, self._entry)
        self._part.replace(self._path)

    def close(self) -> None:
        """Leave nothing unfinished behind."""
        if self._file is not None:
            self._file.close()
            self._part.unlink(missing_ok=True)


def put_tree(client: Client, source: Path, target: str) -> Failures:
    """Make `target` what the folder `source` is; what only it has, stays."""
    window = Window()
    folders: list[tuple[str, Path]] = []
    links: list[tuple[str, Path]] = []
    for path, local in local_entries(source):
        name = f"{target}/{path}" if path else target
        if local.is_symlink():
            links.append((name, local))
        elif local.is_dir():
            folders.append((name, local))
            made = client.request_later(action="mkdir", filename=name, parents=True)
            window.add(path, made)
        elif local.is_file():
            put = client.put_later(name, pieces_of_file(local), **attributes(local))
            window.add(path, put)
    for name, local in links:  # after the files: none is written through one
        text = os.readlink(local)
        made = client.request_later(action="link", filename=name, target=text)
        window.add(name, made)
    for name, local in reversed(folders):  # what is put in one changes its time
        mtime = attributes(local)["mtime"]
        done = client.request_later(action="setattr", filename=name, mtime=mtime)
        window.add(name, done)
    window.finish()
    return window.failures


def get_tree(client: Client, source: str, target: Path) -> Failures:
    """Make the local folder `target`, which is new, what `source` is."""
    window = Window()
    folders: list[tuple[Path, Entry]] = []
    links: list[tuple[Path, Entry]] = []
    target.mkdir()
    for page in client.walk_pages(source, PAGE_ENTRIES):
        for entry in page:
            if "path" not in entry:
                failure = Refused(204, entry["path_escaped"])
                window.failures[entry["path_escaped"]] = failure
                continue
            path: str = entry["path"]
            local = target / path
            if entry["type"] == "dir":
                local.mkdir()
                folders.append((local, entry))
            elif entry["type"] == "link":
                links.append((local, entry))
            elif entry["type"] == "file":
                sink = Sink(local, entry)
                get = client.get_later(
                    f"{source}/{path}", sink.write, if_version=entry["version"]
                )
                window.add(path, get, sink)
    window.finish()
    for local, entry in links:
        if stays_inside(entry["path"], entry["target"]):
            local.symlink_to(entry["target"])
    for local, entry in reversed(folders):
        set_times(local, entry)
    return window.failures


def verify(client: Client, local: Path, remote: str, checksum: str) -> int:
    """Both are the same: names, types, times, and each file by its checksum.

    Returns how many files were compared; the server computes a checksum each.
    """
    found = {
        entry["path"]: entry
        for page in client.walk_pages(remote, PAGE_ENTRIES)
        for entry in page
    }
    due = {path: one for path, one in local_entries(local) if path}
    assert sorted(found) == sorted(due), set(found) ^ set(due)
    asked: list[tuple[Path, Pending]] = []
    for path, one in due.items():
        entry = found[path]
        if one.is_symlink():
            assert (entry["type"], entry["target"]) == ("link", os.readlink(one))
            continue
        milliseconds = int(entry["mtime"]) // 1_000_000
        assert milliseconds == one.stat().st_mtime_ns // 1_000_000, path
        if one.is_dir():
            assert entry["type"] == "dir", path
            continue
        assert (entry["type"], entry["size"]) == ("file", one.stat().st_size), path
        answer = client.request_later(
            action="checksum",
            filename=f"{remote}/{path}",
            checksum_type=checksum,
            if_version=entry["version"],
        )
        asked.append((one, answer))
    for one, answer in asked:
        from_disk = type(answer.result().checksum)(checksum)
        for piece in pieces_of_file(one):
            from_disk.update(piece)
        assert answer["checksum"] == str(from_disk), one
        assert answer["size"] == answer["file_size"] == from_disk.size, one
    return len(asked)


def local_entries(folder: Path) -> Iterator[tuple[str, Path]]:
    """The folder itself, as "", and all below it: a folder before its content."""
    yield "", folder
    waiting = sorted(folder.iterdir(), reverse=True)
    while waiting:
        one = waiting.pop()
        yield str(one.relative_to(folder)), one
        if one.is_dir() and not one.is_symlink():
            waiting.extend(sorted(one.iterdir(), reverse=True))


def pieces_of_file(path: Path) -> Iterator[bytes]:
    """What is in a file, open only while it is read."""
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def attributes(path: Path) -> "dict[str, object]":
    """`size`, `mtime` and `mode` of a file, as a put has them."""
    found = path.stat()
    seconds, rest = divmod(found.st_mtime_ns, NANOSECONDS)
    return {
        "size": found.st_size,
        "mtime": f"{seconds}.{rest // 1_000_000:03d}",
        "mode": found.st_mode & 0o777,
    }


def set_times(path: Path, entry: Entry) -> None:
    """What a listing says of a file's time."""
    mtime = int(entry["mtime"])
    os.utime(path, ns=(mtime, mtime))


def stays_inside(path: str, target: str) -> bool:
    """Whether a link at `path` leads to something in the same tree."""
    if target.startswith("/"):
        return False
    depth = path.count("/")
    for part in target.split("/"):
        depth += -1 if part == ".." else 0 if part in ("", ".") else 1
        if depth < 0:
            return False
    return True

"""Recursive put and get, verified by checksum (tree.py)."""

import os
import tempfile
from pathlib import Path

from client import Refused
from harness import MIB, Server, bytes_of, end_of, expect, scenario
from tree import WINDOW, get_tree, local_entries, put_tree, verify

FILES = 3 * WINDOW


def make_tree(folder: Path) -> None:
    """Files of many sizes and names, some empty, folders in folders, links."""
    folder.mkdir()
    names = ["plain", "with blank", "é and e\u0301", "\U0001f600", ".hidden", "\uff5e"]
    for number in range(FILES):
        below = folder / names[number % 4] / f"{number % 7}" / names[number % 3]
        below.mkdir(parents=True, exist_ok=True)
        file = below / f"{number} {names[number % len(names)]}"
        file.write_bytes(bytes_of(number * 31 % 7_000, number))
        os.utime(file, (number, number * 1000 + 0.5))
    (folder / "empty" / "of all").mkdir(parents=True)
    (folder / "large").write_bytes(bytes_of(3 * MIB + 5))
    (folder / "large").chmod(0o640)
    (folder / "to large").symlink_to("large")
    (folder / "plain" / "to a folder").symlink_to("../empty")
    for number, (_, one) in enumerate(reversed(list(local_entries(folder)))):
        if one.is_dir() and not one.is_symlink():
            os.utime(one, (number, 1_000_000 + number))


def same(one: Path, other: Path) -> None:
    """Two local folders hold the same, with the same times."""
    ours, theirs = dict(local_entries(one)), dict(local_entries(other))
    assert ours.keys() == theirs.keys(), ours.keys() ^ theirs.keys()
    for path in ours.keys() - {""}:
        here, there = ours[path], theirs[path]
        if here.is_symlink():
            assert os.readlink(here) == os.readlink(there), path
            continue
        assert here.is_dir() == there.is_dir(), path
        if here.is_file():
            assert here.read_bytes() == there.read_bytes(), path
        # Times go in milliseconds at least: that much every disk keeps.
        assert here.stat().st_mtime_ns // 10**6 == there.stat().st_mtime_ns // 10**6


@scenario
def tree_there_and_back(server: Server) -> None:
    """Put it, have each file's checksum computed, get it, compare."""
    with tempfile.TemporaryDirectory() as temporary:
        source, back = Path(temporary, "source"), Path(temporary, "back")
        make_tree(source)
        with server.log_in() as client:
            client.mkdir("of/mine", parents=True)
            assert put_tree(client, source, "of/mine/tree") == {}
            assert verify(client, source, "of/mine/tree", "sha256") == FILES + 1
            assert client.stat("of/mine/tree/large")["mode"] == 0o640
            # Again, over what is there: nothing is left of the first time but
            # the links, which exist already.
            again = put_tree(client, source, "of/mine/tree")
            codes = [e.code for e in again.values() if isinstance(e, Refused)]
            assert codes == [225, 225] and len(again) == 2, again
            assert get_tree(client, "of/mine/tree", back) == {}
            assert verify(client, back, "of/mine/tree", "crc32") == FILES + 1
            counts = client.du("of/mine/tree")
            client.quit()
        same(source, back)
        folders = sum(
            one.is_dir() and not one.is_symlink() for _, one in local_entries(source)
        )
        expect(counts, files=FILES + 1, folders=folders - 1, others=2)


@scenario
def tree_with_files_that_fail(server: Server) -> None:
    """They are named, and the rest is there."""
    with tempfile.TemporaryDirectory() as temporary:
        source, back = Path(temporary, "source"), Path(temporary, "back")
        source.mkdir()
        for name in ("a", "b\\c", "d"):
            (source / name).write_bytes(name.encode() * 1000)
        with server.log_in() as client:
            failures = put_tree(client, source, "tree")
            assert list(failures) == ["b\\c"], failures
            error = failures["b\\c"]
            assert isinstance(error, Refused) and error.code == 204
            assert sorted(entry["name"] for entry in client.list("tree")) == ["a", "d"]
            assert get_tree(client, "tree", back) == {}
            client.quit()
        assert sorted(one.name for one in back.iterdir()) == ["a", "d"]


@scenario
def tree_in_one_write(server: Server) -> None:
    """Folders, files and questions, all sent before an answer is read (2)."""
    with server.wire_logged_in() as wire:
        parts: list[object] = []
        number = 4
        for folder in range(20):
            parts.append({"action": "mkdir", "id": number, "filename": f"{folder}"})
            number += 1
            for file in range(10):
                body = bytes_of(file * 100, file)
                name = f"{folder}/{file}"
                parts.append({"action": "put", "id": number, "filename": name})
                parts.extend([body] if body else [])
                parts.append(end_of(number, body))
                number += 1
        parts.append({"action": "du", "id": number, "filename": "/"})
        wire.send(*parts)
        for due in range(4, number):
            expect(wire.next(), id=due, status_code=200)
        answer = wire.next()
        expect(answer, id=number, files=200, folders=20, others=0, bytes=90_000)

"""Folders: what is in them, and what changes them (PROTOCOL.md, 4)."""

import os
import threading

from client import Client, Message, Refused
from harness import (
    MIB,
    SECONDS_MAX,
    Server,
    expect,
    pieces_of,
    refused,
    scenario,
    serve_another,
)
from listing import Listing, walk_key
from scram import Scram

# A request, and its answer: a code, or fields of a success.
Case = tuple[Message, object]


def ask_all(client: Client, cases: "list[Case]") -> None:
    """Ask for each, pipelined; the answers come as they are due."""
    asked = [client.request_later(**request) for request, _ in cases]
    for pending, (request, due) in zip(asked, cases):
        try:
            found: object = pending.result().answer
        except Refused as error:
            found = error.code
        if isinstance(due, dict) and isinstance(found, dict):
            expect(found, **due)
        else:
            assert found == due, f"{request}: {found} where {due} was due"


def names_of(client: Client, folder: str) -> list[str]:
    """The names in a folder, sorted."""
    return sorted(entry["name"] for entry in client.list(folder))


@scenario
def hello_and_login_in_one_write(server: Server) -> None:
    """A login's first step does not wait for the answer to hello (2)."""
    with server.wire() as wire:
        scram = Scram(server.user, server.password)
        step = {"action": "login", "username": server.user}
        step["mechanism"] = "SCRAM-SHA-256"
        hello = {"action": "hello", "id": 1, "program": "wire", "versions": [1]}
        wire.send(hello, {**step, "id": 2, "data": scram.first})
        expect(wire.next(), id=1, status_code=200)
        first = wire.next()
        expect(first, id=2, status_code=205)
        # What needs the login may follow its second step at once.
        final = {**step, "id": 3, "data": scram.final(first["data"])}
        wire.send(final, {"action": "du", "id": 4, "filename": "/"})
        last = wire.next()
        expect(last, id=3, status_code=200)
        scram.check(last["data"])
        expect(wire.next(), id=4, status_code=200, files=0)


@scenario
def features_are_named(server: Server) -> None:
    """All of the table, and each of them may be required (4)."""
    actions = "list walk mkdir rm rmdir mv cp setattr checksum du space link"
    others = "crc32 sha256 versions conditions range resume"
    with server.log_in() as client:
        assert client.has(*actions.split(), *others.split()), client.hello
        client.request(action="space", requires=client.hello["features"])
        client.quit()


@scenario
def fields_that_are_wrong(server: Server) -> None:
    """202, and nothing is done (2, 4)."""
    wrong: list[Message] = [
        {"action": "list"},
        {"action": "walk", "filename": "", "entries_max": 0},
        {"action": "walk", "filename": "", "after": 5},
        {"action": "mkdir", "filename": "a", "parents": "true"},
        {"action": "mkdir", "filename": "a", "mode": 0o1000},
        {"action": "mkdir", "filename": "a", "mode": -1},
        {"action": "rm", "filename": "a", "recursive": 1},
        {"action": "rmdir", "filename": None},
        {"action": "mv", "filename": "a"},
        {"action": "cp", "filename": "a", "target": "b", "preserve": None},
        {"action": "setattr", "filename": "a", "mtime": 5},
        {"action": "setattr", "filename": "a", "mtime": "1.1234567890"},
        {"action": "checksum", "filename": "a", "checksum_type": "md5"},
        {"action": "checksum", "filename": "a", "length": -1},
        {"action": "get", "filename": "a", "offset": 2**53},
        {"action": "get", "filename": "a", "if_version": "v" * 257},
        {"action": "link", "filename": "a", "target": 5},
    ]
    with server.wire_logged_in() as wire:
        for number, request in enumerate(wrong, 4):
            expect(wire.ask(id=number, **request), id=number, status_code=202)
        expect(wire.ask(action="du", id=99, filename=""), files=0, folders=0)


@scenario
def list_says_what_stat_says(server: Server) -> None:
    """Sizes, times, modes and versions, of files and folders (4)."""
    with server.log_in() as client:
        client.put("file", [b"12345"], mtime="1700000000.25", mode=0o604)
        client.mkdir("folder")
        client.put("folder/file", [b"x"])
        client.link("link", "folder/file")
        entries = {entry["name"]: entry for entry in client.list("/")}
        assert sorted(entries) == ["file", "folder", "link"]
        expect(entries["file"], type="file", size=5, mode=0o604)
        assert entries["file"]["mtime"] == "1700000000250000000"
        expect(entries["folder"], type="dir", size=0)
        expect(entries["link"], type="link", size=0, target="folder/file")
        for name, kind in (("file", "file"), ("folder", "folder")):
            found = client.stat(name)
            assert found["type"] == kind
            for field, of_stat in (("version", "file_version"), ("mode", "mode")):
                assert entries[name][field] == found[of_stat], (name, field)
            seconds, _, rest = found["mtime"].partition(".")
            assert int(entries[name]["mtime"]) == int(seconds + rest.ljust(9, "0"))
        assert client.list("folder/../folder/./")[0]["name"] == "file"
        refused(220, client.list, "nothing")
        refused(222, client.list, "file")
        refused(222, client.walk, "file")
        refused(204, client.list, "..")
        client.quit()


@scenario
def walk_in_order_and_in_pages(server: Server) -> None:
    """By segments, of UTF-16 code units; `after` and `entries_max` (4)."""
    paths = ["a", "a/b", "a/b/c", "a.b", "a b", "a-", "B", "\uff5e", "\U0001f600"]
    paths += ["é", "e\u0301", "a/\uff5e", "a/\U0001f600", "empty", ".hidden"]
    with server.log_in() as client:
        for path in paths:
            client.mkdir(f"top/{path}", parents=True)
        client.put("top/a/file", [b"x"])
        client.link("top/loop", ".")  # not followed, so it ends
        due = sorted([*paths, "a/file", "loop"], key=walk_key)
        whole = client.walk("top")
        assert [entry["path"] for entry in whole] == due
        for entries_max in (1, 2, 5, len(due), len(due) + 1, 2**53 - 1):
            pages = list(client.walk_pages("top", entries_max))
            assert [entry for page in pages for entry in page] == whole
            assert all(len(page) <= entries_max for page in pages)
        for position, path in enumerate(due):
            after = client.walk("top", after=path)
            assert after == whole[position + 1 :], path
        # The entry need no longer exist; what would be in it has passed, too.
        client.rm("top/a", recursive=True)
        rest = due[due.index("a") :]
        left = [path for path in rest if path != "a" and not path.startswith("a/")]
        gone = client.walk("top", after="a/b/zzz")
        assert [entry["path"] for entry in gone] == left
        assert client.walk("top", after="\uffff") == []
        refused(204, lambda: client.walk("top", after="../x"))
        assert [entry["path"] for entry in client.walk("top/loop")][:1] == due[:1]
        client.quit()


@scenario
def folders_are_made(server: Server) -> None:
    """mkdir, with and without `parents` (4)."""
    with server.log_in() as client:
        client.put("file", [b"x"])
        ask_all(
            client,
            [
                (_mkdir("a"), {"created": 1}),
                (_mkdir("a"), 225),
                (_mkdir("a", parents=True), {"created": 0}),
                (_mkdir("b/c"), 220),
                (_mkdir("b/c/d", parents=True, mode=0o700), {"created": 3}),
                ({"action": "stat", "filename": "b/c/d"}, {"mode": 0o700}),
                (_mkdir("file"), 225),
                (_mkdir("file", parents=True), 225),
                (_mkdir("file/x", parents=True), 222),
                (_mkdir("/"), 225),
                (_mkdir("/", parents=True), {"created": 0}),
                (_mkdir("a/../../x", parents=True), 204),
                (_mkdir(".ftpd-x"), 204),
            ],
        )
        assert client.stat("b/c")["mode"] != 0o700
        client.link("to a", "a")
        client.link("to nothing", "nothing")
        ask_all(
            client,
            [
                (_mkdir("to a", parents=True), {"created": 0}),
                (_mkdir("to a/x"), {"created": 1}),
                (_mkdir("to nothing", parents=True), 220),
            ],
        )
        assert names_of(client, "a") == ["x"]
        client.quit()


def _mkdir(name: str, **options: object) -> Message:
    return {"action": "mkdir", "filename": name, **options}


@scenario
def things_are_removed(server: Server) -> None:
    """rm and rmdir (4)."""
    with server.log_in() as client:
        client.mkdir("a/b/c", parents=True)
        client.put("a/b/file", [b"x"])
        client.link("a/b/link", "c")
        client.link("a/b/nowhere", "nothing")
        ask_all(
            client,
            [
                (_of("rmdir", "a/b"), 231),
                (_of("rmdir", "a/b/file"), 222),
                (_of("rmdir", "a/b/link"), 222),
                (_of("rmdir", "nothing"), 220),
                (_of("rmdir", "/"), 224),
                (_of("rm", "a/b/c"), 221),
                (_of("rm", "nothing", recursive=True), 220),
                (_of("rm", "a/b/file/x"), 222),
                (_of("rm", "/", recursive=True), 224),
                (_of("rm", "a/b/link", recursive=True), {"removed": 1}),
                (_of("rmdir", "a/b/c"), {"status_code": 200}),
                (_of("rm", "a/b/nowhere"), {"removed": 1}),
                (_of("rm", "a", recursive=True), {"removed": 3}),
            ],
        )
        assert client.list("") == []
        client.quit()


def _of(action: str, name: str, **options: object) -> Message:
    return {"action": action, "filename": name, **options}


@scenario
def things_are_moved(server: Server) -> None:
    """mv: what it replaces, and what it does not (4)."""
    with server.log_in() as client:
        client.mkdir("folder/inner", parents=True)
        client.mkdir("empty")
        client.put("file", [b"of file"])
        client.put("other", [b"of other"])
        client.link("to folder", "folder")
        version = client.stat("file")["file_version"]
        ask_all(
            client,
            [
                (_move("file", "folder"), 225),
                (_move("folder", "file"), 225),
                (_move("folder", "empty"), 225),
                (_move("folder", "folder/inner/x"), 225),
                (_move("file", "other", no_clobber=True), 225),
                (_move("file", "nothing/x"), 220),
                (_move("nothing", "x"), 220),
                (_move("file", "other/x"), 222),
                (_move("/", "x"), 224),
                (_move("file", "/"), 225),
                (_move("file", ".."), 204),
                # A name stays what it is when it is moved onto itself.
                (_move("file", "./file", no_clobber=True), {"status_code": 200}),
                (_move("file", "other"), {"status_code": 200}),
                # A link is moved itself, and itself makes room.
                (_move("to folder", "link"), {"status_code": 200}),
                (_move("other", "link"), {"status_code": 200}),
                (_move("folder/inner", "renamed"), {"status_code": 200}),
            ],
        )
        assert names_of(client, "") == ["empty", "folder", "link", "renamed"]
        assert b"".join(client.get("link").chunks) == b"of file"
        assert client.stat("link")["file_version"] == version
        assert client.list("folder") == []
        client.quit()


def _move(name: str, target: str, **options: object) -> Message:
    return {"action": "mv", "filename": name, "target": target, **options}


@scenario
def things_are_copied(server: Server) -> None:
    """cp: files and folders, on the server alone (4)."""
    with server.log_in() as client:
        client.mkdir("folder/inner", parents=True)
        client.put("folder/file", [b"12345"], mtime="1000.5", mode=0o751)
        client.link("folder/inner/link", "../file")
        client.link("folder/to inner", "inner")
        client.setattr("folder", mtime="2000")
        counts = {"files": 3, "bytes": 5, "others": 0}
        ask_all(
            client,
            [
                (_copy("folder", "x"), 221),
                (_copy("folder/file", "folder"), 225),
                (_copy("folder/file", "folder/file"), 225),
                (_copy("folder", "folder/file", recursive=True), 225),
                (_copy("folder", "folder/inner/x", recursive=True), 225),
                (_copy("nothing", "x"), 220),
                (_copy("folder/file", "nothing/x"), 220),
                (_copy("folder", "kept", recursive=True, preserve=True), counts),
                (_copy("folder", "new", recursive=True), counts),
                # A link is followed where it is named.
                (_copy("folder/inner/link", "copy"), {"files": 1, "bytes": 5}),
                (_copy("copy", "copy", no_clobber=True), 225),
                (_copy("folder/file", "copy", no_clobber=True), 225),
            ],
        )
        kept = client.stat("kept/file")
        expect(kept, mtime="1000.5", mode=0o751, size=5)
        assert client.stat("kept")["mtime"] == "2000"
        expect(client.stat("new/file"), mode=0o751)
        assert client.stat("new/file")["mtime"] != "1000.5"
        links = [one["target"] for one in client.walk("kept") if "target" in one]
        assert links == ["../file", "inner"]
        # Merged: what only the target has, stays; a name that is there may, too.
        client.put("kept/file", [b"mine"])
        client.put("kept/own", [b"own"])
        merged = client.cp("folder", "kept", recursive=True, no_clobber=True)
        expect(merged, files=0, bytes=0)
        assert b"".join(client.get("kept/file").chunks) == b"mine"
        expect(client.cp("folder", "kept", recursive=True), files=3, bytes=5)
        assert b"".join(client.get("kept/file").chunks) == b"12345"
        assert b"".join(client.get("kept/own").chunks) == b"own"
        client.quit()


def _copy(name: str, target: str, **options: object) -> Message:
    return {"action": "cp", "filename": name, "target": target, **options}


@scenario
def links_are_made(server: Server) -> None:
    """Relative ones that stay inside; they are followed where they are named (4)."""
    with server.log_in() as client:
        client.mkdir("a/b", parents=True)
        client.put("a/file", [b"x"])
        ask_all(
            client,
            [
                (_link("a/b/up", "../file"), {"status_code": 200}),
                (_link("a/b/nowhere", "nothing"), {"status_code": 200}),
                (_link("a/b/up", "other"), 225),
                (_link("a/file", "other"), 225),
                (_link("nothing/x", "other"), 220),
                (_link("x", "/a"), 204),
                (_link("x", "../a"), 204),
                (_link("a/x", "b/../../../a"), 204),
                (_link("x", ""), 204),
                (_link("x", "a\nb"), 204),
                (_link("x", "a/.ftpd-1"), 204),
                (_of("stat", "a/b/up"), {"type": "file", "size": 1}),
                (_of("stat", "a/b/nowhere"), 220),
                (_of("du", "a"), {"files": 1, "folders": 1, "others": 2, "bytes": 1}),
                (_of("du", "a/b/up"), {"files": 1, "folders": 0, "bytes": 1}),
            ],
        )
        # A put takes the place of the link, not of what it leads to.
        client.put("a/b/up", [b"longer"])
        assert client.stat("a/file")["size"] == 1
        assert client.stat("a/b/up")["size"] == 6
        client.quit()


def _link(name: str, target: str) -> Message:
    return {"action": "link", "filename": name, "target": target}


@scenario
def space_of_the_home(server: Server) -> None:
    """Numbers, or null where they are not known (4)."""
    with server.log_in() as client:
        found = client.space()
        free, total = found["free_bytes"], found["total_bytes"]
        assert free is None or total is None or 0 <= free <= total, found
        assert found["upload_bytes"] == client.hello["limits"]["upload_bytes"]
        client.quit()


@scenario
def what_others_left_on_the_disk(server: Server) -> None:
    """FIFOs, links that lead out, and names that no request can have (4)."""
    if server.home is None:
        return
    home = os.fsencode(server.home)
    os.makedirs(home + b"/folder/car\rriage")
    for name in (b"back\\slash", b"new\nline", b".ftpc-x", b".ftpd-x", b"bad\xff"):
        open(home + b"/" + name, "xb").close()
    os.mkfifo(home + b"/fifo")
    os.symlink(b"/etc", home + b"/out")
    with server.log_in() as client:
        found = client.list("")
        named = {entry["name"]: entry for entry in found if "name" in entry}
        assert sorted(named) == ["fifo", "folder", "out"], named
        expect(named["fifo"], type="other", size=0)
        expect(named["out"], type="link", target="/etc")
        unreachable = [entry for entry in found if "name" not in entry]
        # Not every system shows its programs a name that is no text at all.
        assert len(unreachable) in (2, 3), unreachable
        walked = client.walk("")
        escaped = [entry for entry in walked if "path_escaped" in entry]
        assert len(escaped) == len(unreachable) + 1, escaped
        # A page ends only where the next one can begin.
        pages = [page for page in client.walk_pages("", 1)]
        assert [entry for page in pages for entry in page] == walked
        assert client.stat("fifo")["type"] == "other"
        refused(223, client.get, "fifo")
        refused(223, client.put, "fifo", [b"x"])
        for action in ("stat", "list", "walk", "du", "checksum"):
            asked = client.request_later(action=action, filename="out")
            refused(204, asked.result)
        # It goes on after what cannot be removed, and says how far it came.
        client.put("folder/file", [b"x"])
        failed = refused(204, lambda: client.rm("folder", recursive=True))
        assert failed.answer["removed"] == 1
        copied = refused(204, lambda: client.cp("folder", "copy", recursive=True))
        assert copied.answer["files"] == 0
        assert client.rm("out") == 1
        client.quit()
    assert os.path.isdir(b"/etc")


@scenario
def cancel_what_waits(server: Server) -> None:
    """A walk, an rm and a cp that are cancelled before their turn: 213 (5)."""
    with server.log_in() as client:
        client.put("big", pieces_of(bytes(48 * MIB), MIB))
        client.mkdir("folder")
        cancelled = threading.Event()
        first = client.get_later("big", lambda _: cancelled.wait(SECONDS_MAX))
        walk, listing = client.walk_later("/")
        waiting = [
            walk,
            client.request_later(action="rm", filename="folder", recursive=True),
            client.request_later(action="cp", filename="big", target="copy"),
        ]
        for pending in waiting:
            client.cancel(pending)
        serve_another(server)
        cancelled.set()
        first.result()
        for pending in waiting:
            refused(213, pending.result)
        assert listing.entries == []
        assert names_of(client, "") == ["big", "folder"]
        client.quit()


@scenario
def listings_that_break_the_rules(_: Server) -> None:
    """A client takes no such line for an entry (4, "list and walk")."""
    good = b'"type":"file","size":1,"mtime":"1","version":"v"}\n'
    Listing("name").feed(b'{"name":"a",' + good)
    Listing("path").feed(b'{"path":"a/b",' + good)
    names = [b"", b".", b"..", b"a/b", b"/", b"a\\\\b", b"\\u0000", b"\\u009b"]
    names += [b"\\ud800", b"\xff", b".ftpd-x", b"x" * 256]
    bad = [b'{"name":"%s",' % name + good for name in names]
    bad += [b'{"name":5,' + good, b"{" + good, b"[]\n", b"\n", b"x" * 65_537]
    bad += [b'{"name":"a","unreachable":true,"name_escaped":"a",' + good]
    for line in bad:
        listing = Listing("name")
        try:
            listing.feed(line)
        except Exception:
            continue
        raise AssertionError(f"{line[:80]!r} was taken: {listing.entries}")
    for path in (b"a//b", b"/a", b"a/", b"a/../b", b"/".join([b"y" * 200] * 21)):
        try:
            Listing("path").feed(b'{"path":"%s",' % path + good)
        except ValueError:
            continue
        raise AssertionError(f"{path[:80]!r} was taken")

"""Puts and gets that go on, and deeds done once (PROTOCOL.md, 4 and 5)."""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Optional

from client import (
    MARK,
    Checksum,
    Client,
    ConnectionOver,
    Message,
    Pending,
    Refused,
)
from harness import (
    MIB,
    SECONDS_MAX,
    Server,
    bytes_of,
    expect,
    pieces_of,
    refused,
    scenario,
    serve_another,
)

BODY = bytes_of(4 * MIB, 7)
HALF = 2 * MIB
MINE, THEIRS = "0123456789abcdef" * 2, "f" * 32
SOURCE = {"transfer": MINE, "identity": "a source"}


def item(name: str, **others: str) -> Message:
    """What asks for the part of a target."""
    return {"filename": name, **SOURCE, **others}


def first(size: int = HALF, kind: str = "crc32") -> Checksum:
    """That of the first bytes of BODY."""
    checksum = Checksum(kind)
    checksum.update(BODY[:size])
    return checksum


class GivenUp(Exception):
    """The source of a put fails."""


def given_up() -> Iterator[bytes]:
    """Half a body; a put marks where it is, before it gives the body up."""
    yield BODY[:HALF]
    raise GivenUp


def leave_part(client: Client, name: str, kind: str = "crc32") -> None:
    """Half of BODY is there as a part, marked."""
    with contextlib.suppress(GivenUp):
        client.put(name, given_up(), checksum=kind, size=len(BODY), **SOURCE)


def go_on(client: Client, name: str, kind: str, **options: object) -> Pending:
    """Ask where the part stands, and send the rest."""
    [line] = client.resume(item(name))
    expect(line, state="part", offset=HALF, checksum=str(first(kind=kind)))
    before = Checksum.gone_on(kind, HALF, line["checksum"], [BODY[:HALF]])
    fields = {**SOURCE, "size": len(BODY), **options}
    return client.put(name, [BODY[HALF:]], checksum=kind, before=before, **fields)


@scenario
def resume_a_put_that_was_given_up(server: Server) -> None:
    """From its last mark, by either checksum; then it is complete."""
    with server.log_in() as client:
        for kind, verify in (("crc32", None), ("crc32", True), ("sha256", None)):
            name = f"{kind} {verify}"
            leave_part(client, name, kind)
            refused(220, client.stat, name)
            [part] = client.parts()
            expect(part, **item(name), offset=HALF, size=len(BODY), in_use=False)
            put = go_on(client, name, kind, verify=verify)
            assert put["size"] == len(BODY)
            assert b"".join(client.get(name).chunks) == BODY
            assert client.parts() == []
            lines = client.resume(item(name), item(name, transfer=THEIRS))
            complete = {"state": "complete", "version": put["file_version"]}
            expect(lines[0], **complete, size=len(BODY), checksum=put["checksum"])
            assert lines[1]["state"] == "none"
            client.put(name, [b"another"])
            assert client.resume(item(name))[0]["state"] == "none"
        client.quit()


@scenario
def resume_a_put_that_was_cut(server: Server) -> None:
    """The connection is gone in mid-body: what was marked is still there."""
    with server.log_in() as watching:
        cut = server.log_in()

        def body() -> Iterator[Optional[bytes]]:
            yield BODY[:HALF]
            yield MARK
            yield BODY[HALF : HALF + 1000]
            wait_for_part(watching, "file")
            cut.close()
            yield BODY[HALF + 1000 :]

        with contextlib.suppress(ConnectionOver):
            cut.put("file", body(), size=len(BODY), **SOURCE)
            raise AssertionError("it was not cut")
        # Whether the server has noticed yet or not: the same transfer goes on.
        go_on(watching, "file", "crc32")
        assert b"".join(watching.get("file").chunks) == BODY
        watching.quit()


def wait_for_part(client: Client, name: str) -> None:
    """Until a mark was recorded: there is no answer to one."""
    give_up_at = time.monotonic() + SECONDS_MAX
    while client.resume(item(name))[0]["state"] != "part":
        assert time.monotonic() < give_up_at, "no mark was recorded"


@scenario
def resume_takes_a_part_over(server: Server) -> None:
    """The same transfer does, at once; another one leaves it alone."""
    with server.log_in() as old, server.log_in() as new:
        puts: list[Pending] = []
        marked = threading.Event()
        codes: list[int] = []

        def body() -> Iterator[Optional[bytes]]:
            yield BODY[:HALF]
            yield MARK
            marked.set()
            old.wait_until(lambda: puts[0].done)
            yield b"never sent"
            raise AssertionError("more of a refused body was asked for")

        def put() -> None:
            try:
                old.put("file", body(), started=puts.append, **SOURCE)
            except Refused as error:
                codes.append(error.code)

        thread = threading.Thread(target=put)
        thread.start()
        assert marked.wait(SECONDS_MAX)
        wait_for_part(new, "file")
        assert [part["in_use"] for part in new.parts()] == [True]
        other = item("file", transfer=THEIRS)
        expect(new.resume(other)[0], state="none", reason="in_use")
        assert new.discard(MINE) == 0
        new.put("file", [b"small"], transfer=THEIRS, identity="a source")
        assert puts[0].done is False
        go_on(new, "file", "crc32")
        thread.join()
        assert codes == [233], codes
        assert b"".join(new.get("file").chunks) == BODY
        # The connection that lost its part is as good as before.
        assert old.stat("file")["size"] == len(BODY)
        old.quit()
        new.quit()


@scenario
def resume_where_it_cannot_be(server: Server) -> None:
    """234, and nothing is published; another identity is another source."""
    with server.log_in() as client:
        leave_part(client, "file")
        rest = [BODY[HALF:]]
        changed = item("file", identity="changed")
        expect(client.resume(changed)[0], state="none", reason="changed")
        wrong = first()
        wrong.update(b"x")
        for before, fields in (
            (first(MIB), SOURCE),
            (wrong, SOURCE),
            (first(), {**SOURCE, "identity": "changed"}),
            (first(), {}),
        ):
            refused(234, lambda: client.put("file", rest, before=before, **fields))
        refused(220, client.stat, "file")
        # What was asked for wrongly is still there; any transfer may have it.
        expect(client.resume(item("file", transfer=THEIRS))[0], state="part")
        go_on(client, "file", "crc32", transfer=THEIRS)
        assert b"".join(client.get("file").chunks) == BODY
        # From the start: what was there of the target is discarded.
        leave_part(client, "other")
        client.put("other", [b"x"], transfer=THEIRS, identity="a source")
        assert client.parts() == []
        leave_part(client, "third")
        assert client.discard(THEIRS) == 0
        assert client.discard(MINE, THEIRS) == 1
        assert client.parts() == []
        # One without a transfer leaves nothing.
        with contextlib.suppress(GivenUp):
            client.put("fourth", given_up())
        assert client.parts() == []
        client.quit()


@scenario
def resume_and_marks_that_differ(server: Server) -> None:
    """229, and the part is gone (5)."""
    with server.log_in() as client:
        puts: list[Pending] = []

        def body() -> Iterator[Optional[bytes]]:
            yield BODY[:HALF]
            puts[0].checksum.update(b"not sent")
            yield MARK
            client.wait_until(lambda: puts[0].done)
            yield b"never sent"

        refused(229, lambda: client.put("file", body(), started=puts.append, **SOURCE))
        assert client.parts() == []
        # The rest is another than what was said to be the whole.
        leave_part(client, "file")
        fields = {**SOURCE, "size": len(BODY) + 1}
        rest = [BODY[HALF:]]
        refused(229, lambda: client.put("file", rest, before=first(), **fields))
        assert client.parts() == []
        refused(220, client.stat, "file")
        client.quit()


@scenario
def resume_a_get(server: Server) -> None:
    """The rest of a file; checksums are over the whole of it."""
    with server.log_in() as client:
        version = client.put("file", pieces_of(BODY, MIB))["file_version"]
        for kind, verify in (("crc32", None), ("crc32", True), ("sha256", None)):
            got = client.get(
                "file",
                checksum=kind,
                before=first(kind=kind),
                if_version=version,
                verify=verify,
            )
            assert b"".join(got.chunks) == BODY[HALF:]
            expect(got.answer, size=len(BODY) - HALF, file_size=len(BODY))
            expect(got.end, size=len(BODY), checksum=str(first(len(BODY), kind)))
        got = client.get("file", before=first(), length=MIB)
        expect(got.end, size=HALF + MIB, checksum=str(first(HALF + MIB)))
        got = client.get("file", before=first(len(BODY)))
        expect(got.answer, size=0)
        longer = first(len(BODY))
        longer.update(b"x")
        refused(228, lambda: client.get("file", before=longer))
        refused(228, lambda: client.get("file", before=first(), if_version="other"))
        # Bytes that are not those of the file: seen by who reads them again.
        for kind, verify in (("crc32", True), ("sha256", None)):
            wrong = Checksum(kind)
            wrong.update(bytes(HALF))
            refused(
                229,
                lambda: client.get("file", checksum=kind, before=wrong, verify=verify),
            )
        client.quit()


@scenario
def resume_a_get_from_its_marks(server: Server) -> None:
    """Each was compared when it came; one stands before an abort (5)."""
    size = 48 * MIB
    with server.log_in() as client:
        client.put("big", pieces_of(bytes(size), MIB))
        marks: list[Message] = []
        get = client.get_later(
            "big", lambda _: None, marked=marks.append, marks=True
        ).result()
        assert get.end["size"] == size
        assert marks and marks[0]["offset"] >= MIB, marks
        # Without having asked for them, none comes.
        unasked: list[Message] = []
        client.get_later("big", lambda _: None, marked=unasked.append).result()
        assert unasked == []
        started, cancelled = threading.Event(), threading.Event()
        received = bytearray()

        def write(piece: bytes) -> None:
            received.extend(piece)
            if len(received) > 2 * MIB:
                started.set()
                cancelled.wait(SECONDS_MAX)

        marks.clear()
        get = client.get_later("big", write, marked=marks.append, marks=True)
        assert started.wait(SECONDS_MAX)
        client.cancel(get)
        serve_another(server)
        cancelled.set()
        refused(213, get.result)
        assert marks[-1]["offset"] == len(received) < size
        at, checksum = marks[-1]["offset"], marks[-1]["checksum"]
        before = Checksum.gone_on("crc32", at, checksum, [])
        rest = client.get("big", before=before)
        assert bytes(received) + b"".join(rest.chunks) == bytes(size)
        client.quit()


@scenario
def resume_asks_for_many_versions(server: Server) -> None:
    """Of all files of a job, in one request (4, "resume")."""
    with server.log_in() as client:
        puts = [client.put_later(str(n), [b"%d" % n]) for n in range(300)]
        versions = [put.result()["file_version"] for put in puts]
        client.put("5", [b"another"])
        client.rm("6")
        asked = [{"filename": str(n), "version": v} for n, v in enumerate(versions)]
        asked += [{"filename": "../x", "version": "v"}, {"filename": "", **SOURCE}]
        states = [line["state"] for line in client.resume(*asked)]
        due = ["same"] * 300 + ["none", "none"]
        due[5], due[6] = "other", "none"
        assert states == due, states
        assert client.resume() == []
        for wrong in (5, {"filename": 5}, {"filename": "a", "transfer": "0" * 31}):
            bad = client.request_later(action="resume", items=[wrong])
            refused(202, bad.result)
        refused(202, lambda: client.discard("0" * 33))
        client.quit()


@scenario
def operations_are_done_once(server: Server) -> None:
    """The same request with the same `operation` gets the same answer (4)."""
    with server.log_in() as client, server.log_in() as again:
        client.mkdir("a/b", parents=True)
        client.put("file", [b"x"])
        deeds: list[Message] = [
            {"action": "mv", "filename": "file", "target": "a/moved"},
            {"action": "cp", "filename": "a", "target": "c", "recursive": True},
            {"action": "rm", "filename": "a", "recursive": True},
            {"action": "rm", "filename": "nothing"},
            {"action": "mkdir", "filename": "d"},
            {"action": "rmdir", "filename": "d"},
        ]
        for number, deed in enumerate(deeds):
            operation = f"{number:032x}"
            answers: list[Message] = []
            for one in (client, again):
                try:
                    answer = one.request(**deed, operation=operation)
                except Refused as error:
                    answer = error.answer
                answers.append({**answer, "id": 0})
            assert answers[0] == answers[1], answers
            other = {**deed, "filename": "other", "operation": operation}
            refused(202, client.request_later(**other).result)
        refused(220, client.mv, "file", "a/moved")
        assert sorted(entry["path"] for entry in again.walk("")) == [
            "c",
            "c/b",
            "c/moved",
        ]
        client.quit()
        again.quit()

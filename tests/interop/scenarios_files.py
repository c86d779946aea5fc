"""Files there and back, puts that fail, names (PROTOCOL.md, 3, 4 and 8)."""

import contextlib
import hashlib
import zlib
from collections.abc import Iterator
from typing import Any

from client import Message, Pending
from harness import (
    MIB,
    SCENARIOS,
    Server,
    bytes_of,
    end_of,
    expect,
    pieces_of,
    refused,
    scenario,
)


def there_and_back(server: Server, size: int, checksum: str, known: bool) -> None:
    """Put a file and get it again, in pieces that are no frame's size."""
    body = bytes_of(size, size + 1)
    options: dict[str, Any] = {"checksum": checksum}
    if known:
        options["size"] = size
    digest = (
        f"crc32:{zlib.crc32(body):08x}"
        if checksum == "crc32"
        else f"sha256:{hashlib.sha256(body).hexdigest()}"
    )
    with server.log_in() as client:
        answer = client.put("file", pieces_of(body, 3 * MIB + 1), **options)
        assert (answer["size"], answer["checksum"]) == (size, digest)
        got = client.get("file", checksum=checksum)
        assert got["size"] == size and str(got.checksum) == digest
        assert b"".join(got.chunks) == body
        found = client.stat("file")
        assert (found["type"], found["size"]) == ("file", size)
        assert found["mtime"] == got["mtime"]
        client.quit()


def add_sizes() -> None:
    """A scenario for each size, checksum, and size known or not."""
    for size in (0, 1, 65_535, MIB + 1, 20 * MIB):
        for checksum, known in (("crc32", True), ("crc32", False), ("sha256", True)):
            name = f"file_of_{size}_{checksum}{'' if known else '_size_unknown'}"

            def run(
                server: Server,
                size: int = size,
                checksum: str = checksum,
                known: bool = known,
            ) -> None:
                there_and_back(server, size, checksum, known)

            SCENARIOS[name] = run


add_sizes()


@scenario
def file_is_replaced_whole(server: Server) -> None:
    """A put stands in the place of what was there (4, "put")."""
    with server.log_in() as client:
        client.put("file", [b"a longer text"])
        client.put("file", [b"short"])
        assert b"".join(client.get("/./x/../file").chunks) == b"short"
        client.quit()


@scenario
def file_keeps_the_time_given(server: Server) -> None:
    """`mtime` sets the file's time (4)."""
    with server.log_in() as client:
        for mtime in ("1700000000.5", "1700000000", "0"):
            client.put("file", [b"x"], mtime=mtime)
            found = client.stat("file")["mtime"]
            assert float(found) == float(mtime), (found, mtime)
        client.quit()


@scenario
def file_errors(server: Server) -> None:
    """One code each, and the connection stays usable (8)."""
    with server.log_in() as client:
        client.put("file", [b"x"])
        refused(220, client.get, "nothing")
        refused(220, client.put, "no/folder", [b"x"])
        refused(221, client.get, "/")
        refused(221, client.put, "/", [b"x"])
        refused(222, client.get, "file/below")
        refused(222, client.put, "file/below", [b"x"])
        bad = ["..", "a/../..", "a\\b", "a\0b", "a\nb", "\x85", "x" * 256, ".ftpd"]
        bad += ["é" * 128, "/".join(["y" * 200] * 21), ".ftpd-x", ".ftpc-x", "\ud800"]
        for name in bad:
            refused(204, client.stat, name)
            refused(204, client.put, name, [b"x"])
        client.put("x" * 255, [b"x"])
        client.quit()


@scenario
def put_given_up(server: Server) -> None:
    """A sender may abort: 214, and nothing is published (3)."""
    with server.log_in() as client:
        client.put("file", [b"kept"])

        def body() -> Iterator[bytes]:
            yield b"x" * 3 * MIB
            raise InterruptedError("the source failed")

        with contextlib.suppress(InterruptedError):
            client.put("file", body())
        assert b"".join(client.get("file").chunks) == b"kept"
        client.quit()


@scenario
def put_refused_early(server: Server) -> None:
    """The client abandons the body once a bad name is refused (3)."""
    with server.log_in() as client:
        put: list[Pending] = []

        def body() -> Iterator[bytes]:
            yield b"x"
            client.wait_until(lambda: put[0].done)
            yield b"never sent"
            raise AssertionError("more of a refused body was asked for")

        refused(204, lambda: client.put("a/../../b", body(), started=put.append))
        assert put[0].checksum.size == 1
        client.put("b", [b"x"])
        client.quit()


@scenario
def put_does_not_match_its_end(server: Server) -> None:
    """229, and what was there stays (3)."""
    with server.wire_logged_in() as wire:
        good = end_of(0, b"text")
        wire.send(
            {"action": "put", "id": 4, "filename": "file"}, b"text", {**good, "id": 4}
        )
        expect(wire.next(), id=4, status_code=200)
        wrong = [
            {**good, "checksum": "crc32:00000000"},
            {**good, "size": 3},
            {**good, "size": 5},
            # The right one, but not of the type that the request named.
            {**good, "checksum": f"sha256:{hashlib.sha256(b'text').hexdigest()}"},
        ]
        for number, end in enumerate(wrong, 5):
            put = {"action": "put", "id": number, "filename": "file"}
            wire.send(put, b"text", {**end, "id": number})
            expect(wire.next(), id=number, status_code=229)
        wire.send({"action": "put", "id": 20, "filename": "file", "size": 9}, b"text")
        wire.send({**good, "id": 20})
        expect(wire.next(), id=20, status_code=229)
        expect(wire.ask(action="stat", id=21, filename="file"), id=21, size=4)


@scenario
def put_ended_badly(server: Server) -> None:
    """A bad `end`, or one of another id, ends the body: 202 (2, 3)."""
    with server.wire_logged_in() as wire:
        good = end_of(4, b"x")
        ends: list[Message] = [
            {**good, "id": 3},
            {"action": "end", "id": 5},
            {"action": "end"},
            {**good, "id": 7, "size": "1"},
            {**good, "id": 8, "size": -1},
            {**good, "id": 9, "checksum": "crc32:8CDC1683"},
            {**good, "id": 10, "checksum": "md5:00"},
            {"action": "abort"},
            {"action": "abort", "id": "12"},
            {"action": "abort", "id": 999},
        ]
        for number, end in enumerate(ends, 4):
            wire.send({"action": "put", "id": number, "filename": "file"}, b"x", end)
            expect(wire.next(), id=number, status_code=202)
        # Where no body is due, they are ignored.
        wire.send(end_of(5, b""), {"action": "abort", "id": 5})
        expect(wire.ask(action="stat", id=30, filename="file"), id=30, status_code=220)

"""Versions, conditions, ranges, checksums, attributes (PROTOCOL.md, 4)."""

import hashlib
import threading
import zlib
from collections.abc import Iterator

from client import Pending
from harness import MIB, Server, bytes_of, expect, pieces_of, refused, scenario

BODY = b"0123456789"


def crc32(body: bytes) -> str:
    """As the wire has it."""
    return f"crc32:{zlib.crc32(body):08x}"


@scenario
def versions_tell_contents_apart(server: Server) -> None:
    """One version of a file, wherever it is said; another after a change (4)."""
    with server.log_in() as client:
        put = client.put("file", [BODY])
        version = put["file_version"]
        assert version == client.stat("file")["file_version"]
        assert version == client.get("file")["file_version"]
        assert version == client.checksum("file")["file_version"]
        assert [version] == [entry["version"] for entry in client.list("")]
        # The same size and time; only the bytes are others.
        mtime = client.stat("file")["mtime"]
        again = client.put("file", [BODY[::-1]], mtime=mtime)
        assert again["file_version"] != version
        client.put("other", [BODY], mtime=mtime)
        assert client.stat("other")["file_version"] != again["file_version"]
        client.quit()


@scenario
def puts_on_conditions(server: Server) -> None:
    """if_absent and if_version, judged when the file is published (4)."""
    with server.log_in() as client:
        first = client.put("file", [BODY], if_absent=True)["file_version"]
        refused(225, lambda: client.put("file", [b"x"], if_absent=True))
        second = client.put("file", [b"two"], if_version=first)["file_version"]
        refused(228, lambda: client.put("file", [b"x"], if_version=first))
        refused(228, lambda: client.put("nothing", [b"x"], if_version=first))
        refused(225, lambda: client.put("/", [b"x"], if_absent=True))
        client.mkdir("folder")
        refused(225, lambda: client.put("folder", [b"x"], if_absent=True))
        refused(228, lambda: client.put("folder", [b"x"], if_version=first))
        refused(221, lambda: client.put("folder", [b"x"]))
        client.link("link", "nothing")
        refused(225, lambda: client.put("link", [b"x"], if_absent=True))
        assert client.stat("file")["file_version"] == second
        # Somebody else is quicker, while the body is sent.
        for condition, code in (({"if_absent": True}, 225), ({"if_version": "v"}, 228)):
            if "if_version" in condition:
                condition = {"if_version": client.put("new", [b"1"])["file_version"]}

            def body() -> Iterator[bytes]:
                yield b"late"
                with server.log_in() as other:
                    other.put("new", [b"quicker"])
                    other.quit()

            refused(code, lambda: client.put("new", body(), **condition))
            assert b"".join(client.get("new").chunks) == b"quicker"
            client.rm("new")
        client.quit()


@scenario
def modes_are_set(server: Server) -> None:
    """By put, also of a file that it replaces, and by setattr (4)."""
    with server.log_in() as client:
        client.put("file", [BODY], mode=0o640)
        assert client.stat("file")["mode"] == 0o640
        client.put("file", [BODY])
        assert client.stat("file")["mode"] == 0o640
        client.put("file", [BODY], mode=0o600, mtime="1700000000.125")
        expect(client.get("file").answer, mode=0o600, mtime="1700000000.125")
        found = client.setattr("file", mode=0o444, mtime="3")
        expect(found, type="file", size=len(BODY), mode=0o444, mtime="3")
        assert found == {**client.stat("file"), "id": found["id"]}
        expect(client.setattr("file"), mode=0o444, mtime="3")
        client.mkdir("folder")
        found = client.setattr("folder", mode=0o711, mtime="1000000000.5")
        expect(found, type="folder", size=0, mode=0o711, mtime="1000000000.5")
        assert client.stat("folder")["mtime"] == "1000000000.5"
        refused(220, lambda: client.setattr("nothing", mtime="1"))
        client.quit()


@scenario
def ranges_of_a_file(server: Server) -> None:
    """offset and length, at, below and beyond the end (4)."""
    with server.log_in() as client:
        version = client.put("file", [BODY])["file_version"]
        for offset in (0, 1, 9, 10, 11, 2**53 - 1):
            for length in (None, 0, 1, 10, 2**53 - 1):
                due = BODY[offset:][:length]
                got = client.get(
                    "file", offset=offset, length=length, if_version=version
                )
                assert b"".join(got.chunks) == due, (offset, length)
                expect(got.answer, size=len(due), file_version=version)
                assert got.end["checksum"] == crc32(due)
                if offset > 0 or length is not None:
                    assert got["file_size"] == len(BODY)
        digest = hashlib.sha256(BODY[3:7]).hexdigest()
        got = client.get("file", checksum="sha256", offset=3, length=4)
        assert got.end["checksum"] == f"sha256:{digest}"
        refused(228, lambda: client.get("file", if_version="other"))
        refused(220, lambda: client.get("nothing", offset=5))
        refused(221, lambda: client.get("/", offset=5))
        client.quit()


@scenario
def checksums_where_the_file_lies(server: Server) -> None:
    """Of all of it, or of its beginning (4)."""
    body = bytes_of(3 * MIB + 7)
    with server.log_in() as client:
        version = client.put("file", pieces_of(body, MIB))["file_version"]
        for length in (None, 0, 1, MIB, len(body), len(body) + 1):
            found = client.checksum("file", length=length, if_version=version)
            due = body if length is None else body[:length]
            expect(found, size=len(due), checksum=crc32(due), file_size=len(body))
            expect(found, file_version=version)
        found = client.checksum("file", checksum_type="sha256")
        assert found["checksum"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
        refused(228, lambda: client.checksum("file", if_version="other"))
        refused(221, lambda: client.checksum("/"))
        refused(220, lambda: client.checksum("nothing"))
        client.quit()


@scenario
def puts_and_listings_in_turn(server: Server) -> None:
    """A put waits until no listing is still to come (3)."""
    with server.log_in() as client:
        walks: list[Pending] = []
        puts: list[Pending] = []
        for number in range(50):
            puts.append(client.put_later(f"{number:02}", [BODY]))
            walks.append(client.walk_later("/")[0])
        for number, (put, walk) in enumerate(zip(puts, walks)):
            assert put.result()["size"] == len(BODY)
            assert walk.result().end["entries"] == number + 1
        client.quit()


@scenario
def two_clients_put_one_name(server: Server) -> None:
    """One of the contents stands there, whole (4)."""
    bodies = [bytes([letter]) * (MIB + letter) for letter in b"ab"]

    def put(body: bytes) -> None:
        with server.log_in() as client:
            for _ in range(5):
                client.put("file", pieces_of(body, 100_000))
            client.quit()

    threads = [threading.Thread(target=put, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    with server.log_in() as client:
        for thread in threads:
            thread.join()
        assert b"".join(client.get("file").chunks) in bodies
        client.quit()

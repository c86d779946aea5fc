"""A client of the framed protocol, from PROTOCOL.md alone; standard library only.

    with Client("127.0.0.1", 10021) as client:
        client.login("alex", "123")
        client.put("a.txt", [b"Hello, world!\\n"])
        print(b"".join(client.get("a.txt").chunks))
        print([entry["name"] for entry in client.list("/")])
        client.quit()

`*_later` send a request and return at once; `Pending.result()` waits for its
answer. Options of a request are its fields, by the names of PROTOCOL.md, 4;
those that are None are left out.
"""

import time
from collections.abc import Iterable, Iterator
from typing import Any, Callable, Optional

from connection import LOGIN_CONTINUES, Connection
from frames import DATA, DATA_BYTES_MAX, HEADER, encode_message
from listing import Entry, Listing
from pending import (
    Checksum,
    ConnectionOver,
    Damaged,
    GoneAway,
    Message,
    Pending,
    Refused,
)
from scram import Scram, ScramError

__all__ = [
    "MARK",
    "Checksum",
    "Client",
    "ConnectionOver",
    "Damaged",
    "GoneAway",
    "Message",
    "Pending",
    "Refused",
]

PROGRAM = "interop/2"
VERSION = 1
MECHANISM = "SCRAM-SHA-256"
# In the place of a piece of a put's body: here a mark is sent (5). A body that
# has a `transfer` is marked without that, too, so often.
MARK = None
MARK_BYTES = 32 * 1024 * 1024
MARK_SECONDS = 5.0
MARKED_BYTES_MIN = 1024 * 1024


# Pieces of any size, and MARK.
Body = Iterable[Optional[bytes]]


class Client(Connection):
    """A connection that said hello. Its methods may be called by any thread."""

    def __init__(
        self,
        host: str,
        port: int,
        silence_seconds: float = 60.0,
        program: str = PROGRAM,
    ) -> None:
        """Connect and say hello; `hello` holds the server's answer."""
        super().__init__(host, port, silence_seconds)
        try:
            self.hello = self._hello(program)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Client":
        return self

    def _hello(self, program: str) -> Message:
        answer = self.request(action="hello", program=program, versions=[VERSION])
        if answer["version"] != VERSION:
            raise self._break("the server speaks a version that was not offered")
        limits = answer["limits"]
        self._requests_ahead = max(1, limits["requests_ahead"])
        self._bytes_ahead = limits["bytes_ahead"]
        return answer

    def has(self, *features: str) -> bool:
        """Whether the server named all of these features (4)."""
        return set(features) <= set(self.hello["features"])

    def login(self, user: str, password: str) -> None:
        """Log in; raises ScramError where the server cannot prove itself."""
        scram = Scram(user, password)
        step = {"action": "login", "username": user, "mechanism": MECHANISM}
        with self._turn:
            first = self._ask({**step, "data": scram.first}).result()
            if first["status_code"] != LOGIN_CONTINUES:
                raise self._break("the server skipped a step of the login")
            try:
                final = scram.final(first.text("data"))
                last = self._ask({**step, "data": final}).result()
                scram.check(last.text("data"))
            except ScramError as error:
                self._end(error)
                raise

    def quit(self) -> None:
        """End the session well; raises ConnectionOver if it ends otherwise."""
        self.request(action="quit")
        for thread in self._threads:
            thread.join(self._silence_seconds)
        if self._body is not None or self._decoder.left:
            raise ConnectionOver("the stream ended within a frame or a body")

    # Requests without a body.

    def request(self, **request: Any) -> Message:
        """Any such request, by its fields; returns its answer."""
        answer = self._ask(_said(request)).result().answer
        assert answer is not None
        return answer

    def request_later(self, **request: Any) -> Pending:
        """The same, without waiting for the answer."""
        return self._ask(_said(request))

    def stat(self, name: str) -> Message:
        """`type`, `size`, `mtime`, `mode`, `file_version` of a file or folder."""
        return self.request(action="stat", filename=name)

    def mkdir(self, name: str, **options: Any) -> int:
        """Make a folder; returns how many were made, with `parents`."""
        made: int = self.request(action="mkdir", filename=name, **options)["created"]
        return made

    def rm(self, name: str, **options: Any) -> int:
        """Remove a file, or with `recursive` a folder; returns how many are gone."""
        gone: int = self.request(action="rm", filename=name, **options)["removed"]
        return gone

    def rmdir(self, name: str) -> None:
        """Remove an empty folder."""
        self.request(action="rmdir", filename=name)

    def mv(self, name: str, target: str, **options: Any) -> None:
        """Rename; `target` is the whole new name."""
        self.request(action="mv", filename=name, target=target, **options)

    def cp(self, name: str, target: str, **options: Any) -> Message:
        """Copy on the server; `files`, `bytes`, `others` of what was copied."""
        return self.request(action="cp", filename=name, target=target, **options)

    def setattr(self, name: str, **options: Any) -> Message:
        """Set `mtime` and `mode`; returns what stat would."""
        return self.request(action="setattr", filename=name, **options)

    def checksum(self, name: str, **options: Any) -> Message:
        """`checksum` and `size` of a file's bytes, computed by the server."""
        return self.request(action="checksum", filename=name, **options)

    def du(self, name: str) -> Message:
        """`files`, `folders`, `others` and `bytes` at a name and below it."""
        return self.request(action="du", filename=name)

    def space(self) -> Message:
        """`free_bytes`, `total_bytes`, `upload_bytes`; each may be None."""
        return self.request(action="space")

    def link(self, name: str, target: str) -> None:
        """Make a symbolic link with the text `target`."""
        self.request(action="link", filename=name, target=target)

    # Listings.

    def list(self, name: str) -> "list[Entry]":
        """The entries of a folder, in no order."""
        listing = Listing("name")
        self._list({"action": "list", "filename": name}, listing).result()
        return listing.entries

    def walk(self, name: str, **options: Any) -> "list[Entry]":
        """All below a folder, in order; options: `after`, `entries_max`."""
        pending, listing = self.walk_later(name, **options)
        pending.result()
        return listing.entries

    def walk_later(self, name: str, **options: Any) -> tuple[Pending, Listing]:
        """The same without waiting: the entries are there with the result."""
        listing = Listing("path")
        request = {"action": "walk", "filename": name, **options}
        pending = self._list(_said(request), listing)
        return pending, listing

    def walk_pages(self, name: str, entries_max: int) -> "Iterator[list[Entry]]":
        """The same, in pages of about so many entries."""
        after: Optional[str] = None
        more = True
        while more:
            pending, listing = self.walk_later(
                name, after=after, entries_max=entries_max
            )
            more = pending.result().end.get("more", False)
            yield listing.entries
            if more:
                after = listing.entries[-1]["path"]

    def _list(self, request: Message, listing: Listing) -> Pending:
        return self._ask(request, listing.feed, listing.agree)

    # What can be gone on with.

    def resume(self, *items: Message) -> "list[Entry]":
        """What became of puts, or of versions; a line for each item."""
        lines = self._resume({"action": "resume", "items": list(items)})
        if len(lines) != len(items):
            raise self._break("not as many lines as were asked for")
        return lines

    def parts(self) -> "list[Entry]":
        """The account's own parts."""
        return self._resume({"action": "resume"})

    def discard(self, *transfers: str) -> int:
        """Remove parts that nobody uses; returns how many are gone."""
        answer = self.request(action="resume", discard=list(transfers))
        gone: int = answer["discarded"]
        return gone

    def _resume(self, request: Message) -> "list[Entry]":
        lines = Listing("state" if "items" in request else "part")
        self._list(request, lines).result()
        return lines.entries

    # Bodies of files.

    def get(
        self,
        name: str,
        write: Optional[Callable[[bytes], Any]] = None,
        checksum: str = "crc32",
        **options: Any,
    ) -> Pending:
        """Get a file; its body goes to `write`, or to `chunks`.

        Options: `offset`, `length`, `if_version`, `verify`, `marks`. What was
        written is verified when this returns, and not before.
        """
        return self.get_later(name, write, checksum, **options).result()

    def get_later(
        self,
        name: str,
        write: Optional[Callable[[bytes], Any]] = None,
        checksum: str = "crc32",
        before: Optional[Checksum] = None,
        marked: Optional[Callable[[Message], Any]] = None,
        **options: Any,
    ) -> Pending:
        """Ask for a file, but do not wait for it.

        The reading thread calls `write` and, for each mark that was compared,
        `marked`: they must not wait for the client, and what they raise ends
        the connection. What is `before` is there already.
        """
        request = {"action": "get", "filename": name, "checksum_type": checksum}
        request = _said({**request, **_from(before), **options})
        return self._ask(request, write, None, before, marked)

    def put(self, name: str, body: Body, **options: Any) -> Pending:
        """Put a file; the answer has `size` and `checksum` as the server saw it."""
        return self.put_later(name, body, **options).result()

    def put_later(
        self,
        name: str,
        body: Body,
        checksum: str = "crc32",
        started: Optional[Callable[[Pending], Any]] = None,
        before: Optional[Checksum] = None,
        **options: Any,
    ) -> Pending:
        """Send a put and its whole body, but do not wait for the answer.

        Options: `size` where it is known, `mtime`, `mode`, `if_absent`,
        `if_version`, `transfer`, `identity`, `verify`. Once the server refuses
        it (PROTOCOL.md, 3, "Refused early"), the rest is not read from `body`.
        `started` gets the request before the body. What is `before` is at the
        server already.
        """
        request = {"action": "put", "filename": name, "checksum_type": checksum}
        request = _said({**request, **_from(before), **options})
        with self._turn:
            self.wait_until(self.no_body_comes)
            pending = self._ask(request, before=before)
            try:
                if started is not None:
                    started(pending)
                self._send_body(pending, body, "transfer" in request)
            except BaseException:
                if "transfer" in request and not pending.done:
                    self._send_mark(pending)
                self._send_message({"action": "abort", "id": pending.id})
                raise
        return pending

    def _send_mark(self, pending: Pending) -> None:
        checksum = pending.checksum
        mark = {"action": "mark", "id": pending.id, "offset": checksum.size}
        self._send_message({**mark, "checksum": str(checksum)})

    def _send_body(self, pending: Pending, body: Body, is_marked: bool) -> None:
        marked_size, marked_at = pending.start, time.monotonic()
        for chunk in body:
            size = pending.checksum.size
            is_due = size - marked_size >= MARK_BYTES or (
                size >= MARKED_BYTES_MIN
                and time.monotonic() - marked_at >= MARK_SECONDS
            )
            if chunk is MARK or (is_marked and is_due):
                self._send_mark(pending)
                marked_size, marked_at = size, time.monotonic()
            if chunk is MARK:
                continue
            for start in range(0, len(chunk), DATA_BYTES_MAX):
                piece = bytes(chunk[start : start + DATA_BYTES_MAX])
                if pending.done:
                    break
                pending.checksum.update(piece)
                self._send(HEADER.pack(DATA, len(piece)), piece)
            if pending.done:
                break
        size, checksum = pending.checksum.size, str(pending.checksum)
        end: Message = {"action": "end", "id": pending.id}
        with self._changed:
            if pending.done:
                end["action"] = "abort"
            else:
                end.update(size=size, checksum=checksum)
                pending.ended = True
            self._queue(encode_message(end))


def _from(before: Optional[Checksum]) -> Message:
    """What a put or get says of the bytes before its own, where there are any."""
    if before is None or before.size == 0:
        return {}
    return {"offset": before.size, "offset_checksum": str(before)}


def _said(request: Message) -> Message:
    """A request without the fields that are left out."""
    return {field: value for field, value in request.items() if value is not None}

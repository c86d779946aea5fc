"""A request under way, and what becomes of it (PROTOCOL.md, 2 and 3)."""

import hashlib
import zlib
from collections.abc import Iterable
from typing import Any, Callable, Optional, Protocol

Message = dict[str, Any]
# Requests whose answer with 200 is followed by a body (PROTOCOL.md, 3).
BODY_FOLLOWS = ("get", "list", "walk", "resume")


class Refused(Exception):
    """The server did not do the request; the connection is as good as before."""

    def __init__(
        self, code: int, text: str, answer: Optional[Message] = None
    ) -> None:
        # The text may hold control characters: they must not steer a terminal.
        super().__init__(f"{code} {text!a}")
        self.code = code
        self.text = text
        # The whole answer: some say how far the request had come.
        self.answer = answer or {}


class GoneAway(Refused):
    """The server ends the connection, by a `goaway` with this status (5).

    `untouched`: the request came too late to be looked at; otherwise, and
    where no answer came, nobody knows here whether it was done.
    """

    def __init__(self, code: int, text: str, untouched: bool = False) -> None:
        super().__init__(code, text)
        self.untouched = untouched


class ConnectionOver(Exception):
    """The connection is lost, or the server broke the protocol on it."""


class Damaged(Exception):
    """A body came with another size or checksum than its `end` says."""


class Checksum:
    """Size and checksum of a body, or of a file so far (PROTOCOL.md, 3)."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.size = 0
        self._crc32 = 0
        self._sha256 = hashlib.sha256()

    @classmethod
    def gone_on(
        cls, kind: str, size: int, checksum: str, before: Iterable[bytes]
    ) -> "Checksum":
        """That of the first `size` bytes of a file, which are `before`.

        They are read for SHA-256 alone: a CRC-32 goes on from `checksum`.
        """
        made = cls(kind)
        if kind == "crc32" and checksum.startswith("crc32:"):
            made.size = size
            made._crc32 = int(checksum.removeprefix("crc32:"), 16)
            return made
        for piece in before:
            made.update(piece)
        if made.size != size:
            raise ValueError(f"{made.size} bytes where {size} were due")
        return made

    def copy(self) -> "Checksum":
        """As it stands now."""
        other = Checksum(self.kind)
        other.size, other._crc32 = self.size, self._crc32
        other._sha256 = self._sha256.copy()
        return other

    def update(self, piece: bytes) -> None:
        """Add the next bytes of the body."""
        self.size += len(piece)
        if self.kind == "crc32":
            self._crc32 = zlib.crc32(piece, self._crc32)
        else:
            self._sha256.update(piece)

    def __str__(self) -> str:
        if self.kind == "crc32":
            return f"crc32:{self._crc32:08x}"
        return f"sha256:{self._sha256.hexdigest()}"


class Waiter(Protocol):
    """What a request waits by: its connection."""

    def wait_until(self, happened: Callable[[], bool]) -> None:
        """Wait for a change; raises what ended the connection before it."""


class Pending:
    """A request under way. All but `result` belongs to the connection."""

    def __init__(self, waiter: Waiter, request: Message) -> None:
        self._waiter = waiter
        self.id: int = request["id"]
        self.action: str = request["action"]
        # Bytes of the request's MESSAGE payload, counted for `bytes_ahead`.
        self.bytes = 0
        self.answer: Optional[Message] = None
        self.error: Optional[Exception] = None
        self.done = False  # answered, and a body from the server is through
        self.ended = False  # of a put: its `end` is on its way
        # Of a body from the server: where it goes, what came of it so far,
        # what its `end` said, and who has to agree to that (by no ValueError).
        self.chunks: list[bytes] = []
        self.write: Callable[[bytes], Any] = self.chunks.append
        self.checksum = Checksum(request.get("checksum_type", "crc32"))
        self.end: Message = {}
        self.agree: Callable[[Message], Any] = lambda _: None
        # Where a transfer goes on: bytes of the file before this body.
        self.start = 0
        # Marks of a body that comes: what was compared, and is as it says.
        self.marked: Callable[[Message], Any] = lambda _: None
        self.has_body = self.action in BODY_FOLLOWS and "discard" not in request

    def go_on_from(self, before: Checksum) -> None:
        """The body goes on from what is there."""
        self.checksum, self.start = before.copy(), before.size

    def result(self) -> "Pending":
        """Wait until the request is done; raises what became of it otherwise."""
        self._waiter.wait_until(lambda: self.done)
        if self.error is not None:
            raise self.error
        return self

    def __getitem__(self, field: str) -> Any:
        """A field of the answer."""
        if self.answer is None:
            raise KeyError(field)
        return self.answer[field]

    def text(self, field: str) -> str:
        """A field of the answer that has to be a text; "" where it is none."""
        value = (self.answer or {}).get(field)
        return value if isinstance(value, str) else ""

"""What the scenarios stand on: where the server is, and a bare connection.

`Client` does what PROTOCOL.md wants of a client; `Wire` sends what it is told,
right or wrong.
"""

import json
import random
import socket
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional

from client import Client, Message, Refused
from frames import DATA, MESSAGE, Decoder, decode_message, encode, encode_message
from scram import Scram

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
# No wait of a scenario is longer.
SECONDS_MAX = 60.0
MIB = 1024 * 1024


class Server(NamedTuple):
    """Where ftpd listens, and an account of it."""

    host: str
    port: int
    user: str
    password: str
    # Where the account's home lies on this disk, if that is known.
    home: Optional[Path] = None

    def connect(self) -> Client:
        """A client that said hello."""
        return Client(self.host, self.port, SECONDS_MAX)

    def log_in(self) -> Client:
        """A client that is logged in."""
        client = self.connect()
        client.login(self.user, self.password)
        return client

    def wire(self) -> "Wire":
        """A bare connection."""
        return Wire(self.host, self.port)

    def wire_logged_in(self, start: int = 1) -> "Wire":
        """A bare connection that used the ids `start` to `start` + 2."""
        wire = self.wire()
        wire.hello(start)
        wire.login(self.user, self.password, start + 1)
        return wire


Scenario = Callable[[Server], None]
SCENARIOS: dict[str, Scenario] = {}


def scenario(function: Scenario) -> Scenario:
    """Add a function to the table of scenarios, under its own name."""
    SCENARIOS[function.__name__] = function
    return function


class Wire:
    """A connection whose every byte is a scenario's own affair."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), SECONDS_MAX)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._decoder = Decoder(data_due=True)

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, *parts: object) -> None:
        """Send messages (dict), DATA (bytes) in one write."""
        frames = [
            encode_message(part) if isinstance(part, dict) else encode(DATA, part)
            for part in parts
            if isinstance(part, (dict, bytes))
        ]
        self.send_raw(b"".join(frames))

    def send_raw(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(raw)

    def finish_sending(self) -> None:
        """Half-close."""
        self._socket.shutdown(socket.SHUT_WR)

    def next(self) -> Any:
        """The next message (dict) or DATA (bytes); None at the end.

        On a busy machine anything may take so long that `progress` comes.
        """
        while True:
            frame = self._decoder.next_frame()
            if frame is not None:
                if frame.kind != MESSAGE:
                    return frame.payload
                message = decode_message(frame.payload)
                if message.get("action") == "progress":
                    continue
                return message
            piece = self._socket.recv(64 * 1024)
            if not piece:
                assert self._decoder.left == 0, "the stream ended within a frame"
                return None
            self._decoder.feed(piece)

    def rest(self) -> bytes:
        """All bytes until the server closes."""
        pieces: list[bytes] = []
        while True:
            piece = self._socket.recv(64 * 1024)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)

    def ask(self, **message: Any) -> Message:
        """Send one message; the next thing that comes has to be its answer."""
        self.send(message)
        answer = self.next()
        assert isinstance(answer, dict), answer
        return answer

    def hello(self, number: int = 1) -> Message:
        """Say hello under an id."""
        answer = self.ask(action="hello", id=number, program="wire", versions=[1])
        expect(answer, id=number, status_code=200)
        return answer

    def login(self, user: str, password: str, number: int = 2) -> None:
        """Log in with two ids."""
        scram = Scram(user, password)
        step = {"action": "login", "username": user, "mechanism": "SCRAM-SHA-256"}
        first = self.ask(**step, id=number, data=scram.first)
        expect(first, id=number, status_code=205)
        last = self.ask(**step, id=number + 1, data=scram.final(first["data"]))
        expect(last, id=number + 1, status_code=200)
        scram.check(last["data"])


def expect(message: Any, **fields: Any) -> None:
    """The message has at least these fields."""
    assert isinstance(message, dict), f"{message!r} where {fields} was due"
    found = {key: message.get(key) for key in fields}
    assert found == fields, f"{message} where {fields} was due"


def refused(code: int, ask: Callable[..., object], *args: object) -> Refused:
    """What is asked has to be refused with this code."""
    try:
        ask(*args)
    except Refused as error:
        assert error.code == code, f"{error} where {code} was due"
        return error
    raise AssertionError(f"it was not refused with {code}")


def bytes_of(size: int, seed: int = 1) -> bytes:
    """So many bytes that look random, always the same."""
    return (
        random.Random(seed).getrandbits(size * 8).to_bytes(size, "big") if size else b""
    )


def pieces_of(body: bytes, size: int) -> Iterator[bytes]:
    """A body in pieces."""
    for start in range(0, len(body), size):
        yield body[start : start + size]


def serve_another(server: Server) -> None:
    """Let the server serve another connection meanwhile.

    A body that nobody reads fills the network's buffers and waits. Afterwards
    the server has also read what was sent on the waiting connection.
    """
    with server.log_in() as client:
        client.stat("")
        client.quit()


def end_of(number: int, body: bytes) -> Message:
    """The `end` of a body."""
    checksum = f"crc32:{zlib.crc32(body):08x}"
    return {"action": "end", "id": number, "size": len(body), "checksum": checksum}


def vector(name: str) -> Any:
    """A file of tests/vectors."""
    return json.loads((VECTORS / name).read_text("utf-8"))


class Relay:
    """Passes one connection on to ftpd, and changes one byte that comes back."""

    def __init__(self, server: Server, after: bytes, distance: int) -> None:
        self._after, self._distance = after, distance
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port: int = self._listener.getsockname()[1]
        self._far = socket.create_connection((server.host, server.port), SECONDS_MAX)
        self._near: Optional[socket.socket] = None
        threading.Thread(target=self._back, daemon=True).start()

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._far, self._near, self._listener):
            if one is not None:
                one.close()

    def connect(self) -> Client:
        """A client that speaks to ftpd through this."""
        return Client("127.0.0.1", self._port, SECONDS_MAX)

    def _forth(self, near: socket.socket) -> None:
        try:
            while True:
                piece = near.recv(64 * 1024)
                if not piece:
                    self._far.shutdown(socket.SHUT_WR)
                    return
                self._far.sendall(piece)
        except OSError:
            pass  # The scenario is over.

    def _back(self) -> None:
        try:
            near = self._near = self._listener.accept()[0]
            threading.Thread(target=self._forth, args=(near,), daemon=True).start()
            while True:
                piece = bytearray(self._far.recv(64 * 1024))
                if not piece:
                    near.shutdown(socket.SHUT_WR)
                    return
                found = piece.find(self._after)
                if found >= 0:
                    at = found + len(self._after) + self._distance
                    piece[at] = ord("A") if piece[at] != ord("A") else ord("B")
                near.sendall(piece)
        except OSError:
            pass  # The scenario is over.

"""A client of the framed protocol, from PROTOCOL.md alone; standard library only.

    with Client("127.0.0.1", 10021) as client:
        client.login("alex", "123")
        client.put("a.txt", [b"Hello, world!\\n"])
        print(b"".join(client.get("a.txt").chunks))
        client.quit()

Three threads share a connection: the caller's, one that writes and one that
reads. So the client goes on reading whatever it writes (PROTOCOL.md, 2,
"Pipelining"): without that both sides could wait for each other. `*_later`
send a request and return at once; `Pending.result()` waits for its answer.
"""

import contextlib
import hashlib
import socket
import threading
import time
import zlib
from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Callable, Optional

from frames import (
    DATA,
    DATA_BYTES_MAX,
    HEADER,
    MESSAGE,
    Decoder,
    FrameError,
    decode_message,
    encode_message,
)
from scram import Scram, ScramError

PROGRAM = "interop/1"
VERSION = 1
MECHANISM = "SCRAM-SHA-256"
# Codes of PROTOCOL.md, 8, that a client acts on.
SUCCESS = 200
LOGIN_CONTINUES = 205
# Bytes that wait for the writing thread before a body's sender waits, too.
QUEUE_BYTES_MAX = 2 * DATA_BYTES_MAX
# Notices are written without waiting for room: only so many may wait.
PONGS_MAX = 1_000
READ_BYTES = 256 * 1024
# PROTOCOL.md, 1, "The first byte".
STRANGERS = {0x53: "SSH", 0x32: "FTP", 0x48: "HTTP", 0x15: "TLS", 0x16: "TLS"}

Message = dict[str, Any]


class Refused(Exception):
    """The server did not do the request; the connection is as good as before."""

    def __init__(self, code: int, text: str) -> None:
        # The text may hold control characters: they must not steer a terminal.
        super().__init__(f"{code} {text!a}")
        self.code = code
        self.text = text


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
    """Size and checksum of a body (PROTOCOL.md, 3)."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.size = 0
        self._crc32 = 0
        self._sha256 = hashlib.sha256()

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


class Pending:
    """A request under way. All but `result` belongs to the client."""

    def __init__(self, client: "Client", request: Message) -> None:
        self._client = client
        self.id: int = request["id"]
        self.action: str = request["action"]
        # Bytes of the request's MESSAGE payload, counted for `bytes_ahead`.
        self.bytes = 0
        self.answer: Optional[Message] = None
        self.error: Optional[Exception] = None
        self.done = False  # answered, and a get's body is through as well
        self.ended = False  # of a put: its `end` is on its way
        # Of a get: where its body goes, and what came of it so far.
        self.chunks: list[bytes] = []
        self.write: Callable[[bytes], Any] = self.chunks.append
        self.checksum = Checksum(request.get("checksum_type", "crc32"))

    def result(self) -> "Pending":
        """Wait until the request is done; raises what became of it otherwise."""
        self._client.wait_until(lambda: self.done)
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


class Client:
    """One connection. Its methods may be called by any thread."""

    def __init__(
        self,
        host: str,
        port: int,
        silence_seconds: float = 60.0,
        program: str = PROGRAM,
    ) -> None:
        """Connect and say hello; `hello` holds the server's answer."""
        # Who waits gives up when no byte moves either way for so long (7).
        self._silence_seconds = silence_seconds
        self._socket = socket.create_connection((host, port), silence_seconds)
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Guards all below. Whoever changes any of it wakes all who wait.
        self._changed = threading.Condition()
        self._unanswered: deque[Pending] = deque()
        self._body: Optional[Pending] = None  # the get whose body is coming
        self._outgoing: deque[bytes] = deque()
        self._outgoing_bytes = 0
        self._no_more = False  # after what waits, our side is closed
        self._over: Optional[Exception] = None
        self._going: Optional[GoneAway] = None  # what goaway said
        self._moved_at = time.monotonic()
        self._pings: dict[str, bool] = {}  # answered, by token
        self._heard_any = False
        self._last_id = 0
        # Held while a request and its body are sent: no other may come between.
        self._turn = threading.RLock()
        self._decoder = Decoder()
        self._threads = [
            threading.Thread(target=self._keep_reading, daemon=True),
            threading.Thread(target=self._keep_writing, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._requests_ahead, self._bytes_ahead = 1, 0
        try:
            self.hello = self._hello(program)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        _type: Optional[type[BaseException]],
        _error: Optional[BaseException],
        _trace: Optional[TracebackType],
    ) -> None:
        self.close()

    # Requests (PROTOCOL.md, 4).

    def _hello(self, program: str) -> Message:
        answer = self.request(action="hello", program=program, versions=[VERSION])
        if answer["version"] != VERSION:
            raise self._break("the server speaks a version that was not offered")
        limits = answer["limits"]
        self._requests_ahead = max(1, limits["requests_ahead"])
        self._bytes_ahead = limits["bytes_ahead"]
        return answer

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

    def stat(self, name: str) -> Message:
        """`type`, `size` and `mtime` of a file or folder."""
        return self.request(action="stat", filename=name)

    def get(
        self,
        name: str,
        write: Optional[Callable[[bytes], Any]] = None,
        checksum: str = "crc32",
    ) -> Pending:
        """Get a file; its body goes to `write`, or to `chunks`.

        What was written is verified when this returns, and not before.
        """
        return self.get_later(name, write, checksum).result()

    def get_later(
        self,
        name: str,
        write: Optional[Callable[[bytes], Any]] = None,
        checksum: str = "crc32",
    ) -> Pending:
        """Ask for a file, but do not wait for it.

        The reading thread calls `write`: it must not wait for the client, and
        what it raises ends the connection.
        """
        request = {"action": "get", "filename": name, "checksum_type": checksum}
        return self._ask(request, write)

    def put(self, name: str, body: Iterable[bytes], **options: Any) -> Pending:
        """Put a file; the answer has `size` and `checksum` as the server saw it.

        Options: `size` where it is known, `mtime`, `checksum`.
        """
        return self.put_later(name, body, **options).result()

    def put_later(
        self,
        name: str,
        body: Iterable[bytes],
        size: Optional[int] = None,
        mtime: Optional[str] = None,
        checksum: str = "crc32",
        started: Optional[Callable[[Pending], Any]] = None,
    ) -> Pending:
        """Send a put and its whole body, but do not wait for the answer.

        Once the server refuses it (PROTOCOL.md, 3, "Refused early"), the rest
        is not read from `body`. `started` gets the request before the body.
        """
        request: Message = {"action": "put", "filename": name}
        request["checksum_type"] = checksum
        if size is not None:
            request["size"] = size
        if mtime is not None:
            request["mtime"] = mtime
        with self._turn:
            # No body may still be to come from the server.
            self.wait_until(
                lambda: (
                    self._body is None
                    and not any(one.action == "get" for one in self._unanswered)
                )
            )
            pending = self._ask(request)
            try:
                if started is not None:
                    started(pending)
                self._send_body(pending, body)
            except BaseException:
                self._send_message({"action": "abort", "id": pending.id})
                raise
        return pending

    def _send_body(self, pending: Pending, body: Iterable[bytes]) -> None:
        for chunk in body:
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

    def quit(self) -> None:
        """End the session well; raises ConnectionOver if it ends otherwise."""
        self.request(action="quit")
        for thread in self._threads:
            thread.join(self._silence_seconds)
        if self._body is not None or self._decoder.left:
            raise ConnectionOver("the stream ended within a frame or a body")

    def request(self, **request: Any) -> Message:
        """Any request without a body, by its fields; returns its answer."""
        answer = self._ask(request).result().answer
        assert answer is not None
        return answer

    def request_later(self, **request: Any) -> Pending:
        """The same, without waiting for the answer."""
        return self._ask(request)

    # Notices (PROTOCOL.md, 5).

    def cancel(self, pending: Pending) -> None:
        """Ask the server to stop a request: wait for its result all the same."""
        self._send_message({"action": "cancel", "id": pending.id})

    def ping(self, token: str) -> None:
        """Returns when the server has answered; no two with the same token."""
        with self._changed:
            self._pings[token] = False
        self._send_message({"action": "ping", "token": token})
        self.wait_until(lambda: self._pings[token])
        with self._changed:
            del self._pings[token]

    # The connection.

    def finish_sending(self) -> None:
        """Close our side of the connection: every answer still comes (6)."""
        with self._changed:
            self._no_more = True
            self._changed.notify_all()

    def close(self) -> None:
        """End the connection now."""
        self._end(ConnectionOver("the connection was closed by us"))
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        self._socket.close()

    def wait_until(self, happened: Callable[[], bool]) -> None:
        """Wait for a change; raises what ended the connection before it."""
        with self._changed:
            began = time.monotonic()
            while not happened():
                if self._over is not None:
                    raise self._over
                quiet = time.monotonic() - max(began, self._moved_at)
                if quiet >= self._silence_seconds:
                    self._end(ConnectionOver("nothing comes from the server"))
                self._changed.wait(max(0.0, self._silence_seconds - quiet))

    def _ask(
        self, request: Message, write: Optional[Callable[[bytes], Any]] = None
    ) -> Pending:
        """Give a request its id and queue it."""
        with self._turn:
            # Not required, but what runs farther ahead may be left unread (2).
            self.wait_until(self._has_room_ahead)
            with self._changed:
                if self._going is not None:
                    raise GoneAway(self._going.code, self._going.text, True)
                self._last_id += 1
                request = {**request, "id": self._last_id}
                pending = Pending(self, request)
                if write is not None:
                    pending.write = write
                frame = encode_message(request)
                pending.bytes = len(frame) - HEADER.size
                # Both at once, so that an answer always finds its request.
                self._unanswered.append(pending)
                self._queue(frame)
            return pending

    def _has_room_ahead(self) -> bool:
        waiting = self._unanswered
        return not waiting or (
            len(waiting) < self._requests_ahead
            and sum(one.bytes for one in waiting) < self._bytes_ahead
        )

    # Writing.

    def _send_message(self, message: Message) -> None:
        with self._changed:
            self._queue(encode_message(message))

    def _send(self, *pieces: bytes) -> None:
        """Queue pieces of a body, once there is room."""
        self.wait_until(lambda: self._outgoing_bytes < QUEUE_BYTES_MAX)
        with self._changed:
            self._queue(*pieces)

    def _queue(self, *pieces: bytes) -> None:
        """Queue bytes now; the caller holds `_changed`."""
        if self._over is not None:
            raise self._over
        if self._no_more:
            raise ConnectionOver("our side was closed by finish_sending()")
        self._outgoing.extend(pieces)
        self._outgoing_bytes += sum(map(len, pieces))
        self._changed.notify_all()

    def _keep_writing(self) -> None:
        try:
            while True:
                with self._changed:
                    while not (self._outgoing or self._no_more or self._over):
                        self._changed.wait()
                    if self._over is not None:
                        return
                    # All that waits goes out in one write.
                    joined = b"".join(self._outgoing)
                    self._outgoing.clear()
                if not joined:
                    self._socket.shutdown(socket.SHUT_WR)
                    return
                self._socket.sendall(joined)
                with self._changed:
                    self._outgoing_bytes -= len(joined)
                    self._moved_at = time.monotonic()
                    self._changed.notify_all()
        except OSError:
            pass  # The reading thread meets the same, after the last answers.

    # Reading.

    def _keep_reading(self) -> None:
        try:
            while True:
                piece = self._socket.recv(READ_BYTES)
                if not piece:
                    if self._decoder.left or self._body is not None:
                        raise self._break("the connection was lost in mid-body")
                    raise ConnectionOver("the server closed the connection")
                if not self._heard_any and piece[0] != 0:
                    raise ConnectionOver(_stranger(piece[0]))
                self._heard_any = True
                self._decoder.feed(piece)
                self._take_frames()
        except (FrameError, OSError, ValueError, KeyError, TypeError) as error:
            self._end(ConnectionOver(f"{type(error).__name__}: {error}"))
        except Exception as error:  # a `write` of the caller's, too
            self._end(error)

    def _take_frames(self) -> None:
        while True:
            self._decoder.data_due = self._body is not None
            frame = self._decoder.next_frame()
            with self._changed:
                self._moved_at = time.monotonic()
            if frame is None:
                return
            if frame.kind == MESSAGE:
                message = decode_message(frame.payload)
                with self._changed:
                    self._take_message(message)
                    self._changed.notify_all()
            else:
                self._take_data(frame.payload)

    def _take_data(self, piece: bytes) -> None:
        """Bytes of a body; `write` is called without holding any lock."""
        pending = self._body
        assert pending is not None  # the decoder refuses DATA otherwise
        pending.checksum.update(piece)
        if pending.checksum.size > pending["size"]:
            raise self._break("a body is longer than was said")
        pending.write(piece)

    def _take_message(self, message: Message) -> None:
        action = message.get("action")
        if action is None:
            self._take_answer(message)
        elif action in ("end", "abort") and self._body is not None:
            self._take_body_end(self._body, message)
        elif action == "ping":
            self._answer_ping(message)
        elif action == "pong":
            if message.get("token") in self._pings:
                self._pings[message["token"]] = True
        elif action == "goaway":
            self._take_goaway(message)
        # progress, mark and what later versions add: nothing to do.

    def _take_answer(self, message: Message) -> None:
        """Answers come in the order of the requests, none within a body (3)."""
        if not self._unanswered or self._unanswered[0].id != message["id"]:
            raise self._break("an answer to nothing that was asked")
        if self._body is not None:
            raise self._break("an answer in the midst of a body")
        pending = self._unanswered.popleft()
        pending.answer = message
        code = message["status_code"]
        continues = code == LOGIN_CONTINUES and pending.action == "login"
        if code != SUCCESS and not continues:
            pending.error = Refused(code, message["status_msg"])
        elif pending.action == "get":
            self._body = pending
            return
        elif pending.action == "put":
            if not pending.ended:
                raise self._break("a put was done before its body was sent")
            sent = pending.checksum
            if [message["size"], message["checksum"]] != [sent.size, str(sent)]:
                pending.error = Damaged("the server has something else than was sent")
        pending.done = True

    def _take_body_end(self, pending: Pending, message: Message) -> None:
        if message["id"] != pending.id:
            raise self._break("the end of another body than the one that came")
        received = pending.checksum
        if message["action"] == "abort":
            pending.error = Refused(message["status_code"], message["status_msg"])
        elif received.size != pending["size"]:
            raise self._break("a body is shorter than was said")
        elif [message["size"], message["checksum"]] != [received.size, str(received)]:
            pending.error = Damaged("size or checksum differs")
        self._body = None
        pending.done = True

    def _answer_ping(self, message: Message) -> None:
        pong: Message = {"action": "pong"}
        if "token" in message:
            pong["token"] = message["token"]
        if len(self._outgoing) < PONGS_MAX and not self._no_more:
            self._queue(encode_message(pong))

    def _take_goaway(self, message: Message) -> None:
        """Requests after `last_id` were not touched; those before go on."""
        code, text = message["status_code"], message["status_msg"]
        self._going = self._going or GoneAway(code, text)
        for pending in [p for p in self._unanswered if p.id > message["last_id"]]:
            self._unanswered.remove(pending)
            pending.error = GoneAway(code, text, untouched=True)
            pending.done = True

    # The end.

    def _break(self, what: str) -> ConnectionOver:
        """What the server did is against the protocol: end the connection."""
        error = ConnectionOver(what)
        self._end(error)
        return error

    def _end(self, error: Exception) -> None:
        """Nothing more is read or written; the first reason is kept."""
        with self._changed:
            if self._over is None:
                self._over = self._going or error
                # Where it has ended already, there is nothing to shut.
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
            for pending in [*self._unanswered, *([self._body] if self._body else [])]:
                pending.error = pending.error or self._over
                pending.done = True
            self._unanswered.clear()
            self._changed.notify_all()


def _stranger(first_byte: int) -> str:
    name = STRANGERS.get(first_byte)
    if name is None:
        return "the server does not speak the framed protocol"
    return f"the server seems to speak {name}, not the framed protocol"

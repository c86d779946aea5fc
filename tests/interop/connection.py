"""One connection of the framed protocol: frames both ways (PROTOCOL.md, 1 to 3, 5).

Three threads share it: the caller's, one that writes and one that reads. So it
goes on reading whatever is written (PROTOCOL.md, 2, "Pipelining"): without that
both sides could wait for each other. What requests mean is in client.py.
"""

import contextlib
import socket
import threading
import time
from collections import deque
from types import TracebackType
from typing import Any, Callable, Optional

from frames import (
    DATA_BYTES_MAX,
    HEADER,
    MESSAGE,
    Decoder,
    FrameError,
    decode_message,
    encode_message,
)
from pending import (
    Checksum,
    ConnectionOver,
    Damaged,
    GoneAway,
    Message,
    Pending,
    Refused,
)

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


class Connection:
    """One connection. Its methods may be called by any thread."""

    def __init__(self, host: str, port: int, silence_seconds: float) -> None:
        """Connect; nothing is said yet."""
        # Who waits gives up when no byte moves either way for so long (7).
        self._silence_seconds = silence_seconds
        self._socket = socket.create_connection((host, port), silence_seconds)
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Guards all below. Whoever changes any of it wakes all who wait.
        self._changed = threading.Condition()
        self._unanswered: deque[Pending] = deque()
        self._body: Optional[Pending] = None  # the request whose body is coming
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

    def __exit__(
        self,
        _type: Optional[type[BaseException]],
        _error: Optional[BaseException],
        _trace: Optional[TracebackType],
    ) -> None:
        self.close()

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

    def no_body_comes(self) -> bool:
        """Whether the server has sent every body that was asked for (3)."""
        return self._body is None and not any(
            one.has_body for one in self._unanswered
        )

    def _ask(
        self,
        request: Message,
        write: Optional[Callable[[bytes], Any]] = None,
        agree: Optional[Callable[[Message], Any]] = None,
        before: Optional[Checksum] = None,
        marked: Optional[Callable[[Message], Any]] = None,
    ) -> Pending:
        """Give a request its id and queue it.

        The body of its answer goes to `write`, what its `end` says to `agree`,
        marks in it to `marked`: all are called by the reading thread, and must
        not wait for us. Its checksum goes on from `before`.
        """
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
                if agree is not None:
                    pending.agree = agree
                if before is not None:
                    pending.go_on_from(before)
                if marked is not None:
                    pending.marked = marked
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
        size = pending.checksum.size - pending.start
        if pending.action == "get" and size > pending["size"]:
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
        elif action == "mark":
            self._take_mark(message)
        elif action == "goaway":
            self._take_goaway(message)
        # Progress, and what later versions add: nothing to do.

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
            pending.error = Refused(code, message["status_msg"], message)
        elif pending.has_body:
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
        elif (
            pending.action == "get"
            and received.size - pending.start != pending["size"]
        ):
            raise self._break("a body is shorter than was said")
        elif [message["size"], message["checksum"]] != [received.size, str(received)]:
            pending.error = Damaged("size or checksum differs")
        else:
            pending.end = message
            pending.agree(message)
        self._body = None
        pending.done = True

    def _take_mark(self, message: Message) -> None:
        """What the server says of the file so far has to be what came (5)."""
        pending = self._body
        if pending is None or pending.id != message["id"]:
            return
        so_far = [pending.checksum.size, str(pending.checksum)]
        if [message["offset"], message["checksum"]] != so_far:
            raise self._break("a mark of other bytes than those that came")
        pending.marked(message)

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

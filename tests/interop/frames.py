"""Frames of the framed protocol: bytes to frames and back (PROTOCOL.md, 1).

Nothing here knows sockets or what a message means, so that all of it can be
tried with bytes in memory.
"""

import json
import struct
from dataclasses import dataclass
from typing import Any, Optional

HEADER = struct.Struct(">BI")  # kind, then the length of the payload
MESSAGE = 0
DATA = 1

# Payloads, in bytes (PROTOCOL.md, 1, "limit").
PAYLOAD_BYTES_MIN = 1
MESSAGE_BYTES_MAX = 65_536
MESSAGE_BYTES_MAX_BEFORE_LOGIN = 4_096
DATA_BYTES_MAX = 1_048_576


class FrameError(Exception):
    """A broken frame: nothing that follows in the stream can be read.

    `code` is one of `bad_kind`, `bad_length`, `data_not_due`, `bad_message`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Frame:
    """One whole frame; `kind` is MESSAGE or DATA."""

    kind: int
    payload: bytes


class Decoder:
    """Takes a stream in pieces of any size and gives its frames.

    `data_due` and `before_login` say what may come next. Whoever reads sets
    them between two frames: what a frame means may change what may follow it.
    """

    def __init__(self, data_due: bool = False, before_login: bool = False) -> None:
        self.data_due = data_due
        self.before_login = before_login
        self._bytes = bytearray()

    @property
    def left(self) -> int:
        """How many bytes stand here that make no whole frame yet."""
        return len(self._bytes)

    def feed(self, piece: bytes) -> None:
        """Add what came from the peer."""
        self._bytes += piece

    def next_frame(self) -> Optional[Frame]:
        """Take the next whole frame, or None where more bytes are needed.

        Raises FrameError as soon as the bytes that are here show it: of a
        kind that may not come that is its first byte, of a length the header.
        """
        if not self._bytes:
            return None
        kind = self._bytes[0]
        if kind not in (MESSAGE, DATA):
            raise FrameError("bad_kind")
        if kind == DATA and not self.data_due:
            raise FrameError("data_not_due")
        if len(self._bytes) < HEADER.size:
            return None
        length = HEADER.unpack_from(self._bytes)[1]
        if not PAYLOAD_BYTES_MIN <= length <= self._longest(kind):
            raise FrameError("bad_length")
        end = HEADER.size + length
        if len(self._bytes) < end:
            return None
        with memoryview(self._bytes) as view:
            payload = bytes(view[HEADER.size : end])
        del self._bytes[:end]
        return Frame(kind, payload)

    def _longest(self, kind: int) -> int:
        if kind == DATA:
            return DATA_BYTES_MAX
        if self.before_login:
            return MESSAGE_BYTES_MAX_BEFORE_LOGIN
        return MESSAGE_BYTES_MAX


def encode(kind: int, payload: bytes) -> bytes:
    """The bytes of one frame."""
    return HEADER.pack(kind, len(payload)) + payload


def encode_message(message: dict[str, Any]) -> bytes:
    """The frame of one message."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate, which is no Unicode, can only go as an escape.
    payload = text.encode("utf-8", "backslashreplace")
    if len(payload) > MESSAGE_BYTES_MAX:
        raise ValueError("a message of over 65,536 bytes cannot be sent")
    return encode(MESSAGE, payload)


def decode_message(payload: bytes) -> dict[str, Any]:
    """The object in a MESSAGE's payload; FrameError where it holds none."""
    try:
        # Strict UTF-8; a byte order mark stays and is no JSON.
        value = json.loads(
            payload.decode("utf-8"),
            parse_int=_number,
            parse_float=_number,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError) as error:
        raise FrameError("bad_message") from error
    if not isinstance(value, dict):
        raise FrameError("bad_message")
    return value


def _number(text: str) -> Any:
    """JSON's numbers as most languages read them: 1, 1.0 and 1e0 are one."""
    number = float(text)
    return int(number) if number.is_integer() else number


def _refuse(name: str) -> Any:
    """NaN and the infinities are Python's, not JSON's."""
    raise ValueError(f"{name} is no JSON")

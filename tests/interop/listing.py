"""Listings: the bodies of `list` and `walk` (PROTOCOL.md, 4, "list and walk").

Nothing here knows connections: bytes to entries, and every rule that a server
has to keep about them. What breaks one is an error.
"""

import re
import unicodedata
from typing import Any, Optional

from frames import decode_message

Entry = dict[str, Any]

LINE_BYTES_MAX = 65_536
SEGMENT_BYTES_MAX = 255
PATH_BYTES_MAX = 4_096
ESCAPED_UNITS_MAX = 8_193
VERSION_UNITS_MAX = 256
MODE_MAX = 0o7777
NANOSECONDS = re.compile(r"-?[0-9]{1,21}")
TRANSFER = re.compile(r"[0-9a-f]{32}")
CHECKSUM = re.compile(r"crc32:[0-9a-f]{8}|sha256:[0-9a-f]{64}")


class Listing:
    """Takes a listing in pieces of any size; its entries as they come.

    `kind` is "name" for a list, "path" for a walk; of the lines of a `resume`
    "state" where something was asked for, and "part" where nothing was.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._left = b""
        self.entries: list[Entry] = []

    def feed(self, piece: bytes) -> None:
        """Add the next bytes of the body."""
        *lines, self._left = (self._left + piece).split(b"\n")
        for line in [*lines, self._left]:
            if len(line) > LINE_BYTES_MAX:
                raise ValueError("a line of a listing is too long")
        self.entries.extend(entry_of(line, self._kind) for line in lines)

    def agree(self, end: dict[str, Any]) -> None:
        """Whether its `end` says of the body what came."""
        if self._left:
            raise ValueError("a listing ended within a line")
        if end["entries"] != len(self.entries):
            raise ValueError("a listing has not as many lines as its end says")
        if end.get("more") is True and "path" not in (self.entries or [{}])[-1]:
            raise ValueError("there is more, but no name to ask for it by")


def entry_of(line: bytes, kind: str) -> Entry:
    """One line; its `name` or `path` can be made a file of, or it has none."""
    if kind in ("state", "part"):
        return resume_line(line, kind)
    entry = decode_message(line)
    if not isinstance(entry["type"], str):
        raise ValueError("a line of a listing is no entry")
    if entry.get("unreachable") is True:
        escaped = entry[f"{kind}_escaped"]
        if not isinstance(escaped, str) or units(escaped) > ESCAPED_UNITS_MAX:
            raise ValueError("an unreachable name is no short text")
        if kind in entry:
            raise ValueError("a name that can be reached, and cannot")
        return entry
    check_path(entry[kind], 1 if kind == "name" else None)
    if entry["type"] not in ("file", "dir", "link"):
        entry["type"] = "other"
    if not isinstance(entry["size"], int) or entry["size"] < 0:
        raise ValueError("a size is no number")
    if not NANOSECONDS.fullmatch(entry["mtime"]):
        raise ValueError("a time is no number of nanoseconds")
    mode = entry.get("mode", 0)
    if not isinstance(mode, int) or not 0 <= mode <= MODE_MAX:
        raise ValueError("a mode is none")
    if units(entry["version"]) > VERSION_UNITS_MAX:
        raise ValueError("a version is too long")
    if entry["type"] == "link" and not isinstance(entry["target"], str):
        raise ValueError("a link has no text")
    return entry


def resume_line(line: bytes, kind: str) -> Entry:
    """One line of a `resume` (PROTOCOL.md, 4, "resume")."""
    entry = decode_message(line)
    if kind == "state" and not isinstance(entry["state"], str):
        raise ValueError("a state is no text")
    if kind == "part":
        if not TRANSFER.fullmatch(entry["transfer"]):
            raise ValueError("a transfer is none")
        if not isinstance(entry["identity"], str):
            raise ValueError("an identity is no text")
        if not NANOSECONDS.fullmatch(entry["updated"]):
            raise ValueError("a time is no number of nanoseconds")
        if not isinstance(entry["in_use"], bool):
            raise ValueError("a part is in use, or is not")
        check_path(entry["filename"])
    if kind == "part" or entry["state"] == "part":
        if not isinstance(entry["offset"], int) or entry["offset"] < 0:
            raise ValueError("an offset is no number")
        if not CHECKSUM.fullmatch(entry["checksum"]):
            raise ValueError("a checksum is none")
    return entry


def check_path(path: str, segments: Optional[int] = None) -> None:
    """Whether a path is one that a request can have, as it is written."""
    if len(path.encode("utf-8")) > PATH_BYTES_MAX:  # a lone surrogate raises
        raise ValueError("a path is too long")
    parts = path.split("/")
    if segments is not None and len(parts) != segments:
        raise ValueError("a name has a slash")
    for part in parts:
        if part in ("", ".", "..") or len(part.encode("utf-8")) > SEGMENT_BYTES_MAX:
            raise ValueError("a name is none")
        if "\\" in part or any(unicodedata.category(c) == "Cc" for c in part):
            raise ValueError("a name holds what none can")
        if part.startswith((".ftpd-", ".ftpc-")):
            raise ValueError("a name is one that a server keeps for itself")


def walk_key(path: str) -> list[bytes]:
    """Sorts paths as a walk does: each segment by its UTF-16 code units."""
    return [part.encode("utf-16-be") for part in path.split("/")]


def units(text: str) -> int:
    """The length of a text in UTF-16 code units."""
    return len(text.encode("utf-16-be", "surrogatepass")) // 2

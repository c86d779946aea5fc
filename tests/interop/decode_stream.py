"""Decodes streams for tests/fuzz/differential_test.ts.

Reads JSON lines from stdin, `{"hex", "cuts", "data_due", "before_login"}`: the
bytes of a stream, where they are cut into pieces, and what may come in it.
Answers each by a line, `{"frames", "error", "left"}`: the whole frames (neighbours
of DATA as one), what is broken after them (or null), and how many bytes stand
at the end.
"""

import json
import sys
from typing import Any, Optional

sys.dont_write_bytecode = True  # leaves no __pycache__ in the repository

from frames import MESSAGE, Decoder, Frame, FrameError, decode_message  # noqa: E402


def main() -> None:
    """Answer every line of stdin."""
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(decode(asked)))


def decode(asked: dict[str, Any]) -> dict[str, Any]:
    """What the decoder says of one stream."""
    stream = bytes.fromhex(asked["hex"])
    decoder = Decoder(asked["data_due"], asked["before_login"])
    frames: list[dict[str, Any]] = []
    error: Optional[str] = None
    edges = [0, *sorted(asked["cuts"]), len(stream)]
    try:
        for start, end in zip(edges, edges[1:]):
            decoder.feed(stream[start:end])
            while True:
                frame = decoder.next_frame()
                if frame is None:
                    break
                add(frames, frame)
    except FrameError as broken:
        error = broken.code
    return {"frames": frames, "error": error, "left": decoder.left}


def add(frames: list[dict[str, Any]], frame: Frame) -> None:
    """Add a frame as JSON; of a message also whether it holds an object.

    DATA that follows DATA is joined to it: where a body is cut into frames
    means nothing (PROTOCOL.md, 1).
    """
    hexed = frame.payload.hex()
    if frame.kind == MESSAGE:
        frames.append({"kind": "message", "hex": hexed, "object": is_object(frame)})
    elif frames and frames[-1]["kind"] == "data":
        frames[-1]["hex"] += hexed
    else:
        frames.append({"kind": "data", "hex": hexed})


def is_object(frame: Frame) -> bool:
    """Whether a message's payload is what a message has to be."""
    try:
        decode_message(frame.payload)
        return True
    except FrameError:
        return False


if __name__ == "__main__":
    main()

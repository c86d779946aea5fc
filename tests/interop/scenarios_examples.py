"""The examples of PROTOCOL.md, 10, of what came after version 1's beginning."""

import json
from typing import Any

from frames import MESSAGE, Decoder, decode_message, encode, encode_message
from harness import VECTORS, Server, expect, scenario, vector
from listing import Listing


@scenario
def examples_are_what_they_say(_: Server) -> None:
    """Each step of tests/vectors: its frame, its text, and what is expected."""
    steps = 0
    for file in sorted(VECTORS.glob("*.json")):
        for step in vector(file.name).get("steps", []):
            if "hex" in step:
                steps += 1
                check_step(step)
    assert steps > 100, steps


def check_step(step: dict[str, Any]) -> None:
    """The bytes of a step, through the decoder, and made again."""
    raw = bytes.fromhex(step["hex"])
    decoder = Decoder(data_due="data" in step)
    decoder.feed(raw)
    frame = decoder.next_frame()
    assert frame is not None and decoder.left == 0, step
    if "data" in step:
        assert frame.payload == step["data"].encode("utf-8"), step
        assert encode(frame.kind, frame.payload) == raw
        if "expect_lines" in step:
            expect_lines(step, frame.payload)
        return
    assert frame.kind == MESSAGE and frame.payload == step["text"].encode("utf-8")
    message = decode_message(frame.payload)
    assert message == json.loads(step["text"]), step
    assert encode_message(message) == raw, step
    if "expect" in step:
        expect(message, **step["expect"])


def expect_lines(step: dict[str, Any], body: bytes) -> None:
    """A body has the lines that a step expects, in any order for a list."""
    due = step["expect_lines"]
    lines = [decode_message(line) for line in body.splitlines()]
    if not any("type" in line for line in lines):  # of resume: no listing
        assert len(lines) == len(due), lines
        for found_line, line in zip(lines, due):
            expect(found_line, **line)
        return
    is_walk = any("path" in line or "path_escaped" in line for line in due)
    listing = Listing("path" if is_walk else "name")
    listing.feed(body)
    listing.agree({"entries": len(due)})
    found = listing.entries
    if not is_walk:
        due = sorted(due, key=lambda line: str(line["name"]))
        found = sorted(found, key=lambda line: str(line["name"]))
    for entry, line in zip(found, due):
        expect(entry, **line)


@scenario
def examples_of_folders(server: Server) -> None:
    """tests/vectors/folders.json against the server, byte by byte."""
    replay(server, "folders.json")


@scenario
def examples_of_resume(server: Server) -> None:
    """tests/vectors/resume.json against the server, byte by byte."""
    replay(server, "resume.json")


def replay(server: Server, name: str) -> None:
    """Send what a vector's client sends, byte by byte; compare the answers."""
    with server.wire_logged_in() as wire:
        for step in vector(name)["steps"]:
            if step["from"] == "client":
                for byte in bytes.fromhex(step["hex"]):
                    wire.send_raw(bytes([byte]))
                continue
            part = wire.next()
            if step.get("closes"):
                assert part is None, part
            elif "expect_lines" in step:
                expect_lines(step, part)
            elif "data" in step:
                assert part == step["data"].encode(), part
            else:
                expect(part, **step["expect"])

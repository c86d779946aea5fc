"""The files of tests/vectors (PROTOCOL.md, 10)."""

from frames import DATA, MESSAGE, Decoder, FrameError, encode
from harness import Server, expect, scenario, vector


@scenario
def vectors_of_frames(_: Server) -> None:
    """tests/vectors/frames.json, byte by byte."""
    for case in vector("frames.json")["cases"]:
        decoder = Decoder(case.get("data_due", False), case.get("before_login", False))
        frames = []
        error = None
        try:
            for byte in bytes.fromhex(case["hex"]):
                decoder.feed(bytes([byte]))
                frame = decoder.next_frame()
                if frame is not None:
                    frames.append(frame)
        except FrameError as broken:
            error = broken.code
        due = [
            (MESSAGE, frame["text"].encode())
            if frame["kind"] == "message"
            else (DATA, bytes.fromhex(frame["hex"]))
            for frame in case["frames"]
        ]
        assert [(frame.kind, frame.payload) for frame in frames] == due, case["name"]
        assert error == case.get("error"), case["name"]
        if error is None:
            assert decoder.left == case.get("left", 0), case["name"]


@scenario
def vectors_of_messages(server: Server) -> None:
    """tests/vectors/messages.json: each to a server that was told nothing yet."""
    for case in vector("messages.json")["cases"]:
        with server.wire() as wire:
            wire.send_raw(encode(MESSAGE, bytes.fromhex(case["hex"])))
            if "action" in case:
                # Good: a ping may be left unanswered, a request is too early.
                if case["action"] != "ping":
                    expect(wire.next(), status_code=211)
                continue
            answer = wire.next()
            assert answer["status_code"] == case["status_code"], (case["name"], answer)
            if case["status_code"] == 212:
                expect(answer, action="goaway", last_id=0)
                assert wire.next() is None, case["name"]


@scenario
def vectors_of_first_bytes(server: Server) -> None:
    """tests/vectors/first_byte.json: what strangers get."""
    for case in vector("first_byte.json")["cases"]:
        with server.wire() as wire:
            wire.send_raw(bytes.fromhex(case["hex"]))
            wire.finish_sending()
            reply = wire.rest()
            due = bytes.fromhex(case["reply_hex"])
            assert reply.startswith(due), (case["name"], reply)
            assert bool(reply) == bool(due), (case["name"], reply)


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
            elif "data" in step:
                assert part == step["data"].encode(), part
            else:
                expect(part, **step["expect"])


@scenario
def vectors_put_get(server: Server) -> None:
    """tests/vectors/put_get.json against the server."""
    replay(server, "put_get.json")


@scenario
def vectors_pipelining(server: Server) -> None:
    """tests/vectors/pipelining.json against the server."""
    replay(server, "pipelining.json")


@scenario
def vectors_abort_cancel(server: Server) -> None:
    """tests/vectors/abort_cancel.json against the server."""
    replay(server, "abort_cancel.json")


@scenario
def vectors_errors(server: Server) -> None:
    """tests/vectors/errors.json against the server."""
    replay(server, "errors.json")

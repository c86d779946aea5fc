"""What may come when, notices, broken frames, the end (PROTOCOL.md, 1 to 6)."""

from collections.abc import Iterator
from typing import Optional

from client import Message
from frames import MESSAGE, encode, encode_message
from harness import (
    MIB,
    Server,
    end_of,
    expect,
    pieces_of,
    refused,
    scenario,
    serve_another,
)


@scenario
def ids_have_to_rise(server: Server) -> None:
    """211 for an id that does not, and the request is not done (2)."""
    with server.wire_logged_in(10) as wire:
        for number in (1, 12):
            put = {"action": "put", "id": number, "filename": "file"}
            wire.send(put, b"x", end_of(number, b"x"))
            expect(wire.next(), id=number, status_code=211)
        for bad in (2**53, 0, -1, 1.5, "13", None):
            answer = wire.ask(action="stat", id=bad, filename="file")
            expect(answer, id=None, status_code=202)
        expect(
            wire.ask(action="stat", id=100, filename="file"), id=100, status_code=220
        )
        greatest = 2**53 - 1
        answer = wire.ask(action="stat", id=greatest, filename="file")
        expect(answer, id=greatest, status_code=220)


@scenario
def features_that_are_required(server: Server) -> None:
    """210 for one that is not known, and nothing was done (2)."""
    with server.log_in() as client:
        known = client.hello["features"]
        client.request(action="stat", filename="/", requires=known)
        answer = client.request_later(action="stat", filename="/", requires=["x"])
        refused(210, answer.result)
    with server.wire_logged_in() as wire:
        wire.send(
            {"action": "put", "id": 4, "filename": "file", "requires": ["x"]},
            b"x",
            end_of(4, b"x"),
        )
        expect(wire.next(), id=4, status_code=210)
        expect(wire.ask(action="stat", id=5, filename="file"), id=5, status_code=220)


@scenario
def order_of_what_is_wrong(server: Server) -> None:
    """The first of several mistakes is answered (2)."""
    wrong: Message = {"filename": "..", "requires": ["x"]}
    with server.wire() as wire:
        expect(wire.ask(action="stat", id=1, **wrong), status_code=211)
        wire.hello(2)
        expect(wire.ask(action="stat", id=2, filename=5), status_code=202)
        expect(wire.ask(action="stat", id=2, **wrong), status_code=211)
        expect(wire.ask(action="stat", id=3, **wrong), status_code=206)
        wire.login(server.user, server.password, 4)
        expect(wire.ask(action="stat", id=6, **wrong), status_code=210)
        expect(wire.ask(action="stat", id=7, filename=".."), status_code=204)


@scenario
def ids_are_used_up(server: Server) -> None:
    """Also by a request that was answered with 201, 202 or 206 (2)."""
    with server.wire() as wire:
        wire.hello()
        for number, (code, request) in enumerate(
            (
                (201, {"action": "fly"}),
                (202, {"action": "get"}),
                (202, {}),
                (206, {"action": "stat", "filename": ""}),
            ),
            2,
        ):
            expect(wire.ask(id=number, **request), id=number, status_code=code)
            again = wire.ask(action="quit", id=number)
            expect(again, id=number, status_code=211)


@scenario
def numbers_are_those_of_json(server: Server) -> None:
    """1.0 and 1e0 are 1; null is no number (1)."""
    with server.wire_logged_in() as wire:
        for text, number in (("4.0", 4), ("0.5e1", 5), ("600E-2", 6)):
            stat = f'{{"action":"stat","id":{text},"filename":""}}'
            wire.send_raw(encode(MESSAGE, stat.encode()))
            expect(wire.next(), id=number, status_code=200)
        put = {"action": "put", "id": 7, "filename": "file", "size": None}
        wire.send(put, end_of(7, b""))
        expect(wire.next(), id=7, status_code=202)


@scenario
def message_that_nests_deep(server: Server) -> None:
    """It is good, whatever its depth (1)."""
    with server.wire_logged_in() as wire:
        deep = b"[" * 30_000 + b"]" * 30_000
        ping = b'{"action":"ping","token":"t","more":' + deep + b"}"
        wire.send_raw(encode(MESSAGE, ping))
        expect(wire.next(), action="pong", token="t")


@scenario
def put_while_a_body_comes(server: Server) -> None:
    """211, and its body is dropped (3)."""
    with server.log_in() as client:
        client.put("big", pieces_of(bytes(20 * MIB), MIB))
    with server.wire_logged_in() as wire:
        wire.send({"action": "get", "id": 4, "filename": "big"})
        expect(wire.next(), id=4, status_code=200)
        wire.send({"action": "put", "id": 5, "filename": "file"}, b"x", end_of(5, b"x"))
        serve_another(server)
        size = 0
        while True:
            part = wire.next()
            if isinstance(part, dict):
                break
            size += len(part)
        expect(part, action="end", id=4, size=size)
        assert size == 20 * MIB
        expect(wire.next(), id=5, status_code=211)
        expect(wire.ask(action="stat", id=6, filename="file"), id=6, status_code=220)


@scenario
def request_within_a_body(server: Server) -> None:
    """Answered after the put, with 211; the body is still due (3)."""
    with server.wire_logged_in() as wire:
        wire.send(
            {"action": "put", "id": 4, "filename": "file"},
            b"one ",
            {"action": "stat", "id": 5, "filename": "file"},
            {"action": "fly", "id": 6},
            {"action": "get", "id": 7},
            {"action": "put", "id": 8, "filename": "other"},
            b"two",
            end_of(4, b"one two"),
        )
        expect(wire.next(), id=4, status_code=200, size=7)
        for number, code in ((5, 211), (6, 201), (7, 202), (8, 211)):
            expect(wire.next(), id=number, status_code=code)
        # The last put had no body of its own.
        expect(wire.ask(action="stat", id=9, filename="other"), status_code=220)


@scenario
def notices_that_are_bad(server: Server) -> None:
    """They are answered like bad requests (2)."""
    with server.wire_logged_in() as wire:
        bad: list[tuple[Optional[int], Message]] = [
            (None, {"action": "cancel"}),
            (None, {"action": "cancel", "id": "4"}),
            (None, {"action": "ping", "token": "x" * 65}),
            (None, {"action": "ping", "token": 5}),
            (None, {"action": "abort"}),
            (4, {"action": "end", "id": 4}),
            (5, {"action": "abort", "id": 5, "status_msg": 5}),
        ]
        for number, notice in bad:
            expect(wire.ask(**notice), id=number, status_code=202)
        answer = wire.ask(action="ping", token="x" * 64)
        expect(answer, action="pong", token="x" * 64)


@scenario
def ping_within_bodies(server: Server) -> None:
    """A pong at once, in the midst of bodies either way (5)."""
    with server.log_in() as client:

        def body() -> Iterator[bytes]:
            for number in range(5):
                yield b"x" * 70_000
                client.ping(f"put {number}")

        client.put("file", body())
        client.put("big", pieces_of(bytes(48 * MIB), MIB))
    with server.wire_logged_in() as wire:
        wire.send({"action": "get", "id": 4, "filename": "big"})
        expect(wire.next(), id=4, status_code=200)
        wire.send({"action": "ping", "token": "t"}, {"action": "ping"})
        serve_another(server)
        size = 0
        pongs = []
        while True:
            part = wire.next()
            if isinstance(part, bytes):
                size += len(part)
            elif part["action"] == "pong":
                pongs.append((part.get("token"), size))
            else:
                break
        assert [token or None for token, _ in pongs] == ["t", None], pongs
        # At once: what was in the network's buffers may come before.
        assert pongs[0][1] < 40 * MIB, pongs
        expect(part, action="end", id=4)
        assert size == 48 * MIB


@scenario
def notices_that_a_server_does_not_need(server: Server) -> None:
    """pong, progress, mark: read and dropped, also within a body (3, 5)."""
    with server.wire_logged_in() as wire:
        notices: list[Message] = [
            {"action": "pong", "token": "t"},
            {"action": "progress", "id": 4, "bytes": 1},
            {"action": "mark", "id": 4, "offset": 1, "checksum": "crc32:00000000"},
            {"action": "cancel", "id": 77},
        ]
        wire.send(*notices)
        wire.send({"action": "put", "id": 4, "filename": "file"}, b"x", *notices)
        wire.send(b"y", *notices, end_of(4, b"xy"))
        expect(wire.next(), id=4, status_code=200)


@scenario
def broken_frames(server: Server) -> None:
    """One goaway with 212, then the end (1)."""
    broken = {
        "another kind": b"\x02\x00\x00\x00\x01x",
        "a message of no bytes": b"\x00\x00\x00\x00\x00",
        "a message too long": b"\x00\x00\x01\x00\x01",
        "DATA where no body is due": b"\x01\x00\x00\x00\x01x",
        "not UTF-8": encode(MESSAGE, b'{"action":"ping","token":"\xff"}'),
        "no object": encode(MESSAGE, b"[]"),
        "no JSON": encode(MESSAGE, b"{NaN"),
    }
    for name, raw in broken.items():
        with server.wire_logged_in() as wire:
            wire.send_raw(raw)
            answer = wire.next()
            expect(answer, action="goaway", status_code=212, last_id=3)
            assert wire.next() is None, name


@scenario
def broken_frame_behind_requests(server: Server) -> None:
    """All up to `last_id` is answered, done or cancelled, before goaway (5)."""
    with server.wire_logged_in() as wire:
        stats = [
            encode_message({"action": "stat", "id": number, "filename": ""})
            for number in range(4, 204)
        ]
        wire.send_raw(b"".join(stats) + b"\x02")
        for number in range(4, 204):
            answer = wire.next()
            expect(answer, id=number)
            assert answer["status_code"] in (200, 213), answer
        expect(wire.next(), action="goaway", status_code=212, last_id=203)
        assert wire.next() is None


@scenario
def broken_frame_before_login(server: Server) -> None:
    """A message of 4,097 bytes is too long before the login (1)."""
    with server.wire() as wire:
        wire.hello()
        wire.send_raw(b"\x00\x00\x00\x10\x01")
        expect(wire.next(), action="goaway", status_code=212, last_id=1)
        assert wire.next() is None


@scenario
def quit_ends_well(server: Server) -> None:
    """Answered after all earlier requests; then the server closes (4)."""
    with server.log_in() as client:
        client.put("file", [bytes(3 * MIB)])
        gets = [client.get_later("file") for _ in range(5)]
        client.quit()
        assert all(get.result().checksum.size == 3 * MIB for get in gets)
    with server.wire() as wire:
        wire.hello()
        expect(wire.ask(action="quit", id=2), id=2, status_code=200)
        assert wire.next() is None

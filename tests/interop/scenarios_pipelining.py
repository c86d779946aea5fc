"""Pipelining, cancel, and half-closed connections (PROTOCOL.md, 2, 3, 5, 6)."""

import threading
from collections.abc import Iterator
from typing import Optional

from client import ConnectionOver, Pending
from harness import (
    MIB,
    SECONDS_MAX,
    Server,
    bytes_of,
    end_of,
    expect,
    pieces_of,
    refused,
    scenario,
    serve_another,
)


@scenario
def pipelined_puts_and_gets(server: Server) -> None:
    """200 puts, then 200 gets, none waited for before all are sent (2)."""
    bodies = [bytes_of(size * 37 % 5_000, size) for size in range(200)]
    with server.log_in() as client:
        puts = [client.put_later(str(n), [body]) for n, body in enumerate(bodies)]
        for put in puts:
            put.result()
        gets = [client.get_later(str(n)) for n in range(len(bodies))]
        for get, body in zip(gets, bodies):
            assert b"".join(get.result().chunks) == body
        client.quit()


@scenario
def pipelined_beyond_what_is_allowed(server: Server) -> None:
    """More than `requests_ahead` is no error for a client that reads (2)."""
    with server.wire_logged_in() as wire:
        count = 5_000
        requests = [
            {"action": "stat", "id": number, "filename": "nothing"}
            for number in range(4, 4 + count)
        ]
        sending = threading.Thread(target=wire.send, args=requests, daemon=True)
        sending.start()
        for number in range(4, 4 + count):
            expect(wire.next(), id=number, status_code=220)
        sending.join()


@scenario
def pipelined_with_a_refusal_between(server: Server) -> None:
    """A refused put's body is dropped, those around it are kept (3)."""
    with server.log_in() as client:
        puts = [
            client.put_later(name, pieces_of(bytes_of(3 * MIB), 70_000))
            for name in ("one", "../two", "three")
        ]
        puts[0].result()
        refused(204, puts[1].result)
        puts[2].result()
        assert client.stat("three")["size"] == 3 * MIB
        client.quit()


@scenario
def half_close(server: Server) -> None:
    """Every answer comes after our side is closed (6)."""
    with server.log_in() as client:
        body = bytes_of(4 * MIB)
        client.put("file", [body])
        pending: list[Pending] = [client.get_later("file") for _ in range(5)]
        pending += [client.request_later(action="stat", filename="file")]
        client.finish_sending()
        for get in pending[:5]:
            assert b"".join(get.result().chunks) == body
        assert pending[5].result()["size"] == len(body)
        try:
            client.wait_until(lambda: False)
        except ConnectionOver:
            return


@scenario
def half_close_in_a_body(server: Server) -> None:
    """A put whose body did not end is undone (6)."""
    with server.wire_logged_in() as wire:
        wire.send({"action": "put", "id": 4, "filename": "file"}, b"half")
        wire.finish_sending()
        expect(wire.next(), id=4, status_code=214)
        assert wire.next() is None
    with server.log_in() as client:
        refused(220, client.stat, "file")


@scenario
def cancel_a_get_under_way(server: Server) -> None:
    """Its body ends by abort with 213 (5)."""
    size = 48 * MIB
    with server.log_in() as client:
        client.put("big", pieces_of(bytes(size), MIB))
        started, cancelled = threading.Event(), threading.Event()

        def write(_: bytes) -> None:
            started.set()
            cancelled.wait(SECONDS_MAX)

        get = client.get_later("big", write)
        assert started.wait(SECONDS_MAX)
        client.cancel(get)
        # More is to come than fits into the network's buffers, and nobody reads.
        serve_another(server)
        cancelled.set()
        refused(213, get.result)
        assert 0 < get.checksum.size < size
        assert client.stat("big")["size"] == size
        client.quit()


@scenario
def cancel_a_get_that_waits(server: Server) -> None:
    """It is answered with 213 when its turn comes (5)."""
    with server.log_in() as client:
        client.put("big", pieces_of(bytes(48 * MIB), MIB))
        cancelled = threading.Event()
        first = client.get_later("big", lambda _: cancelled.wait(SECONDS_MAX))
        waiting = client.get_later("big")
        last = client.request_later(action="stat", filename="big")
        client.cancel(waiting)
        client.cancel(waiting)
        serve_another(server)
        cancelled.set()
        refused(213, waiting.result)
        assert waiting.chunks == []
        assert first.result().checksum.size == 48 * MIB
        assert last.result()["type"] == "file"
        client.quit()


@scenario
def cancel_a_put_under_way(server: Server) -> None:
    """It is answered with 213; the rest of the body is replaced by abort (5)."""
    with server.log_in() as client:
        put: Optional[Pending] = None

        def started(pending: Pending) -> None:
            nonlocal put
            put = pending

        def body() -> Iterator[bytes]:
            assert put is not None
            yield b"x" * 100_000
            client.cancel(put)
            client.wait_until(lambda: put is not None and put.done)
            yield b"never sent"
            raise AssertionError("more of a refused body was asked for")

        refused(213, lambda: client.put("file", body(), started=started))
        refused(220, client.stat, "file")
        client.put("file", [b"x"])
        client.quit()


@scenario
def cancel_what_is_not_there(server: Server) -> None:
    """Answered already, or never asked: it is ignored (5)."""
    with server.wire_logged_in() as wire:
        wire.send({"action": "put", "id": 4, "filename": "file"}, end_of(4, b""))
        expect(wire.next(), id=4, status_code=200)
        wire.send({"action": "cancel", "id": 4}, {"action": "cancel", "id": 10_000})
        expect(wire.ask(action="stat", id=5, filename="file"), id=5, status_code=200)

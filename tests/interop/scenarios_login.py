"""Hello, login, SCRAM and SASLprep (PROTOCOL.md, 4 and 6)."""

import json
from typing import Callable

from client import GoneAway, Message
from frames import HEADER, encode_message
from harness import Relay, Server, end_of, expect, refused, scenario, vector
from scram import Scram, ScramError, saslprep


@scenario
def login(server: Server) -> None:
    """What hello says, and a login whose server proves itself (4)."""
    with server.connect() as client:
        assert client.hello["version"] == 1
        assert "SCRAM-SHA-256" in client.hello["mechanisms"]
        assert {"crc32", "sha256"} <= set(client.hello["features"])
        limits = client.hello["limits"]
        assert limits["requests_ahead"] >= 1 and limits["bytes_ahead"] >= 1
        assert {"upload_bytes", "idle_seconds"} <= set(limits)
        client.login(server.user, server.password)
        assert client.stat("/")["type"] == "folder"
        client.quit()


@scenario
def login_prepared(server: Server) -> None:
    """User and password in another spelling than the server's (4, "login").

    interop_test.ts gives this one an account whose texts SASLprep changes.
    """
    with server.log_in() as client:
        client.put("file", [b"x"])
        client.quit()


@scenario
def login_wrong_password_then_right(server: Server) -> None:
    """203, after which the login may start again (4)."""
    with server.connect() as client:
        refused(203, client.login, server.user, server.password + "x")
        client.login(server.user, server.password)
        client.quit()


@scenario
def login_unknown_user(server: Server) -> None:
    """An unknown user and a wrong password are answered alike (4)."""
    said = []
    for user in (server.user, "nobody-of-that-name"):
        with server.connect() as client:
            said.append(refused(203, client.login, user, "wrong").text)
    assert said[0] == said[1], said


@scenario
def login_unknown_user_keeps_its_salt(server: Server) -> None:
    """Asking twice does not tell an unknown user from a known one (4)."""
    for user in (server.user, "nobody-of-that-name"):
        firsts = []
        for _ in range(2):
            with server.wire() as wire:
                wire.hello()
                answer = wire.ask(
                    action="login",
                    id=2,
                    username=user,
                    mechanism="SCRAM-SHA-256",
                    data=Scram(user, "x").first,
                )
                expect(answer, status_code=205)
                firsts.append(answer["data"].split(",")[1:])
        assert firsts[0] == firsts[1], firsts


@scenario
def login_third_failure_ends(server: Server) -> None:
    """The third 203 is followed by goaway with 246 and the end (4)."""
    with server.connect() as client:
        for _ in range(2):
            refused(203, client.login, server.user, "wrong")
        refused(203, client.login, server.user, "wrong")
        error = None
        try:
            client.wait_until(lambda: False)
        except GoneAway as gone:
            error = gone
        assert error is not None and error.code == 246


@scenario
def login_checks_the_server(server: Server) -> None:
    """A server in the middle that cannot prove itself is not trusted (4)."""
    with Relay(server, b'"v=', 4) as relay, relay.connect() as client:
        try:
            client.login(server.user, server.password)
        except ScramError:
            return
        raise AssertionError("a wrong proof was taken")


@scenario
def login_too_late_or_too_early(server: Server) -> None:
    """What comes before its time gets 211 or 206, a second login 207 (4, 6)."""
    with server.wire() as wire:
        expect(wire.ask(action="stat", id=1, filename="a"), id=1, status_code=211)
        wire.hello(2)
        expect(
            wire.ask(action="hello", id=3, program="wire", versions=[1]),
            id=3,
            status_code=211,
        )
        expect(wire.ask(action="stat", id=4, filename="a"), id=4, status_code=206)
        expect(wire.ask(action="get", id=5, filename="a"), id=5, status_code=206)
        wire.login(server.user, server.password, 6)
        again = Scram(server.user, server.password).first
        step = {"username": server.user, "mechanism": "SCRAM-SHA-256", "data": again}
        expect(wire.ask(action="login", id=8, **step), id=8, status_code=207)
        expect(wire.ask(action="stat", id=9, filename=""), id=9, type="folder")


@scenario
def login_put_before_it(server: Server) -> None:
    """A put before the login has a body, which is dropped (3, 4)."""
    with server.wire() as wire:
        wire.hello()
        wire.send(
            {"action": "put", "id": 2, "filename": "early"}, b"x", end_of(2, b"x")
        )
        expect(wire.next(), id=2, status_code=206)
        wire.login(server.user, server.password, 3)
        answer = wire.ask(action="stat", id=5, filename="early")
        expect(answer, id=5, status_code=220)


@scenario
def login_steps_that_fail(server: Server) -> None:
    """202 for what is no SCRAM, or not this login's: it may start again (4)."""
    scram = Scram(server.user, server.password)
    bare = scram.first[3:]
    with server.wire() as wire:
        wire.hello()
        number = 1

        def step(data: str, **others: str) -> Message:
            nonlocal number
            number += 1
            fields = {"username": server.user, "mechanism": "SCRAM-SHA-256", **others}
            return wire.ask(action="login", id=number, data=data, **fields)

        firsts = ("", "n,,", bare, "n,a=test," + bare, "p=tls-unique,," + bare)
        for first in (*firsts, "n,,m=1," + bare, "c=biws,r=x,p=AAAA"):
            expect(step(first), status_code=202)
        expect(step(scram.first, mechanism="PLAIN"), status_code=202)
        changes: list[Callable[[str], str]] = [
            lambda final: final.replace("c=biws", "c=eSws"),
            lambda final: final.replace(",p=", "x,p="),
            lambda final: final[: final.index(",p=")],
            lambda final: final[:-4],
        ]
        for change in changes:
            answer = step(scram.first)
            expect(answer, status_code=205)
            expect(step(change(scram.final(answer["data"]))), status_code=202)
        answer = step(scram.first)
        final = scram.final(answer["data"])
        expect(step(final, username="somebody-else"), status_code=202)
        # A first step where the second was due starts anew; other requests
        # between the steps change nothing.
        expect(step(scram.first), status_code=205)
        answer = step(scram.first)
        number += 1
        expect(wire.ask(action="stat", id=number, filename=""), status_code=206)
        expect(step(scram.final(answer["data"])), status_code=200)


@scenario
def hello_again_after_a_bad_one(server: Server) -> None:
    """202 and 210 count for nothing (4)."""
    with server.wire() as wire:
        hello: Message = {"action": "hello", "program": "wire", "versions": [1]}
        bad: list[tuple[int, Message]] = [
            (202, {"versions": []}),
            (202, {"versions": list(range(1, 18))}),
            (202, {"versions": 1}),
            (202, {"program": "x" * 129}),
            (202, {"requires": None}),
            (202, {"requires": ["crc32"] * 33}),
            (202, {"requires": ["x" * 65]}),
            (210, {"requires": ["crc32", "x"]}),
        ]
        for number, (code, change) in enumerate(bad, 1):
            answer = wire.ask(**{**hello, "id": number, **change})
            expect(answer, id=number, status_code=code)
        wire.hello(20)


@scenario
def message_of_4096_bytes_before_login(server: Server) -> None:
    """As long as one may be before the login; longer ones after it (1)."""
    with server.wire() as wire:
        wire.hello()
        stat = {"action": "stat", "id": 2, "filename": ""}
        for size, code in ((4_096, 206), (65_536, 200)):
            short = len(encode_message({**stat, "pad": ""})) - HEADER.size
            answer = wire.ask(**stat, pad="x" * (size - short))
            expect(answer, status_code=code)
            if code == 206:
                wire.login(server.user, server.password, 3)
                stat["id"] = 5


@scenario
def hello_no_common_version(server: Server) -> None:
    """209, then the server closes (4)."""
    with server.wire() as wire:
        answer = wire.ask(action="hello", id=1, program="new", versions=[7, 99])
        expect(answer, id=1, status_code=209)
        assert wire.next() is None


@scenario
def hello_offers_several_versions(server: Server) -> None:
    """The server picks one that both speak (4)."""
    with server.wire() as wire:
        answer = wire.ask(action="hello", id=1, program="new", versions=[2, 1])
        expect(answer, id=1, status_code=200, version=1)


@scenario
def scram_example_of_rfc_7677(_: Server) -> None:
    """The numbers of tests/vectors/login.json."""
    texts = [
        json.loads(step["text"]).get("data")
        for step in vector("login.json")["steps"][2:]
    ]
    first, server_first, final, server_final = texts
    nonce = first.split("r=")[1]
    scram = Scram("user", "pencil", nonce)
    assert scram.first == first
    assert scram.final(server_first) == final
    scram.check(server_final)
    for wrong in (server_final[:-2] + "A=", "v=", "e=other-error", "v=%%%"):
        try:
            scram.check(wrong)
        except ScramError:
            continue
        raise AssertionError(f"{wrong} was taken")


@scenario
def scram_refuses_a_bad_server(_: Server) -> None:
    """Iteration counts and nonces that a client does not take (4)."""
    bad = {
        "few iterations": "r=abcX,s=AAAA,i=4095",
        "many iterations": "r=abcX,s=AAAA,i=1000001",
        "another nonce": "r=xyz,s=AAAA,i=4096",
        "no nonce of its own": "r=abc,s=AAAA,i=4096",
        "no salt": "r=abcX,i=4096",
        "a salt that is no base64": "r=abcX,s=!,i=4096",
        "an extension that must be known": "m=1,r=abcX,s=AAAA,i=4096",
        "nothing": "",
    }
    for name, text in bad.items():
        try:
            Scram("user", "pencil", "abc").final(text)
        except ScramError:
            continue
        raise AssertionError(f"{name}: it was taken")


@scenario
def scram_prepares_texts(_: Server) -> None:
    """SASLprep: the examples of RFC 4013, 3, and letters newer than it."""
    same = {
        "I\u00adX": "IX",
        "user": "user",
        "USER": "USER",
        "\u00aa": "a",
        "\u2168": "IX",
        "a\u00a0b": "a b",
        "a\u200bb": "a b",
        "\U0001f600": "\U0001f600",  # Unicode 6.1
    }
    for text, prepared in same.items():
        assert saslprep(text) == prepared, repr(text)
    for text in ("\u0007", "\u0627\u0031", "a\u0627", "\ud800", "", "\u00ad"):
        try:
            saslprep(text)
        except ValueError:
            continue
        raise AssertionError(f"{text!r} was taken")
    assert Scram("a=b,c", "x", "n").first == "n,,n=a=3Db=2Cc,r=n"

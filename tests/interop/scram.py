"""SCRAM-SHA-256, the client's side (PROTOCOL.md, 4, "login").

RFC 5802 and RFC 7677 with `hashlib` and `hmac`; user and password are prepared
by SASLprep (RFC 4013) with `stringprep`.
"""

import base64
import hashlib
import hmac
import secrets
import stringprep
import unicodedata

GS2_HEADER = "n,,"  # no channel binding, no authzid
ITERATIONS_MIN = 4_096
ITERATIONS_MAX = 1_000_000

_PROHIBITED = (  # RFC 4013, 2.3
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


class ScramError(Exception):
    """What the server sent is no SCRAM, or does not prove that it knows us."""


def saslprep(text: str) -> str:
    """Prepare a user or a password; ValueError where it may not be one.

    Code points that Unicode 3.2 did not assign pass, as in a query: table A.1
    of RFC 3454 is not looked at. U+200B, which is in both tables, is a blank.
    """
    blanks = (" " if stringprep.in_table_c12(char) else char for char in text)
    mapped = "".join(char for char in blanks if not stringprep.in_table_b1(char))
    prepared = unicodedata.normalize("NFKC", mapped)
    if not prepared:
        raise ValueError("nothing is left of it")
    for char in prepared:
        if any(prohibits(char) for prohibits in _PROHIBITED):
            raise ValueError(f"U+{ord(char):04X} may not stand in it")
    # RFC 3454, 6: text with a letter written from right to left holds none
    # written from left to right, and starts and ends with such a letter.
    if any(map(stringprep.in_table_d1, prepared)):
        if any(map(stringprep.in_table_d2, prepared)):
            raise ValueError("it mixes the directions of writing")
        ends = (prepared[0], prepared[-1])
        if not all(map(stringprep.in_table_d1, ends)):
            raise ValueError("right-to-left text starts and ends as such")
    return prepared


class Scram:
    """One login: `first`, `final(server_first)`, then `check(server_final)`."""

    def __init__(self, user: str, password: str, nonce: str = "") -> None:
        """A nonce is given only by tests that repeat an example."""
        self._password = saslprep(password).encode("utf-8")
        self._nonce = nonce or secrets.token_urlsafe(18)
        name = saslprep(user).replace("=", "=3D").replace(",", "=2C")
        self._first_bare = f"n={name},r={self._nonce}"
        self._server_signature = b""

    @property
    def first(self) -> str:
        """The client-first-message."""
        return GS2_HEADER + self._first_bare

    def final(self, server_first: str) -> str:
        """The client-final-message that proves that we know the password."""
        nonce, salt, iterations = _parse_server_first(server_first)
        if not nonce.startswith(self._nonce) or nonce == self._nonce:
            raise ScramError("the server's nonce does not go on from ours")
        if not ITERATIONS_MIN <= iterations <= ITERATIONS_MAX:
            raise ScramError(f"{iterations} iterations are not taken")
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, iterations)
        client_key = _hmac(salted, b"Client Key")
        stored_key = hashlib.sha256(client_key).digest()
        binding = base64.b64encode(GS2_HEADER.encode()).decode()
        without_proof = f"c={binding},r={nonce}"
        signed = ",".join((self._first_bare, server_first, without_proof)).encode()
        signature = _hmac(stored_key, signed)
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        self._server_signature = _hmac(_hmac(salted, b"Server Key"), signed)
        return f"{without_proof},p={base64.b64encode(proof).decode()}"

    def check(self, server_final: str) -> None:
        """Raises ScramError unless the server knows the password's verifier."""
        if not server_final.startswith("v="):
            raise ScramError("the server sent no proof")
        proof = _base64(server_final[2:].split(",")[0])
        if not (
            self._server_signature
            and hmac.compare_digest(proof, self._server_signature)
        ):
            raise ScramError("the server's proof is wrong: do not trust it")


def _parse_server_first(text: str) -> "tuple[str, bytes, int]":
    # RFC 5802, 7: `m=` would be an extension that must be understood; what
    # follows the three attributes need not be.
    attributes = text.split(",")
    if len(attributes) < 3 or [a[:2] for a in attributes[:3]] != ["r=", "s=", "i="]:
        raise ScramError("the server's first message is malformed")
    nonce, salt, iterations = (attribute[2:] for attribute in attributes[:3])
    if not (iterations.isascii() and iterations.isdigit() and len(iterations) < 10):
        raise ScramError("the server's first message is malformed")
    return nonce, _base64(salt), int(iterations)


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ScramError("the server sent no base64") from error


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()

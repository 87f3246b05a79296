"""Header signatures of requests and answers (HMAC), and the seal of a message body (Ed25519).

Pure functions over bytes: no clock, no randomness but `new_nonce`, no socket. Both ends of the wire use this module.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import parse_qsl, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as crypto_hmac
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SHA256: Final = "HMAC-SHA256"
SM3: Final = "HMAC-SM3"
ALGORITHMS: Final = (SHA256, SM3)
CLOCK_SECONDS: Final = 300
SEAL: Final = "Ed25519"


class BadSignature(Exception):
    """What came is not signed by a key we know, in time, for this exchange. The text names the part that failed."""


@dataclass(frozen=True, slots=True)
class Key:
    kid: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """One or two keys valid at the same time: the first signs, all verify, so a rotation loses no request."""

    keys: tuple[Key, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `kid:hexsecret[,kid2:hexsecret2]`. ValueError names the position, never the secret."""
        keys: list[Key] = []
        for position, part in enumerate((p.strip() for p in text.split(",") if p.strip()), start=1):
            kid, colon, secret = part.partition(":")
            try:
                raw = bytes.fromhex(secret)
            except ValueError:
                raw = b""
            if not colon or not kid or not kid.isascii() or " " in kid or len(raw) < 16:
                raise ValueError(f"key {position}: want kid:hex with a secret of at least 16 bytes")
            keys.append(Key(kid, raw))
        if not keys or len({key.kid for key in keys}) != len(keys):
            raise ValueError("want at least one key, each with its own kid")
        return cls(tuple(keys))

    @property
    def current(self) -> Key:
        return self.keys[0]

    def find(self, kid: str) -> Key | None:
        return next((key for key in self.keys if key.kid == kid), None)


def new_nonce() -> str:
    return secrets.token_hex(16)


def sorted_target(path: str, query: str) -> str:
    """`path?sorted-query` of the signed text: pairs sorted by name and value, escaped again; the bare path if none."""
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return f"{path}?{urlencode(pairs)}" if pairs else path


def mac(algorithm: str, secret: bytes, text: bytes) -> str:
    """Hex HMAC of `text`. ValueError for an algorithm that is not in ALGORITHMS."""
    if algorithm == SHA256:
        return hmac.new(secret, text, hashlib.sha256).hexdigest()
    if algorithm == SM3:
        signer = crypto_hmac.HMAC(secret, hashes.SM3())
        signer.update(text)
        return signer.finalize().hex()
    raise ValueError("unknown signature algorithm")


def request_text(method: str, path: str, query: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    digest = hashlib.sha256(body).hexdigest()
    return "\n".join((method.upper(), sorted_target(path, query), timestamp, nonce, digest)).encode()


def answer_text(status: int, timestamp: str, nonce: str, body: bytes) -> bytes:
    return "\n".join((str(status), timestamp, nonce, hashlib.sha256(body).hexdigest())).encode()


def signature(ring: KeyRing, algorithm: str, text: bytes) -> str:
    """The value of `X-Signature`: `<alg> <kid> <hex>`, made with the current key."""
    return f"{algorithm} {ring.current.kid} {mac(algorithm, ring.current.secret, text)}"


def sign_request(
    ring: KeyRing,
    *,
    client_id: str,
    method: str,
    path: str,
    query: str,
    body: bytes,
    now: float,
    nonce: str,
    algorithm: str = SHA256,
) -> dict[str, str]:
    """Headers of one try. `now` in Unix seconds; a retry takes a new time and nonce over the same body."""
    timestamp = str(int(now))
    return {
        "X-Client-Id": client_id,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": signature(ring, algorithm, request_text(method, path, query, timestamp, nonce, body)),
    }


def sign_answer(
    ring: KeyRing, *, status: int, body: bytes, now: float, nonce: str, algorithm: str = SHA256
) -> dict[str, str]:
    """Headers of an answer. `nonce` is that of the request, so an old answer cannot be played for a new request."""
    timestamp = str(int(now))
    return {
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": signature(ring, algorithm, answer_text(status, timestamp, nonce, body)),
    }


def check_time(timestamp: str, now: float) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise BadSignature("timestamp missing or malformed")
    if abs(now - int(timestamp)) > CLOCK_SECONDS:
        raise BadSignature("timestamp outside the permitted window")


def check_signature(ring: KeyRing, header: str, text: bytes) -> Key:
    """Return the key that signed. BadSignature for a malformed header, unknown key, algorithm or wrong value."""
    parts = header.split(" ")
    if len(parts) != 3 or parts[0] not in ALGORITHMS:
        raise BadSignature("signature missing or malformed")
    algorithm, kid, value = parts
    key = ring.find(kid)
    # An unknown kid costs the same computation as a known one: the time of the answer names no key.
    expected = mac(algorithm, key.secret if key else b"\0" * 32, text)
    if not hmac.compare_digest(expected.encode(), value.encode()) or key is None:
        raise BadSignature("signature does not match")
    return key


def verify_request(
    ring: KeyRing, headers: Mapping[str, str], *, method: str, path: str, query: str, body: bytes, now: float
) -> str:
    """Return the nonce of a well-signed, timely request; the caller still has to see that it is new."""
    timestamp, nonce = headers.get("X-Timestamp", ""), headers.get("X-Nonce", "")
    check_time(timestamp, now)
    if not (16 <= len(nonce) <= 64 and nonce.isascii() and nonce.isalnum()):
        raise BadSignature("nonce missing or malformed")
    check_signature(ring, headers.get("X-Signature", ""), request_text(method, path, query, timestamp, nonce, body))
    return nonce


def verify_answer(
    ring: KeyRing, headers: Mapping[str, str], *, status: int, body: bytes, nonce: str, now: float
) -> None:
    """Raise BadSignature unless the answer is signed, timely, and answers the request that carried `nonce`."""
    timestamp = headers.get("X-Timestamp", "")
    check_time(timestamp, now)
    if not hmac.compare_digest(headers.get("X-Nonce", "").encode(), nonce.encode()):
        raise BadSignature("answer belongs to another request")
    check_signature(ring, headers.get("X-Signature", ""), answer_text(status, timestamp, nonce, body))


@dataclass(frozen=True, slots=True)
class SealKey:
    """The region's signing key of message bodies. Asymmetric: whoever holds the public half can check years later."""

    kid: str
    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, seed_hex: str) -> Self:
        """`seed_hex` = 64 hex digits. The kid is derived from the public key, so it changes with it by itself."""
        seed = bytes.fromhex(seed_hex)
        if len(seed) != 32:
            raise ValueError("an Ed25519 seed has 32 bytes")
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(hashlib.sha256(private.public_key().public_bytes_raw()).hexdigest()[:16], private)

    @property
    def public_hex(self) -> str:
        return self.private.public_key().public_bytes_raw().hex()

    def sign(self, text: bytes) -> str:
        return self.private.sign(text).hex()


def check_seal(public_hex: str, value: str, text: bytes) -> None:
    """Raise BadSignature unless `value` (hex) is the Ed25519 signature of `text` under `public_hex`."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex)).verify(bytes.fromhex(value), text)
    except (InvalidSignature, ValueError) as error:
        raise BadSignature("seal does not match") from error

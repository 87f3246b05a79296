"""Tokens and pictures of the codes on papers: `/q/` opens a record's page, `/v/` proves an issued paper.

A token carries nothing of the person or the case, and a wrong one is refused before any query.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import segno

ID_BYTES = 16
MAC_BYTES = 16
SYMBOL_MM = 25.5  # the dark square alone: 25 mm is the least that survives photocopying
QUIET_MODULES = 4

# base64url of 16 bytes is 22 characters; the last one carries two bits only, so four spellings would decode alike
_TOKEN = re.compile(r"([A-Za-z0-9]{1,8})\.([A-Za-z0-9_-]{21}[AQgw])\.([A-Za-z0-9_-]{21}[AQgw])", re.ASCII)


class Purpose(StrEnum):
    """What a code is for; each has its own keys, so a token of one never opens the other."""

    RECORD = "q"
    PAPER = "v"


@dataclass(frozen=True, slots=True)
class Code:
    """A picture for the page: SVG as a data URI, and its side in millimetres with the quiet zone."""

    data_uri: str
    side_mm: str


def new_id() -> bytes:
    """16 random bytes; what a token stands for is looked up by them."""
    return secrets.token_bytes(ID_BYTES)


def sign(purpose: Purpose, ident: bytes, *, kid: str, key: bytes) -> str:
    """Return `kid.id.mac`, about 48 characters. `key` is the secret filed under `kid` for this purpose, ≥ 16 bytes."""
    if len(ident) != ID_BYTES:
        raise ValueError(f"an id has {ID_BYTES} bytes, not {len(ident)}")
    if len(key) < MAC_BYTES:
        raise ValueError("a key has at least 16 bytes")
    token = f"{kid}.{_encode(ident)}.{_encode(_mac(purpose, ident, key))}"
    if not _TOKEN.fullmatch(token):
        raise ValueError(f"not a key id: {kid!r}")
    return token


def verify(token: str, purpose: Purpose, *, keys: Mapping[str, bytes]) -> bytes | None:
    """Return the 16-byte id of a genuine token, else None; no database is asked, and None never says why.

    keys  the secrets of this purpose by key id: the newest signs, the older ones still verify
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    kid, ident_text, mac_text = match.groups()
    key = keys.get(kid)
    if key is None:
        return None
    try:
        ident, mac = _decode(ident_text), _decode(mac_text)
    except binascii.Error:
        return None
    return ident if hmac.compare_digest(mac, _mac(purpose, ident, key)) else None


def picture(url: str) -> Code:
    """Draw `url` at level Q with a quiet zone of 4 modules; the dark square is 25.5 mm on paper."""
    symbol = segno.make_qr(url, error="q", boost_error=False)
    modules = symbol.symbol_size(border=0)[0]
    side = SYMBOL_MM * (modules + 2 * QUIET_MODULES) / modules
    uri = symbol.svg_data_uri(border=QUIET_MODULES, omitsize=True, xmldecl=False, dark="#000", light="#fff")
    return Code(uri, f"{side:.2f}")


def _mac(purpose: Purpose, ident: bytes, key: bytes) -> bytes:
    return hmac.digest(key, purpose.value.encode() + b"|" + ident, hashlib.sha256)[:MAC_BYTES]


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "==", altchars=b"-_", validate=True)

"""Telephone numbers of accounts: sealed (SM4-GCM) where they must be read again, a keyed hash (HMAC-SM3) to find them.

The keys are derived from SECRET_KEY, which no database holds (docs/adr/0019). A masked number is never taken back.
"""

import base64
import hashlib
import hmac
import re
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings

NONCE, TAG = 12, 16  # bytes
# What tells who somebody is, in words that a person typed: a mobile, a landline, and anything long with digits in it
# (identity card, credit code, filing number, bank card), in whatever width and with whatever gaps it was typed.
_WIDE = str.maketrans({0xFF01 + n: 0x21 + n for n in range(94)} | {"\u3000": " "})
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?:(?P<mobile>1[3-9][0-9](?:[ -]?[0-9]{4}){2})|0[0-9]{2,3}[ -]?[0-9]{7,8}"
    r"|(?=[A-Za-z]{0,4}[0-9])[0-9A-Za-z]{15,24}|[0-9]{6}[ -][0-9]{8}[ -][0-9]{3}[0-9Xx])(?![0-9A-Za-z])"
)


def masked(phone: str) -> str:
    """138****1234: how a page shows a number."""
    return f"{phone[:3]}****{phone[-4:]}" if phone else ""


def masked_words(text: str) -> str:
    """Words of a person to be shown to people who are not to learn whose they are: telephones as `masked` shows them,
    longer numbers not at all. Names cannot be told from words; they stay."""

    def hide(found: re.Match[str]) -> str:
        mobile = found["mobile"]
        return masked(re.sub("[ -]", "", mobile)) if mobile else "****"

    flat, shown, end = text.translate(_WIDE), [], 0
    for found in _NUMBER.finditer(flat):  # as long as `text`: every other sign stays as it was typed
        shown += [text[end : found.start()], hide(found)]
        end = found.end()
    return "".join([*shown, text[end:]])


def blind(purpose: str, value: str) -> str:
    """A keyed hash (64 hex digits) by which equal values of one purpose are found, and nothing else is learnt."""
    mac = HMAC(_key(f"blind|{purpose}", settings.SECRET_KEY), hashes.SM3())
    mac.update(value.encode())
    return mac.finalize().hex()


def seal(purpose: str, value: str) -> str:
    """`value` encrypted for `purpose`; the same value gives another text each time."""
    nonce = secrets.token_bytes(NONCE)
    cipher = Cipher(algorithms.SM4(_key(purpose, settings.SECRET_KEY)[:16]), modes.GCM(nonce)).encryptor()
    cipher.authenticate_additional_data(purpose.encode())
    content = cipher.update(value.encode()) + cipher.finalize()
    return base64.urlsafe_b64encode(nonce + cipher.tag + content).decode()


def unseal(purpose: str, sealed: str) -> str:
    """What `seal` hid; "" for what was sealed for something else, under another key, or changed."""
    try:
        raw = base64.urlsafe_b64decode(sealed)
        nonce, tag, content = raw[:NONCE], raw[NONCE : NONCE + TAG], raw[NONCE + TAG :]
        cipher = Cipher(algorithms.SM4(_key(purpose, settings.SECRET_KEY)[:16]), modes.GCM(nonce, tag)).decryptor()
        cipher.authenticate_additional_data(purpose.encode())
        return (cipher.update(content) + cipher.finalize()).decode()
    except (ValueError, InvalidTag):
        return ""


@lru_cache(maxsize=16)
def _key(purpose: str, secret: str) -> bytes:
    return hmac.digest(secret.encode(), f"creditrepair.personal|{purpose}".encode(), hashlib.sha256)

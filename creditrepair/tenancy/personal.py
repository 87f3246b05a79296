"""Telephone numbers of accounts: sealed (SM4-GCM) where they must be read again, a keyed hash (HMAC-SM3) to find them.

The keys are derived from SECRET_KEY, which no database holds (docs/adr/0019). A masked number is never taken back.
"""

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings

NONCE, TAG = 12, 16  # bytes


def masked(phone: str) -> str:
    """138****1234: how a page shows a number."""
    return f"{phone[:3]}****{phone[-4:]}" if phone else ""


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

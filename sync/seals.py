"""Who may have sealed a stored message: the present signing key, and the public halves of those that it followed.

A key is changed by a new seed; its kid is made from the key itself and stands in every message. The public half of the
old one goes to SYNC_SIGNING_RETIRED, or what it sealed could no longer be shown to be ours.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from sync import messages
from sync.signing import BadSignature, SealKey


def public_keys() -> Mapping[str, str]:
    """kid → public key (hex), the present one first. ValueError for a malformed setting."""
    present = SealKey.from_seed(settings.SYNC_SIGNING_SEED)
    retired = [text.strip().lower() for text in settings.SYNC_SIGNING_RETIRED if text.strip()]
    if any(len(bytes.fromhex(text)) != 32 for text in retired):
        raise ValueError("SYNC_SIGNING_RETIRED: a public key has 32 bytes")
    return {present.kid: present.public_hex} | {kid_of(text): text for text in retired}


def kid_of(public_hex: str) -> str:
    return hashlib.sha256(bytes.fromhex(public_hex)).hexdigest()[:16]


def opened(body: bytes) -> tuple[dict[str, Any], str, bool]:
    """(message, kid, whether one of our keys sealed exactly this). Empty message for what is not sealed."""
    try:
        sealed = json.loads(body)
        message, kid = dict(sealed["message"]), str(sealed["signature"]["kid"])
    except (ValueError, KeyError, TypeError):
        return {}, "", False
    try:
        messages.open_seal(body, public_keys())
    except BadSignature:
        return message, kid, False
    return message, kid, True

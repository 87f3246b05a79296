"""查询码: what an applicant asks for progress with, together with the last four signs of the firm's code."""

import hashlib
import hmac

from django.conf import settings

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 signs: 5 bits each; no 0 O 1 I


def query_code_hash(code: str) -> str:
    """Lookup key of a query code: case, spaces and hyphens do not matter. 16 signs of 5 bits are 80 bits."""
    compact = "".join(ch for ch in code.upper() if ch.isalnum())
    return hashlib.sha256(f"query-code|{compact}".encode()).hexdigest()


def query_code_of(form_token: str, region: str) -> str:
    """The query code of a filing: 80 bits that only the form's random token and our key give.

    Derived, not stored: a repeated submit shows the same code again, while the database holds its hash alone.
    """
    key = hashlib.sha256(f"query-code|{settings.SECRET_KEY}".encode()).digest()
    digest = hmac.digest(key, f"{form_token}|{region}".encode(), "sha256")
    text = "".join(CODE_ALPHABET[byte % 32] for byte in digest[:16])
    return "-".join(text[i : i + 4] for i in range(0, 16, 4))

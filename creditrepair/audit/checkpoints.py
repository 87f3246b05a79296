"""Heads of the chains, signed (Ed25519) and sealed outside the database, so that a cut-off tail is noticed.

A head also carries the Merkle root over the events since the head before it: whoever holds a head and a short path can
show that one event was there, without the rows of anybody else (docs/adr/0021). Heads of before have no root.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from creditrepair.audit import merkle
from creditrepair.audit.models import Event

MOST_EVENTS: Final = 65_536  # under one head: what a proof has to read
SIGNATURE: Final = frozenset({"signature", "public_key"})  # all else of a line is what was signed


def signing_key() -> Ed25519PrivateKey:
    """The installation's signing key, from the setting `SYNC_SIGNING_SEED` (32 bytes hex)."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(settings.SYNC_SIGNING_SEED))


def public_key_hex() -> str:
    return signing_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def public_keys() -> list[str]:
    """The key in use first, then those that signed before (hex)."""
    return [public_key_hex(), *settings.SYNC_SIGNING_RETIRED]


def _file(region: str) -> Path:
    return Path(settings.STATE_DIR) / "heads" / f"{region}.jsonl"


def signed_text(head: dict[str, Any]) -> bytes:
    """The bytes of a sealed line that its signature stands for."""
    told = {name: value for name, value in head.items() if name not in SIGNATURE}
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def seal_head(region: str, *, now: datetime) -> dict[str, Any] | None:
    """Append the signed head of `region` to its file outside the database; None while the chain is empty.

    After a long time without a seal several heads are written, none over more than `MOST_EVENTS`; the last is returned.
    """
    last = Event.objects.filter(region_id=region).order_by("-seq").values_list("seq", flat=True).first()
    if last is None:
        return None
    line: dict[str, Any] | None = None
    path = _file(region)
    path.parent.mkdir(parents=True, exist_ok=True)
    first = _sealed_to(region) + 1
    while line is None or line["seq"] < last:
        line = _signed(region, first, min(last, first + MOST_EVENTS - 1), now)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, sort_keys=True) + "\n")
        first = line["seq"] + 1
    return line


def _signed(region: str, first: int, last: int, now: datetime) -> dict[str, Any]:
    last = max(last, first - 1)  # nothing new: the head stands again, over no events
    hashes = hashes_between(region, first, last)
    end = hashes[-1] if hashes else Event.objects.values_list("hash", flat=True).get(region_id=region, seq=last)
    head: dict[str, Any] = {
        "region": region,
        "seq": last,
        "hash": end,
        "at": now.astimezone(UTC).isoformat(),
        "first": first,
        "root": merkle.root([merkle.leaf(one) for one in hashes]).hex(),
    }
    signature = signing_key().sign(signed_text(head)).hex()
    return {**head, "signature": signature, "public_key": public_key_hex()}


def hashes_between(region: str, first: int, last: int) -> list[str]:
    """The chain hashes of events `first` to `last`, both included, in order."""
    rows = Event.objects.filter(region_id=region, seq__gte=first, seq__lte=last).order_by("seq")
    return list(rows.values_list("hash", flat=True))


def heads(region: str) -> Iterator[dict[str, Any]]:
    """Every sealed line of `region`, newest first, unchecked."""
    path = _file(region)
    if path.exists():
        for line in reversed(path.read_text(encoding="utf-8").splitlines()):
            if line.strip():
                yield json.loads(line)


def head_over(region: str, seq: int) -> dict[str, Any] | None:
    """The sealed line under whose root event `seq` stands; None when it was not sealed with a root. Raises ValueError."""
    for head in heads(region):
        if "root" in head and head["first"] <= seq <= head["seq"]:
            _check(region, head)
            return head
    return None


def last_sealed(region: str) -> tuple[int, str] | None:
    """(seq, hash) of the newest sealed head, None if there is none.

    Raises ValueError if a signature does not match: a forged file must not pass for an empty one.
    """
    head = next(heads(region), None)
    if head is None:
        return None
    _check(region, head)
    return int(head["seq"]), str(head["hash"])


def _sealed_to(region: str) -> int:
    """The last event under a root of a head that is ours; 0 before the first: heads of before had no roots."""
    for head in heads(region):
        if "root" in head:
            _check(region, head)
            return int(head["seq"])
    return 0


def _check(region: str, head: dict[str, Any]) -> None:
    key = str(head.get("public_key", ""))
    if key not in public_keys():  # sealed before the key was changed, perhaps
        raise ValueError(f"sealed head of {region} was signed with a key that is not ours")
    try:
        signature = bytes.fromhex(head["signature"])
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, signed_text(head))
    except InvalidSignature as error:
        raise ValueError(f"sealed head of {region} carries a wrong signature") from error

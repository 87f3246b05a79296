"""Heads of the chains, signed (Ed25519) and sealed outside the database, so that a cut-off tail is noticed."""

import json
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from creditrepair.audit.models import Event


def signing_key() -> Ed25519PrivateKey:
    """The installation's signing key, from the setting `SYNC_SIGNING_SEED` (32 bytes hex)."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(settings.SYNC_SIGNING_SEED))


def public_key_hex() -> str:
    return signing_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def _file(region: str) -> Path:
    return Path(settings.STATE_DIR) / "heads" / f"{region}.jsonl"


def seal_head(region: str, *, now: datetime) -> dict[str, object] | None:
    """Append the signed head of `region` to its file outside the database; None while the chain is empty."""
    last = Event.objects.filter(region_id=region).order_by("-seq").only("seq", "hash").first()
    if last is None:
        return None
    head = {"region": region, "seq": last.seq, "hash": last.hash, "at": now.astimezone(UTC).isoformat()}
    text = json.dumps(head, sort_keys=True, separators=(",", ":"))
    line = {**head, "signature": signing_key().sign(text.encode()).hex(), "public_key": public_key_hex()}
    path = _file(region)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, sort_keys=True) + "\n")
    return line


def last_sealed(region: str) -> tuple[int, str] | None:
    """(seq, hash) of the newest sealed head, None if there is none.

    Raises ValueError if a signature does not match: a forged file must not pass for an empty one.
    """
    path = _file(region)
    if not path.exists():
        return None
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not lines:
        return None
    head = json.loads(lines[-1])
    text = json.dumps({k: head[k] for k in ("region", "seq", "hash", "at")}, sort_keys=True, separators=(",", ":"))
    key = str(head.get("public_key", ""))
    if key not in {public_key_hex(), *settings.SYNC_SIGNING_RETIRED}:  # sealed before the key was changed, perhaps
        raise ValueError(f"sealed head of {region} was signed with a key that is not ours")
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(head["signature"]), text.encode())
    except InvalidSignature as error:
        raise ValueError(f"sealed head of {region} carries a wrong signature") from error
    return int(head["seq"]), str(head["hash"])

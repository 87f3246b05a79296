"""Random secrets of this installation, made once and kept in one 0600 file of the state folder. No defaults exist."""

import fcntl
import json
import os
import secrets
from pathlib import Path


def secret(state: Path, name: str, size: int = 32) -> str:
    """The hex secret `name` of `size` bytes; made on first use, the same ever after."""
    path = state / "secrets.json"
    state.mkdir(parents=True, exist_ok=True)
    with (state / "secrets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if name not in known:
            known[name] = secrets.token_hex(size)
            fresh = path.with_suffix(".new")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
                json.dump(known, out, indent=1)
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(path)
        return known[name]

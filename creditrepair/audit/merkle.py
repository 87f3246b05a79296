"""Merkle trees over event hashes, as RFC 9162 §2.1 builds them: one root for many events, a short path for each.

Pure functions over bytes. A verifier outside needs nothing but SHA-256 (cases/evidence/verify.py does the same).
"""

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").digest()


def leaf(event_hash: str) -> bytes:
    """The leaf of one event: its chain hash (64 hex digits), marked as a leaf."""
    return hashlib.sha256(b"\x00" + bytes.fromhex(event_hash)).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over `leaves` in order; that of no leaves is the hash of nothing."""
    level = list(leaves) or [EMPTY]
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(leaves: Sequence[bytes], index: int) -> list[tuple[str, bytes]]:
    """The way from leaf `index` to the root: at each step on which side the sister stands ("left", "right") and its hash."""
    level, steps = list(leaves), []
    while len(level) > 1:
        sister = index ^ 1
        if sister < len(level):  # without a sister a node stands one level higher as it is
            steps.append(("left" if sister < index else "right", level[sister]))
        level, index = _above(level), index // 2
    return steps


def _above(level: list[bytes]) -> list[bytes]:
    pairs = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return pairs + level[-1:] if len(level) % 2 else pairs

"""Keys are changed without losing what the old ones signed: the audit chain's sealed heads, and what the operator reads."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from creditrepair.audit import checkpoints
from creditrepair.audit.chain import record
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from sync.signing import SealKey
from tests.world import YONGCHANG, at


@pytest.fixture
def sealed_head(world, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    with region_context(YONGCHANG):
        record(system_actor(YONGCHANG), "submitted", kind="case", thing="x", at=at())
        return checkpoints.seal_head(YONGCHANG, now=at())


def test_a_head_sealed_before_the_change_is_believed_only_while_its_public_key_is_kept(sealed_head, settings):
    old = SealKey.from_seed(settings.SYNC_SIGNING_SEED)
    settings.SYNC_SIGNING_SEED = "5b" * 32
    with pytest.raises(ValueError, match="not ours"):
        checkpoints.last_sealed(YONGCHANG)
    settings.SYNC_SIGNING_RETIRED = [old.public_hex]
    assert checkpoints.last_sealed(YONGCHANG) == (sealed_head["seq"], sealed_head["hash"])


def test_a_forged_head_is_not_believed_whatever_key_it_names(sealed_head, settings):
    path = Path(settings.STATE_DIR) / "heads" / f"{YONGCHANG}.jsonl"
    line = json.loads(path.read_text())
    path.write_text(json.dumps(line | {"seq": 0}) + "\n")
    with pytest.raises(ValueError, match="wrong signature"):
        checkpoints.last_sealed(YONGCHANG)
    foreign = SealKey.from_seed("66" * 32)
    text = json.dumps({k: line[k] for k in ("region", "seq", "hash", "at")}, sort_keys=True, separators=(",", ":"))
    forged = {"signature": foreign.sign(text.encode()), "public_key": foreign.public_hex}
    path.write_text(json.dumps(line | forged) + "\n")
    with pytest.raises(ValueError, match="not ours"):
        checkpoints.last_sealed(YONGCHANG)


def test_the_command_names_keys_and_shows_no_secret(settings):
    secret, older = "ab" * 32, "cd" * 32
    settings.SYNC_TARGETS = {"creditchina_jinchang": {"keys": f"k2:{secret},k1:{older}"}}
    retired = SealKey.from_seed("66" * 32)
    settings.SYNC_SIGNING_RETIRED = [retired.public_hex]
    out = StringIO()
    call_command("keys", stdout=out)
    text = out.getvalue()
    assert "签名 k2；另接受 k1" in text
    assert f"报文签章 {retired.kid}：已停用，仍可验证，公钥 {retired.public_hex}" in text
    assert not any(hidden in text for hidden in (secret, older, settings.SYNC_SIGNING_SEED, "66" * 32))

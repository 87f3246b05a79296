"""证据包: what an applicant takes away holds without us, and whatever is changed in it is found."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cases.services.evidence import take_evidence
from creditrepair.audit import checkpoints, merkle
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotFound, WrongMoment
from notices import printing
from tests.world import FIRM_B, YONGCHANG, at, history

pytestmark = pytest.mark.django_db


@pytest.fixture
def pack(world, tmp_path) -> Path:
    """The unpacked evidence of an approved case of firm A, in a region where others have acted as well."""
    world.a_case("submitted", who="wu")
    case = world.a_case("approved")
    printing.render_waiting()
    made = take_evidence(world.enter(world.actors["zhao"]), ref=case.ref, now=at(hour=12))
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        archive.extractall(tmp_path / "pack")
    return tmp_path / "pack"


def verified(pack: Path, *more: str) -> tuple[int, str]:
    """As a stranger runs it: another interpreter, isolated, nothing of ours importable."""
    command = [sys.executable, "-I", str(pack / "verify.py"), *more]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


def rewrite(path: Path, change) -> None:
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told, ensure_ascii=False))


def sealed_again(pack: Path) -> None:
    """As a forger would: the manifest follows what he changed; his own key signs it."""
    forger = Ed25519PrivateKey.generate()
    told = json.loads((pack / "manifest.json").read_text())
    told["files"] = {name: merkle.hashlib.sha256((pack / name).read_bytes()).hexdigest() for name in told["files"]}
    told["public_keys"] = [forger.public_key().public_bytes_raw().hex()]
    text = json.dumps(told, ensure_ascii=False).encode()
    (pack / "manifest.json").write_bytes(text)
    seal = {"public_key": told["public_keys"][0], "signature": forger.sign(text).hex()}
    (pack / "manifest.sig").write_text(json.dumps(seal))


def test_a_fresh_pack_holds_under_the_published_key(pack):
    code, told = verified(pack, "--key", checkpoints.public_key_hex())
    assert (code, "核验通过" in told, "[不符]" in told) == (0, True, False)


def test_without_a_key_it_says_what_it_cannot_say(pack):
    code, told = verified(pack)
    assert (code, "只能确认证据包前后一致" in told) == (0, True)


def test_another_key_does_not_pass(pack):
    assert verified(pack, "--key", "00" * 32)[0] == 1


def spoil_paper(pack: Path) -> None:
    paper = next((pack / "papers").iterdir())
    paper.write_bytes(paper.read_bytes()[:-1] + b"x")


CHANGES = {
    "文件完整：papers": spoil_paper,
    "内容与散列值一致": lambda p: rewrite(
        p / "events.json", lambda told: next(e for e in told if e["row"])["row"]["data"].update(doc_no="另一号")
    ),
    "在已签名的链头之内": lambda p: rewrite(p / "events.json", lambda told: told[-1].update(hash="ab" * 32)),
    "推送报文由系统签名": lambda p: rewrite(
        next((p / "legs").iterdir()), lambda told: told["message"].update(outcome="refused")
    ),
    "文件完整：legs.json": lambda p: rewrite(p / "legs.json", lambda told: told[0].update(state_text="已核验")),
    "链头由系统签名": lambda p: rewrite(p / "heads.json", lambda told: told[0].update(root="00" * 32)),
}


@pytest.mark.parametrize("fault", CHANGES)
def test_each_change_is_found_and_named(pack, fault):
    CHANGES[fault](pack)
    code, told = verified(pack, "--key", checkpoints.public_key_hex())
    assert code == 1
    assert any("[不符]" in line and fault in line for line in told.splitlines())


def test_a_forger_who_signs_anew_is_found_by_the_published_key_alone(pack):
    rewrite(pack / "legs.json", lambda told: told[0].update(state_text="已核验"))
    sealed_again(pack)
    assert verified(pack, "--key", checkpoints.public_key_hex())[0] == 1


def test_a_pack_names_no_officer_no_telephone_and_no_other_firm(pack, world):
    text = "".join(p.read_text() for p in pack.rglob("*.json"))
    assert FIRM_B not in text and "13800000000" not in text
    assert not any(world.people[name].full_name in text for name in ("qian", "sun"))


def test_it_is_for_the_own_firm_and_after_the_decision(world):
    case = world.a_case("submitted")
    with pytest.raises(NotFound):
        take_evidence(world.enter(world.actors["wu"]), ref=case.ref, now=at())
    with pytest.raises(WrongMoment):
        take_evidence(world.enter(world.actors["zhao"]), ref=case.ref, now=at())
    assert "evidence_taken" not in history(case)


def test_taking_it_is_an_event_that_a_second_pack_proves_as_well(pack, world, tmp_path):
    [ref] = {json.loads((pack / "manifest.json").read_text())["case"]}
    second = take_evidence(world.enter(world.actors["zhao"]), ref=ref, now=at(hour=13))
    with zipfile.ZipFile(io.BytesIO(second.content)) as archive:
        verbs = [event["verb"] for event in json.loads(archive.read("events.json"))]
        heads = json.loads(archive.read("heads.json"))
    assert verbs.count("evidence_taken") == 1
    assert [head["first"] for head in heads] == [1, heads[0]["seq"] + 1]


def test_a_head_covers_no_more_than_it_may_and_every_event_once(world, monkeypatch):
    monkeypatch.setattr(checkpoints, "MOST_EVENTS", 2)
    world.a_case("approved")
    with region_context(YONGCHANG):
        checkpoints.seal_head(YONGCHANG, now=at())
        covered = [(head["first"], head["seq"]) for head in reversed(list(checkpoints.heads(YONGCHANG)))]
        assert checkpoints.last_sealed(YONGCHANG)[0] == covered[-1][1]
    assert all(last - first < 2 for first, last in covered)
    assert [first for first, _ in covered[1:]] == [last + 1 for _, last in covered[:-1]]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9])
def test_every_leaf_leads_to_the_root_and_no_other_does(count):
    leaves = [merkle.leaf(f"{n:064x}") for n in range(count)]
    for index, leaf in enumerate(leaves):
        for start, right in ((leaf, True), (merkle.leaf("ff" * 32), False)):
            found = start
            for side, sister in merkle.path(leaves, index):
                found = merkle.node(sister, found) if side == "left" else merkle.node(found, sister)
            assert (found == merkle.root(leaves)) is right

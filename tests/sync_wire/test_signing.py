"""Header signatures: what is covered, what is refused, two keys during a rotation, both algorithms."""

import pytest
from cryptography.hazmat.primitives import hashes

from sync import signing
from sync.signing import BadSignature, KeyRing

RING = KeyRing.parse("k1:" + "ab" * 32)
NOW = 1_795_000_000.0
NONCE = "0123456789abcdef0123456789abcdef"
CALL = {"method": "POST", "path": "/api/v1/repairs", "query": "b=2&a=1", "body": b'{"a":1}'}


def signed(ring: KeyRing = RING, algorithm: str = signing.SHA256) -> dict[str, str]:
    return signing.sign_request(ring, client_id="yongchang", now=NOW, nonce=NONCE, algorithm=algorithm, **CALL)


def test_the_signed_text_is_the_contract_line_by_line() -> None:
    text = signing.request_text("post", "/api/v1/repairs", "b=2&a=1", "1795000000", NONCE, b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert text.decode().split("\n") == ["POST", "/api/v1/repairs?a=1&b=2", "1795000000", NONCE, empty]
    assert signing.answer_text(201, "1795000000", NONCE, b"").decode().split("\n") == [
        "201",
        "1795000000",
        NONCE,
        empty,
    ]


@pytest.mark.parametrize("algorithm", signing.ALGORITHMS)
def test_a_request_is_verified_with_either_algorithm(algorithm: str) -> None:
    headers = signed(algorithm=algorithm)
    assert headers["X-Signature"].split(" ")[:2] == [algorithm, "k1"]
    assert signing.verify_request(RING, headers, now=NOW + 299, **CALL) == NONCE


def sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def test_sm3_is_what_the_standard_says() -> None:
    """Against an HMAC written out by hand over the bare hash, which itself is checked with GB/T 32905 example 1."""
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    key = (b"k" * 32).ljust(64, b"\0")
    inner = sm3(bytes(b ^ 0x36 for b in key) + b"abc")
    assert signing.mac(signing.SM3, b"k" * 32, b"abc") == sm3(bytes(b ^ 0x5C for b in key) + inner).hex()


@pytest.mark.fault("F30")
@pytest.mark.parametrize(
    "changed",
    [
        {"method": "PUT"},
        {"path": "/api/v1/records"},
        {"query": "a=1&b=3"},
        {"body": b'{"a":2}'},
    ],
)
def test_every_part_of_a_request_is_covered(changed: dict[str, object]) -> None:
    with pytest.raises(BadSignature, match="does not match"):
        signing.verify_request(RING, signed(), now=NOW, **CALL | changed)


@pytest.mark.fault("F30")
@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_timestamp_out_of_its_window_is_refused(seconds: int) -> None:
    with pytest.raises(BadSignature, match="window"):
        signing.verify_request(RING, signed(), now=NOW + seconds, **CALL)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Signature", ""),
        ("X-Signature", "none k1 "),
        ("X-Signature", "HMAC-SHA256 k9 " + "0" * 64),
        ("X-Timestamp", "soon"),
        ("X-Timestamp", "١٧٩٥٠٠٠٠٠٠"),
        ("X-Nonce", "short"),
        ("X-Nonce", "with\nline breaks in it"),
    ],
)
def test_missing_and_malformed_headers_are_refused(header: str, value: str) -> None:
    with pytest.raises(BadSignature):
        signing.verify_request(RING, signed() | {header: value}, now=NOW, **CALL)


def test_two_keys_are_valid_during_a_rotation_and_one_afterwards() -> None:
    old, both = RING, KeyRing.parse("k2:" + "cd" * 32 + ",k1:" + "ab" * 32)
    new = KeyRing.parse("k2:" + "cd" * 32)
    assert signing.verify_request(both, signed(old), now=NOW, **CALL) == NONCE
    assert signing.verify_request(both, signed(both), now=NOW, **CALL) == NONCE
    assert signed(both)["X-Signature"].split(" ")[1] == "k2"
    with pytest.raises(BadSignature):
        signing.verify_request(new, signed(old), now=NOW, **CALL)


@pytest.mark.fault("F30")
def test_an_old_answer_cannot_be_played_for_a_new_request() -> None:
    answer = signing.sign_answer(RING, status=201, body=b"{}", now=NOW, nonce=NONCE)
    signing.verify_answer(RING, answer, status=201, body=b"{}", nonce=NONCE, now=NOW)
    with pytest.raises(BadSignature, match="another request"):
        signing.verify_answer(RING, answer, status=201, body=b"{}", nonce="f" * 32, now=NOW)
    with pytest.raises(BadSignature, match="does not match"):
        signing.verify_answer(RING, answer, status=200, body=b"{}", nonce=NONCE, now=NOW)


@pytest.mark.parametrize(
    "text", ["", "k1", "k1:zz", "k1:abcd", ":" + "ab" * 32, "k1:" + "ab" * 32 + ",k1:" + "cd" * 32]
)
def test_malformed_credentials_are_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError) as found:
        KeyRing.parse(text)
    assert "ab" * 32 not in str(found.value)
    assert "abcd" not in str(found.value)


def test_a_key_does_not_show_its_secret() -> None:
    assert "ab" * 4 not in repr(RING)


def test_a_rotation_step_by_step_refuses_nobody_who_keeps_the_order() -> None:
    """docs/production.md §10: appended, then first, then alone; whoever is a step behind is still understood."""
    k1, k2 = "k1:" + "ab" * 32, "k2:" + "cd" * 32
    appended, first, alone = (KeyRing.parse(text) for text in (f"{k1},{k2}", f"{k2},{k1}", k2))
    for ours, theirs in ((RING, appended), (appended, first), (first, appended), (first, alone), (alone, first)):
        answer = signing.sign_answer(theirs, status=201, body=b"{}", now=NOW, nonce=NONCE)
        signing.verify_answer(ours, answer, status=201, body=b"{}", nonce=NONCE, now=NOW)
        assert signing.verify_request(theirs, signed(ours), now=NOW, **CALL) == NONCE
    stranger = signing.sign_answer(KeyRing.parse("k9:" + "ef" * 32), status=201, body=b"{}", now=NOW, nonce=NONCE)
    with pytest.raises(BadSignature):
        signing.verify_answer(first, stranger, status=201, body=b"{}", nonce=NONCE, now=NOW)

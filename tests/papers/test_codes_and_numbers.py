"""Tokens of the codes, numbers of papers, snapshots and the registry: everything that needs no page."""

import re
from datetime import date
from urllib.parse import unquote

import pytest
import segno

from notices import kinds, numbers, qr
from notices.kinds.snapshot import BadSnapshot, as_snapshot
from tests.papers import samples

KEYS = {"1": b"the older secret, 24 byte", "2": b"the newer secret, 24 byte"}
IDENT = bytes(range(16))


@pytest.mark.parametrize("kid", ["1", "2"])
def test_a_genuine_token_gives_its_id_under_every_key_in_use(kid):
    token = qr.sign(qr.Purpose.PAPER, IDENT, kid=kid, key=KEYS[kid])
    assert len(token) == 47
    assert qr.verify(token, qr.Purpose.PAPER, keys=KEYS) == IDENT


def test_a_token_of_one_purpose_does_not_open_the_other_even_under_one_key():
    token = qr.sign(qr.Purpose.RECORD, IDENT, kid="1", key=KEYS["1"])
    assert qr.verify(token, qr.Purpose.RECORD, keys=KEYS) == IDENT
    assert qr.verify(token, qr.Purpose.PAPER, keys=KEYS) is None


def test_no_changed_character_of_a_token_goes_unnoticed():
    token = qr.sign(qr.Purpose.PAPER, IDENT, kid="1", key=KEYS["1"])
    for at, char in enumerate(token):
        for other in "AQgwB2._-9":
            if other != char:
                assert qr.verify(token[:at] + other + token[at + 1 :], qr.Purpose.PAPER, keys=KEYS) is None


@pytest.mark.parametrize("bad", ["", "1", "1..", "1.a.b", "3." + "A" * 22 + "." + "A" * 22, "1.永." + "A" * 22])
def test_what_is_no_token_is_refused_without_an_error(bad):
    assert qr.verify(bad, qr.Purpose.PAPER, keys=KEYS) is None


def test_a_retired_key_no_longer_verifies():
    token = qr.sign(qr.Purpose.PAPER, IDENT, kid="1", key=KEYS["1"])
    assert qr.verify(token, qr.Purpose.PAPER, keys={"2": KEYS["2"]}) is None


def test_the_code_on_paper_is_25_mm_without_its_quiet_zone():
    code = qr.picture(samples.url(qr.Purpose.PAPER))
    modules = int(re.search(r"viewBox='0 0 (\d+) ", unquote(code.data_uri)).group(1))
    assert (
        modules == segno.make_qr(samples.url(qr.Purpose.PAPER), error="q", boost_error=False).symbol_size(border=4)[0]
    )
    assert float(code.side_mm) * (modules - 8) / modules >= 25


def test_a_number_has_six_cornered_brackets_and_no_leading_zero():
    assert numbers.paper_number("永", "市监", "告", 2026, 1) == "永市监信告〔2026〕1号"
    assert numbers.paper_number("永", "应急", "不准", 2026, 120) == "永应急信不准〔2026〕120号"
    with pytest.raises(ValueError, match="serial 0"):
        numbers.paper_number("永", "市监", "告", 2026, 0)


def test_dates_and_small_numbers_are_written_as_papers_write_them():
    assert numbers.arabic_date(date(2026, 4, 1)) == "2026年4月1日"
    assert numbers.arabic_date(None) == "待核实"
    assert [numbers.chinese(n) for n in (1, 10, 11, 20, 99)] == ["一", "十", "十一", "二十", "九十九"]
    assert (numbers.or_pending(0), numbers.or_pending(" "), numbers.or_pending(None)) == ("0", "待核实", "待核实")


def test_the_signature_is_centred_on_a_date_four_characters_in():
    organ, day = numbers.signature_margins("永昌县应急管理局", "2026年11月23日")
    assert day == 4
    assert organ + numbers.ems("永昌县应急管理局") / 2 == day + numbers.ems("2026年11月23日") / 2
    assert numbers.signature_margins("永昌县住房和城乡建设局综合行政执法大队", "2026年1月1日")[0] == 0


def test_every_kind_has_its_code_and_its_word():
    assert {kind.code: kind.word for kind in kinds.KINDS.values()} == {
        "notice": "告",
        "listing_notice": "列告",
        "acceptance": "受",
        "correction": "补",
        "non_acceptance": "不受",
        "approval": "准",
        "refusal": "不准",
        "extension": "延",
        "correction_letter": "更",
        "revocation": "撤",
        "objection_answer": "异",
        "bulletin": "通",
    }
    assert ("approval", "准予修复决定书") in kinds.choices()
    with pytest.raises(kinds.UnknownKind):
        kinds.get("seal")


@pytest.mark.parametrize("code", list(kinds.KINDS))
def test_a_snapshot_survives_its_way_through_json(code):
    kind = kinds.get(code)
    fields = kind.read(samples.SNAPSHOTS[code])
    stored = as_snapshot(fields)
    assert stored.items() >= samples.SNAPSHOTS[code].items()
    assert kind.read(stored) == fields
    assert kind.compose(stored) == kind.compose(fields)


@pytest.mark.parametrize("code", list(kinds.KINDS))
@pytest.mark.parametrize(
    "spoil",
    [
        {"nickname": "x"},
        {"issued_on": "23.11.2026"},
        {"number": 7},
        {"verify_url": "https://elsewhere.example/v/1.a.b"},
        {"host": "elsewhere.example"},
    ],
)
def test_a_snapshot_that_does_not_fit_is_refused(code, spoil):
    good = samples.SNAPSHOTS[code]
    assert kinds.get(code).compose(good)
    with pytest.raises(BadSnapshot):
        kinds.get(code).compose(good | spoil)
    with pytest.raises(BadSnapshot, match="absent"):
        kinds.get(code).compose({key: value for key, value in good.items() if key != "subject_name"})


def test_a_record_code_on_an_issued_paper_is_refused():
    crossed = samples.SNAPSHOTS["approval"] | {"verify_url": samples.url(qr.Purpose.RECORD)}
    with pytest.raises(BadSnapshot, match="/v/"):
        kinds.get("approval").compose(crossed)


@pytest.mark.parametrize(
    ("host", "accepted"),
    [("127.0.0.1:8620", True), ("localhost:8620", True), ("192.168.1.7:8620", True), ("xyxf.example.gov.cn", False)],
)
def test_only_a_demonstration_may_print_an_address_without_tls(host, accepted):
    path = samples.url(qr.Purpose.PAPER).removeprefix(f"https://{samples.HOST}")
    secure = samples.SNAPSHOTS["approval"] | {"host": host, "verify_url": f"https://{host}{path}"}
    assert kinds.get("approval").compose(secure)
    plain = secure | {"verify_url": f"http://{host}{path}"}
    if accepted:
        assert kinds.get("approval").compose(plain)
    else:
        with pytest.raises(BadSnapshot):
            kinds.get("approval").compose(plain)

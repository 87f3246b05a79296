"""docs/faults.md claims nothing that no test or scenario proves, and leaves out no row."""

import re

from tests import faults_table

ROW = re.compile(r"^\| ([FBT]\d+) \| .* \| (.*) \|$", re.MULTILINE)


def page() -> dict[str, str]:
    """Row → what the page says in its last column."""
    return dict(ROW.findall(faults_table.PAGE.read_text()))


def test_the_page_has_every_row_once():
    assert list(page()) == list(faults_table.rows())


def test_marks_name_rows_that_exist():
    known = set(faults_table.rows())
    assert {ident: places for ident, places in faults_table.marked().items() if ident not in known} == {}
    assert set(faults_table.scenarios()) <= known


def test_every_claim_of_the_page_has_its_test_or_scenario():
    proved = faults_table.proofs()
    untrue = {}
    for ident, told in page().items():
        claims = re.findall(r"`([^`]+)`", told) + re.findall(r"lab: [^,)]+", told)
        wrong = [claim for claim in claims if claim.strip() not in proved[ident] and not told.startswith("*not run*")]
        if wrong:
            untrue[ident] = wrong
    assert untrue == {}, "run: python -m tests.faults_table"


def test_what_is_called_later_has_no_test_yet_and_nothing_is_nowhere():
    proved = faults_table.proofs()
    for ident, told in page().items():
        if told.startswith("*later*"):
            assert not proved[ident], f"{ident} is proved now; run: python -m tests.faults_table"
            assert ident in faults_table.LATER
        assert "*nowhere*" not in told, ident
        assert proved[ident] or ident in faults_table.LATER or ident in faults_table.NOT_RUN, ident

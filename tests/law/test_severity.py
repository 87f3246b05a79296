"""The suggested 失信程度: by kind of penalty, the heaviest wins, and what is not verified says so."""

import pytest

from cases.law import PENALTY_KINDS, suggest_severity


@pytest.mark.parametrize(
    ("kinds", "severity", "certainty"),
    [
        (("warning",), "minor", "verified"),
        (("criticism",), "minor", "unverified"),
        (("fine",), "general", "unverified"),
        (("confiscate_income",), "general", "unverified"),
        (("revoke_licence",), "serious", "verified"),
        (("restrict_employment", "revoke_licence"), "serious", "verified"),
        (("suspend_licence",), "serious", "unverified"),
        (("stop_production",), "serious", "unverified"),
        (("warning", "fine"), "general", "unverified"),
        (("fine", "revoke_licence"), "serious", "unverified"),
        (("fine", "other"), "general", "unverified"),
        (("other",), "unset", "unknown"),
        (("detention",), "unset", "unknown"),
        ((), "unset", "unknown"),
    ],
)
def test_the_kind_of_penalty_suggests_the_class(kinds, severity, certainty):
    suggestion = suggest_severity(kinds)
    assert (suggestion.severity, suggestion.certainty) == (severity, certainty)
    assert ("待核实" in suggestion.text) == (certainty == "unverified")


@pytest.mark.parametrize(
    ("kinds", "fen", "expected"),
    [
        (("fine",), 300_000, ("minor", "verified")),
        (("fine",), 300_001, ("general", "unverified")),
        (("revoke_licence",), None, ("serious", "unverified")),
        ((), None, ("unset", "unknown")),
    ],
)
def test_the_summary_procedure_makes_a_small_penalty_minor_and_nothing_else(kinds, fen, expected):
    suggestion = suggest_severity(kinds, summary_procedure=True, amount_fen=fen)
    assert (suggestion.severity, suggestion.certainty) == expected


@pytest.mark.parametrize("kind", list(PENALTY_KINDS))
def test_every_kind_of_the_penalty_law_is_named_in_the_sentence_or_left_to_the_officer(kind):
    suggestion = suggest_severity((kind,))
    assert PENALTY_KINDS[kind] in suggestion.text or suggestion.severity == "unset"

"""The database away, full or busy: a page that says so with 503 and Retry-After, never a 500 and never a lie."""

import psycopg2
import pytest
from django.db import OperationalError
from django.test import RequestFactory

from creditrepair import answers


def answer_to(error: BaseException, path: str = "/my/"):
    """As Django calls the handler: inside the `except` of what went wrong."""
    try:
        raise error
    except BaseException:  # noqa: BLE001
        return answers.server_error(RequestFactory().post(path))


@pytest.mark.fault("F15", "F16", "F17")
def test_a_database_that_is_away_is_503_with_a_time_to_come_back():
    response = answer_to(OperationalError("connection refused"))
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "请稍后再试" in response.content.decode() and "不会重复办理" in response.content.decode()


@pytest.mark.fault("F19")
def test_a_full_disk_is_named():
    error = OperationalError("could not extend file")

    class Full(psycopg2.OperationalError):
        pgcode = "53100"

    error.__cause__ = Full()
    assert "存储空间不足，请稍后再试" in answer_to(error).content.decode()


def test_machines_get_the_same_as_a_problem():
    response = answer_to(OperationalError("connection refused"), "/api/v1/progress")
    assert (response.status_code, response["Content-Type"]) == (503, "application/problem+json")


def test_a_fault_of_ours_stays_a_500():
    assert answer_to(ValueError("ours")).status_code == 500

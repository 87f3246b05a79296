"""Whoever was cut off asks what became of the act only when nothing of it can still happen."""

import asyncio
import threading

import psycopg2
import pytest
from django.db import connection

from tests.lab.clients import Database

pytestmark = pytest.mark.django_db(transaction=True)


def words() -> dict[str, object]:
    given = connection.get_connection_params()
    return {name: given[name] for name in ("dbname", "host", "port", "user", "password") if name in given}


def test_an_open_transaction_is_waited_for_and_one_begun_later_is_not():
    database, other, later = Database(words()), psycopg2.connect(**words()), psycopg2.connect(**words())
    with other.cursor() as cursor:
        cursor.execute("SELECT 1")  # a transaction that has done something and not ended
    ended = threading.Event()

    async def ask() -> bool:
        waiting = asyncio.create_task(database.at_rest())
        await asyncio.sleep(0.2)
        still_waits = not waiting.done()
        with later.cursor() as cursor:
            cursor.execute("SELECT 1")
        other.commit()
        await asyncio.wait_for(waiting, 30)
        ended.set()
        return still_waits

    try:
        assert asyncio.run(ask())
        assert ended.is_set()
    finally:
        other.close()
        later.close()

"""The event chain: gapless, verifiable, and honest about what it does not see without a sealed head."""

import psycopg2
import pytest
from django.db import connections

from creditrepair.audit.chain import Line, record_all, verify
from creditrepair.audit.checkpoints import last_sealed, seal_head
from creditrepair.audit.models import Event
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.seed import seed_regions
from tests.world import YONGCHANG, at


@pytest.fixture
def chain(transactional_db):
    """Ten committed events, their head sealed outside the database."""
    seed_regions()
    with region_context(YONGCHANG):
        record_all(system_actor(YONGCHANG), [Line("noted", "case", f"C{n}") for n in range(10)], at=at())
        seal_head(YONGCHANG, now=at())


def tamper(sql: str) -> None:
    """As a database administrator would: owner, triggers off, policies off."""
    with psycopg2.connect(**connections["owner"].get_connection_params()) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_event NO FORCE ROW LEVEL SECURITY")
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        cursor.execute(sql)
        assert cursor.rowcount > 0
        cursor.execute("ALTER TABLE audit_event ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE audit_event FORCE ROW LEVEL SECURITY")
    connection.close()


def checked():
    with region_context(YONGCHANG):
        return verify(YONGCHANG, sealed=last_sealed(YONGCHANG))


def test_an_untouched_chain_holds(chain):
    assert checked().ok
    assert checked().rows == 10


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE audit_event SET data = '{\"x\": 1}' WHERE seq = 4", "第4号事件与散列链不符"),
        ("DELETE FROM audit_event WHERE seq = 6", "第6号事件缺失"),
        ("UPDATE audit_event SET seq = seq + 1 WHERE seq = 10", "第10号事件缺失"),
        ("UPDATE audit_event SET hash = repeat('a', 64) WHERE seq = 3", "第3号事件与散列链不符"),
    ],
)
@pytest.mark.fault("F53")
def test_the_first_bad_row_is_named(chain, sql, fault):
    tamper(sql)
    assert not checked().ok
    assert fault in checked().fault


@pytest.mark.fault("F53")
def test_a_cut_off_tail_is_noticed_by_the_sealed_head_alone(chain):
    tamper("DELETE FROM audit_event WHERE seq > 7")
    with region_context(YONGCHANG):
        assert verify(YONGCHANG).ok  # the chain by itself cannot know
    assert "链尾被截断" in checked().fault


def test_a_forged_head_is_not_taken_for_a_seal(chain, settings):
    path = settings.STATE_DIR / "heads" / f"{YONGCHANG}.jsonl"
    path.write_text(path.read_text().replace('"seq": 10', '"seq": 7'))
    with pytest.raises(ValueError, match="wrong signature"):
        last_sealed(YONGCHANG)


def test_numbers_have_no_gap_after_a_rolled_back_act(chain):
    with pytest.raises(RuntimeError), region_context(YONGCHANG):
        record_all(system_actor(YONGCHANG), [Line("noted", "case", "lost")], at=at())
        raise RuntimeError
    with region_context(YONGCHANG):
        record_all(system_actor(YONGCHANG), [Line("noted", "case", "kept")], at=at())
        assert list(Event.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 12))

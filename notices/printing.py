"""From a requested paper to its PDF, outside any transaction. Only the paper worker and the sweeper import this."""

import fcntl
import hashlib
import logging
import selectors
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from creditrepair import failpoint
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region
from notices import press, seals
from notices.models import Notice
from notices.press import Job, Press, Reply

TRIES = 5
HELD_SECONDS = 90  # the time limit of a paper, and of one queued before it
MANY = 12  # waiting papers from which a second process pays for its start
BACK_OFF_SECONDS = 2
SILENT_SECONDS = press.SECONDS_A_PAPER + 15  # a press that says nothing for so long is ended

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Held:
    """A paper taken in hand by this process."""

    region: str
    pk: int
    kind: str
    snapshot: dict[str, Any]
    tries: int


def render_waiting(limit: int = 0, seconds: float = 25.0) -> int:
    """Render requested papers of every region, oldest first; returns how many were issued. Safe to run twice.

    limit    at most so many of a region, here in this process; 0: as many as `seconds` allow, with all cores if many
    seconds  after which no further paper is begun; what is left is taken up by the next call
    """
    until, issued = time.monotonic() + seconds, 0
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        _park_spent(region)
        if limit or settings.PAPER_PRESSES == 0 or _waiting(region) < MANY:
            issued += _here(region, limit or MANY * 4, until)
            continue
        with _presses_of_this_machine() as free:
            if free:
                issued += _with_presses(region, until)
    return issued


def own_fonts(region: str) -> Path:
    """Folder of a region's own faces; it need not exist."""
    return Path(settings.PAPER_FONTS_DIR) / region


@contextmanager
def _presses_of_this_machine() -> Iterator[bool]:
    """Whether the presses are ours now: one process of a machine has them all, another would only share the cores."""
    Path(settings.STATE_DIR).mkdir(parents=True, exist_ok=True)
    with (Path(settings.STATE_DIR) / "presses.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _waiting(region: str) -> int:
    """How many papers nobody has in hand; counting stops at MANY."""
    with region_context(region):
        return len(_free(region).values_list("pk", flat=True)[:MANY])


def _free(region: str) -> QuerySet[Notice]:
    nobody = Q(held_until__isnull=True) | Q(held_until__lt=timezone.now())
    return Notice.objects.filter(nobody, region_id=region, status=Notice.Status.REQUESTED, tries__lt=TRIES)


def _take(region: str, most: int) -> list[_Held]:
    """Take the oldest waiting papers in hand; a try counts now, so that a paper that kills its printer is noticed."""
    with region_context(region):
        found = list(
            _free(region)
            .select_for_update(skip_locked=True)
            .order_by(F("batch").asc(nulls_first=True), "requested_at", "id")  # nobody waits behind a thousand
            .values("pk", "kind", "snapshot", "tries")[:most]
        )
        until = timezone.now() + timedelta(seconds=HELD_SECONDS)
        Notice.objects.filter(region_id=region, pk__in=[row["pk"] for row in found]).update(
            tries=F("tries") + 1, held_until=until
        )
    return [_Held(region, row["pk"], row["kind"], row["snapshot"], row["tries"] + 1) for row in found]


def _here(region: str, most: int, until: float) -> int:
    """One after the other in this process; what failed before goes to a press, where it can do no harm."""
    issued = 0
    for _ in range(most):
        held = _take(region, 1)
        if not held or time.monotonic() > until:
            _give_back(held)
            break
        (paper,) = held
        if paper.tries > 1 and settings.PAPER_PRESSES > 0:
            issued += sum(_settle(done, reply) for done, reply in _pressed(iter(held), 1))
            continue
        reply = press.make(_job(paper))
        issued += _settle(paper, reply)
        if reply.fault == "setup":
            break
    return issued


def _with_presses(region: str, until: float) -> int:
    def supply() -> Iterator[_Held]:
        while time.monotonic() < until:
            taken = _take(region, settings.PAPER_PRESSES)
            if not taken:
                return
            yield from taken

    issued = 0
    for paper, reply in _pressed(supply(), settings.PAPER_PRESSES):
        issued += _settle(paper, reply)
        if reply.fault == "setup":
            break
    return issued


def _pressed(papers: Iterator[_Held], presses: int) -> Iterator[tuple[_Held, Reply]]:
    """Print with so many presses at once; every paper that was taken from `papers` comes back with a reply."""
    with tempfile.TemporaryDirectory(prefix="papers-") as folder, selectors.DefaultSelector() as ready:
        working: dict[Press, float] = {}

        def feed(one: Press) -> bool:
            paper = next(papers, None)
            if paper is None:
                return False
            one.send(_job(paper), paper)
            working[one] = time.monotonic() + SILENT_SECONDS
            return True

        def begin() -> None:
            one = Press(Path(folder), press.PROGRAM)
            ready.register(one, selectors.EVENT_READ)
            if not feed(one):
                end(one)

        def end(one: Press) -> None:
            ready.unregister(one)
            working.pop(one, None)
            one.close()

        try:
            for _ in range(presses):
                begin()
            while working:
                for key, _ in ready.select(1.0):
                    one = key.fileobj
                    assert isinstance(one, Press)
                    paper = one.tag
                    replies = one.replies()
                    for reply in replies[:1]:
                        yield paper, reply
                    if replies and one.ended:
                        end(one)
                        begin()
                    elif replies and not feed(one):
                        end(one)
                for one in [silent for silent, limit in working.items() if time.monotonic() > limit]:
                    yield one.tag, Reply("time", f"制作超过{press.SECONDS_A_PAPER}秒")
                    end(one)
                    begin()
        finally:
            for one in list(working):
                end(one)


def _job(paper: _Held) -> Job:
    return Job(paper.kind, paper.snapshot, seals.provider_of(paper.region).mark, str(own_fonts(paper.region)))


def _settle(paper: _Held, reply: Reply) -> int:
    """Keep a printed paper, or what kept it from being printed; 1 if it was issued now, 0 if not."""
    failpoint.reach("paper.after_render", paper.kind)
    if reply.fault == "glyph":
        named = "、".join(f"{char}（U+{ord(char):04X}）" for char in reply.text)
        return _fail(paper, f"字体缺少字符：{named}")
    if reply.fault == "setup":  # not this paper's fault: it keeps its try, and the log and the page say why it waits
        log.error("no paper can be made: %s", reply.text)
        return _wait(paper, reply.text, tries=F("tries") - 1)
    if reply.fault:
        log.warning("paper %s of %s was not made at try %s: %s", paper.pk, paper.region, paper.tries, reply.text)
        return _wait(paper, reply.text) if paper.tries < TRIES else _fail(paper, reply.text)
    provider = seals.provider_of(paper.region)
    try:
        pdf = provider.sign(reply.pdf, paper.snapshot)
    except Exception as problem:  # noqa: BLE001 - somebody else's program; the paper waits and never goes out bare
        text = f"电子印章未加盖：{type(problem).__name__}: {problem}"
        return _wait(paper, text) if paper.tries < TRIES else _fail(paper, text)
    return _keep(paper, reply, pdf, provider.code)


def _keep(paper: _Held, reply: Reply, pdf: bytes, seal: str) -> int:
    sha256 = hashlib.sha256(pdf).hexdigest()
    with region_context(paper.region):
        notice = Notice.objects.filter(region_id=paper.region, pk=paper.pk, status=Notice.Status.REQUESTED).first()
    if notice is None:
        return 0
    path = f"{paper.region}/notices/{notice.ref}-{sha256[:16]}.pdf"
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(pdf))
    failpoint.reach("paper.after_store", paper.kind)
    with region_context(paper.region):
        now = timezone.now()
        changed = Notice.objects.filter(region_id=paper.region, pk=paper.pk, status=Notice.Status.REQUESTED).update(
            status=Notice.Status.ISSUED,
            rendered_at=now,
            held_until=None,
            pages=reply.pages,
            pdf_path=path,
            pdf_sha256=sha256,
            seal=seal,
            problem="",
        )
        if changed:
            record_event(
                system_actor(paper.region),
                "paper_issued",
                kind="notice",
                thing=notice.ref,
                application=notice.application_ref,
                at=now,
                data={"number": notice.number, "sha256": sha256, "pages": reply.pages, "case": notice.case_ref},
            )
    return int(changed)


def _wait(paper: _Held, problem: str, **changes: Any) -> int:
    """Not now: let it be taken again, a little later each time."""
    with region_context(paper.region):
        Notice.objects.filter(region_id=paper.region, pk=paper.pk, status=Notice.Status.REQUESTED).update(
            problem=problem[:500],
            held_until=timezone.now() + timedelta(seconds=BACK_OFF_SECONDS * paper.tries),
            **changes,
        )
    return 0


def _give_back(papers: list[_Held]) -> None:
    for paper in papers:
        with region_context(paper.region):
            Notice.objects.filter(region_id=paper.region, pk=paper.pk).update(held_until=None, tries=F("tries") - 1)


def _fail(paper: _Held, problem: str) -> int:
    """A person has to help: the number stays, the page and the task name the reason."""
    with region_context(paper.region):
        notice = Notice.objects.filter(region_id=paper.region, pk=paper.pk, status=Notice.Status.REQUESTED).first()
        if notice is not None:
            notice.status, notice.problem, notice.held_until = Notice.Status.FAILED, problem[:500], None
            notice.save(update_fields=["status", "problem", "held_until"])
            record_event(
                system_actor(paper.region),
                "paper_failed",
                kind="notice",
                thing=notice.ref,
                application=notice.application_ref,
                at=timezone.now(),
                data={"number": notice.number, "problem": problem[:500]},
            )
    return 0


def _park_spent(region: str) -> None:
    """Papers whose every try ended with the death of their printer: nobody was left to say so."""
    with region_context(region):
        spent = list(
            Notice.objects.filter(
                region_id=region, status=Notice.Status.REQUESTED, tries__gte=TRIES, held_until__lt=timezone.now()
            ).values("pk", "kind", "snapshot", "tries", "problem")
        )
    for row in spent:
        paper = _Held(region, row["pk"], row["kind"], row["snapshot"], row["tries"])
        _fail(paper, row["problem"] or f"制作{TRIES}次均异常中断")

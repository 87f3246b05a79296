"""From a requested paper to its PDF, outside any transaction. Only the paper worker and the sweeper import this."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import F
from django.utils import timezone

from creditrepair import failpoint
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region
from notices import kinds, render
from notices.glyphs import MissingGlyph
from notices.models import Notice

TRIES = 5


def render_waiting(limit: int = 50) -> int:
    """Render requested papers of every region, oldest first; returns how many were issued. Safe to run twice."""
    issued = 0
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        with region_context(region):
            waiting = list(
                Notice.objects.filter(region_id=region, status=Notice.Status.REQUESTED, tries__lt=TRIES)
                .order_by("requested_at", "id")
                .values_list("pk", flat=True)[:limit]
            )
        for pk in waiting:
            issued += render_notice(region, pk)
    return issued


def render_notice(region: str, pk: int) -> int:
    """Render one paper outside any transaction and keep it; 1 if it was issued now, 0 if not.

    The same snapshot gives the same bytes, so two renderers at once are harmless. A missing glyph stops the paper
    with the characters named; any other fault is tried again.
    """
    with region_context(region):
        notice = Notice.objects.filter(region_id=region, pk=pk, status=Notice.Status.REQUESTED).first()
        if notice is None:
            return 0
        Notice.objects.filter(pk=pk).update(tries=F("tries") + 1)
    try:
        template, context = kinds.get(notice.kind).compose(notice.snapshot)
        rendered = render.render(template, context)
    except MissingGlyph as problem:
        return _fail(notice, f"字体缺少字符：{problem}")
    except Exception as problem:  # noqa: BLE001 - whatever it was, the decision stands and a person can see why
        if notice.tries + 1 >= TRIES:
            return _fail(notice, f"{type(problem).__name__}: {problem}")
        return 0
    path = f"{region}/notices/{notice.ref}.pdf"
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(rendered.pdf))
    failpoint.reach("paper.after_file")
    with region_context(region):
        now = timezone.now()
        changed = Notice.objects.filter(region_id=region, pk=pk, status=Notice.Status.REQUESTED).update(
            status=Notice.Status.ISSUED,
            rendered_at=now,
            pages=rendered.pages,
            pdf_path=path,
            pdf_sha256=rendered.sha256,
            problem="",
        )
        if changed:
            record_event(
                system_actor(region),
                "paper_issued",
                kind="notice",
                thing=notice.ref,
                application=notice.application_ref,
                at=now,
                data={
                    "number": notice.number,
                    "sha256": rendered.sha256,
                    "pages": rendered.pages,
                    "case": notice.case_ref,
                },
            )
    return int(changed)


def _fail(notice: Notice, problem: str) -> int:
    with region_context(notice.region_id):
        Notice.objects.filter(pk=notice.pk, status=Notice.Status.REQUESTED).update(
            status=Notice.Status.FAILED, problem=problem[:500]
        )
        record_event(
            system_actor(notice.region_id),
            "paper_failed",
            kind="notice",
            thing=notice.ref,
            application=notice.application_ref,
            at=timezone.now(),
            data={"number": notice.number, "problem": problem[:500]},
        )
    return 0

"""Sealing of the chain heads, by the clock."""

from celery import shared_task
from django.utils import timezone

from creditrepair.audit.checkpoints import seal_head
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region


@shared_task(name="creditrepair.audit.tasks.seal_heads")
def seal_heads() -> None:
    for code in Region.objects.order_by("code").values_list("code", flat=True):
        with region_context(code):
            seal_head(code, now=timezone.now())

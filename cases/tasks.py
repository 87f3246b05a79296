"""Celery tasks of cases: each has the name of its verb, takes ids or nothing, and may run twice, late or never."""

from celery import shared_task
from django.utils import timezone

from cases.services import repair


@shared_task(name="cases.tasks.settle_verified")
def settle_verified() -> int:
    return repair.settle_verified(timezone.now())

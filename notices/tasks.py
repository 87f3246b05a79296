"""Celery task of papers: told to look, renders what waits. The sweeper calls the same function."""

from celery import shared_task

from notices import printing


@shared_task(name="notices.tasks.render_waiting", soft_time_limit=45)
def render_waiting() -> int:
    return printing.render_waiting()

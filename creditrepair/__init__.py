"""Wiring of the project, and the two small apps that everyone stands on: tenancy and audit."""

from creditrepair.celery import app as celery_app

__all__ = ["celery_app"]

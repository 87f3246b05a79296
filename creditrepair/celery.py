"""Celery only wakes work up; what must happen stands in the database (outbox, cases). Losing a task loses nothing."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditrepair.settings")

app = Celery("creditrepair")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

"""Peer of the outbox: one Celery task per delivery, as it is usually done: row locked, sent, marked, all in one go.

celery -A bench.peers.task_each worker -Q each -c 2
"""

import http.client
import os
import time
from urllib.parse import urlsplit

from celery.signals import worker_process_init
from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone

from creditrepair.celery import app
from sync import signing

TARGET = "creditchina_jinchang"
_lines: dict[int, http.client.HTTPConnection] = {}


@worker_process_init.connect
def _own_connections(**_: object) -> None:
    connections.close_all()


@app.task(name="bench.send_one", queue="each")
def send_one(pk: int) -> None:
    given = settings.SYNC_TARGETS[TARGET]
    with transaction.atomic(using="sender"):
        row = (
            apps.get_model("sync", "Delivery")
            .objects.using("sender")
            .select_for_update()
            .get(pk=pk, done_at__isnull=True)
        )
        path = f"/api/v1/records/{row.record_key}"
        body = bytes(row.body)
        headers = signing.sign_request(
            signing.KeyRing.parse(given["keys"]), client_id=given["client_id"], method="PUT", path=path, query="", body=body,
            now=time.time(), nonce=signing.new_nonce(),
        ) | {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": row.key}  # fmt: skip
        line = _lines.setdefault(os.getpid(), http.client.HTTPConnection(urlsplit(given["base_url"]).netloc))
        line.request("PUT", path, body, headers)
        answer = line.getresponse()
        answer.read()
        if answer.status not in (200, 201):
            raise RuntimeError(f"platform answered {answer.status}")
        row.state, row.acked_at, row.done_at = "acked", timezone.now(), timezone.now()
        row.save(using="sender", update_fields=["state", "acked_at", "done_at"])

"""WSGI entry point, served by granian (gunicorn works as well)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditrepair.settings")
application = get_wsgi_application()

from creditrepair.celery import app as celery  # noqa: E402 - needs the settings that the line above loads

# A frozen broker must not hold a request for the worker's ten seconds: waking is a courtesy, the sweeper looks as well.
celery.conf.broker_transport_options = {
    **celery.conf.broker_transport_options,
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "health_check_interval": 0,
}

"""WSGI entry point, served by granian (gunicorn works as well)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditrepair.settings")
application = get_wsgi_application()

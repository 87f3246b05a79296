"""ASGI entry point; the production server speaks WSGI, because ORM code is slowest under async."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditrepair.settings")
application = get_asgi_application()

"""Peer: Django REST framework as most projects run it: no persistent connections, default middleware, gunicorn."""

from creditrepair.settings import *  # noqa: F403 - a variation of our settings
from creditrepair.settings import DATABASES, REST_FRAMEWORK

ROOT_URLCONF = "bench.peers.drf_urls"
DATABASES = DATABASES | {"default": DATABASES["default"] | {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False}}
REST_FRAMEWORK = REST_FRAMEWORK | {"EXCEPTION_HANDLER": "rest_framework.views.exception_handler"}
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "sync"
    verbose_name = "平台推送"

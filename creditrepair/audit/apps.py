from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "creditrepair.audit"
    label = "audit"
    verbose_name = "事件与审计"

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "creditrepair.tenancy"
    label = "tenancy"
    verbose_name = "行政区与人员"

"""Peer of the queue page: Django's admin as it comes, OFFSET and COUNT(*), over the same cases and the same role."""

from typing import Any

from django.contrib import admin
from django.urls import path

from cases.models import Case


class Anybody:
    """A signed-in user who may do everything; our users carry no admin permissions."""

    is_active = is_staff = is_authenticated = True
    is_anonymous = False
    pk = 1

    def has_perm(self, *_: object) -> bool:
        return True

    has_module_perms = has_perm

    def has_usable_password(self) -> bool:
        return True

    def get_username(self) -> str:
        return "bench"


class CaseAdmin(admin.ModelAdmin):
    list_display = ("ref", "application", "subject", "category", "state", "holder", "due_on")
    list_select_related = ("application", "subject", "holder")
    list_per_page = 30
    ordering = ("due_on", "id")

    def get_list_display_links(self, request: Any, list_display: Any) -> Any:
        return ("ref",)


site = admin.AdminSite(name="admin")
site.register(Case, CaseAdmin)
urlpatterns = [path("admin/", site.urls)]

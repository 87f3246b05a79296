"""Addresses under /api/v1/ (namespace `api`)."""

from django.urls import path

from cases.api import records, schema, views

urlpatterns = [
    path("", views.DocsView.as_view(), name="docs"),
    path("schema", views.SchemaView.as_view(), name="schema"),
    path("progress", views.ProgressView.as_view(), name="progress"),
    path("eligibility", views.EligibilityView.as_view(), name="eligibility"),
    path("records", records.RecordsView.as_view(), name="records"),
    path("batches/<str:ref>", records.BatchView.as_view(), name="batch"),
    path("cases/<str:ref>", views.CaseView.as_view(), name="case"),
    path("cases/<str:ref>/events", views.CaseEventsView.as_view(), name="case_events"),
]

__all__ = ["schema", "urlpatterns"]

"""Addresses of the service hall's counter."""

from django.urls import URLPattern, path

from cases.desk import counter_correct, counter_file, counter_views

app_name = "counter"

urlpatterns: list[URLPattern] = [
    path("", counter_views.home, name="home"),
    path("window", counter_views.window, name="window"),
    path("subject", counter_views.subject, name="subject"),
    path("accompany", counter_views.accompany, name="accompany"),
    path("file/<str:token>/", counter_file.file, name="file"),
    path("correct/<str:ref>", counter_correct.correct, name="correct"),
    path("receipt/<str:ref>", counter_views.receipt, name="receipt"),
]

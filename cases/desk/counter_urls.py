"""Addresses of the service hall's counter."""

from django.urls import URLPattern, path

from cases.desk import (
    counter_advice,
    counter_begin,
    counter_correct,
    counter_file,
    counter_hall,
    counter_object,
    counter_queue,
    counter_views,
)

app_name = "counter"

urlpatterns: list[URLPattern] = [
    path("", counter_views.home, name="home"),
    path("window", counter_views.window, name="window"),
    path("next", counter_queue.call, name="next"),
    path("number/<str:ref>", counter_queue.ticket, name="ticket"),
    path("number/<str:ref>/move", counter_queue.move, name="move"),
    path("entrance", counter_queue.entrance, name="entrance"),
    path("entrance/issue", counter_queue.issue, name="issue"),
    path("screen", counter_queue.screen, name="screen"),
    path("subject", counter_begin.subject, name="subject"),
    path("accompany", counter_views.accompany, name="accompany"),
    path("file/<str:token>/", counter_file.file, name="file"),
    path("file/<str:token>/keep", counter_file.keep, name="keep"),
    path("correct/<str:ref>", counter_correct.correct, name="correct"),
    path("object/<str:ref>", counter_object.objection, name="object"),
    path("receipt/<str:ref>", counter_views.receipt, name="receipt"),
    path("receipt/<str:ref>/again", counter_views.reprint, name="reprint"),
    path("paper", counter_views.paper, name="paper"),
    path("advice", counter_advice.advice, name="advice"),
    path("hall", counter_hall.hall, name="hall"),
]

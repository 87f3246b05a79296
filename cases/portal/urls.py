"""Addresses of the portal; the names are used all over the templates as `portal:…`."""

from django.urls import path

from cases.portal import codes, contact, correct, faq_pages, guide, lookup, mine, pages, reminders, session, wizard

app_name = "portal"
urlpatterns = [
    path("", pages.home, name="home"),
    path("about", pages.about, name="about"),
    path("display", pages.display, name="display"),
    path("search", lookup.search, name="search"),
    path("calculator", lookup.calculator, name="calculator"),
    path("reminder.ics", lookup.reminder, name="reminder"),
    path("remind/stop", reminders.stop, name="remind_stop"),
    path("remind/stop/<slug:ref>", reminders.stop_code, name="remind_stop_code"),
    path("remind/wish/<slug:ref>", reminders.wish, name="wish"),
    path("remind/<slug:ref>", reminders.remind, name="remind"),
    path("faq", faq_pages.faq, name="faq"),
    path("contact", contact.contact, name="contact"),
    path("contact/progress", contact.inquiry_progress, name="inquiry_progress"),
    path("contact/<slug:ref>", contact.inquiry_receipt, name="inquiry_receipt"),
    path("guide/", guide.guides, name="guides"),
    path("guide/flow/", guide.flow, name="flow"),
    path("guide/<slug:category>/form/<slug:code>/", guide.blank, name="blank"),
    path("guide/<slug:category>/", guide.guide, name="guide"),
    path("login", session.sign_in, name="login"),
    path("logout", session.sign_out, name="logout"),
    path("switch", session.switch_page, name="switch"),
    path("apply", wizard.start, name="apply"),
    path("apply/<slug:ref>/upload", wizard.upload, name="upload"),
    path("apply/<slug:ref>/<slug:step>", wizard.step, name="wizard"),
    path("my/", mine.mine, name="mine"),
    path("my/case/<slug:ref>/correct", correct.correct, name="correct"),
    path("my/case/<slug:ref>/withdraw", mine.withdraw, name="withdraw"),
    path("my/<slug:ref>", mine.application, name="application"),
    path("my/<slug:ref>/receipt", mine.receipt, name="receipt"),
    path("my/<slug:ref>/file/<uuid:uuid>", mine.file, name="file"),
    path("my/<slug:ref>/paper/<slug:notice_ref>", mine.paper, name="paper"),
    path("progress", codes.progress, name="progress"),
    path("v/<str:token>", codes.verify, name="verify"),
    path("q/<str:token>", codes.record_page, name="record_page"),
]

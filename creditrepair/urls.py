"""Every address of the site. One line a page family; each family names its own pages."""

from django.urls import include, path

from cases.api import urls as api
from cases.desk.site import desk
from creditrepair import alive
from sync import callbacks

urlpatterns = [
    path("", include("cases.portal.urls")),
    path("counter/", include("cases.desk.counter_urls")),
    path("desk/", desk.urls),
    path("api/v1/", include((api.urlpatterns, "api"))),
    path("callbacks/sms", callbacks.sms_status, name="sms_status"),
    path("alive", alive.alive, name="alive"),
    path("health", alive.health, name="health"),
]

handler400 = "creditrepair.answers.bad_request"
handler403 = "creditrepair.answers.permission_denied"
handler404 = "creditrepair.answers.not_found"
handler500 = "creditrepair.answers.server_error"

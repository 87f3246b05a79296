"""One request, one transaction, one region: opened here, because `ATOMIC_REQUESTS` would start too late to carry it."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from creditrepair import answers
from creditrepair.tenancy.actor import Actor, anonymous_actor
from creditrepair.tenancy.context import set_local
from creditrepair.tenancy.models import Region
from creditrepair.tenancy.remembered import remembering
from creditrepair.tenancy.signin import actor_of_session

GetResponse = Callable[[HttpRequest], HttpResponse]
SEEN_EVERY_SECONDS = 30  # a session is written no oftener
NO_REFERRER = ("/q/", "/v/")  # a lookup by code is posted: with no-referrer browsers would send Origin: null


class PortalRequest(HttpRequest):
    """What our middlewares add to a request."""

    region: Region
    actor: Actor


class HeadersMiddleware:
    """The headers that Django does not set, on every answer, errors included."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.path.startswith(NO_REFERRER):
            response.headers["Referrer-Policy"] = "no-referrer"
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class TenancyMiddleware:
    """Opens the transaction, sets the region of the host, and rolls back when a view raised.

    Django turns a view's exception into a response before we see it, so without `process_exception` the transaction
    would commit half the work.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponse:
        if request.path.startswith(settings.STATIC_URL) or request.path in ("/alive", "/health"):
            return self.get_response(request)
        with transaction.atomic(), remembering():
            request.region = region_of_host(request.get_host())
            request.actor = anonymous_actor(request.region.code)
            set_local("app.region", request.region.code)
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if transaction.get_connection().in_atomic_block:
            transaction.set_rollback(True)
        return answers.to_refusal(request, exception)


class ActorMiddleware:
    """Tells who is asking, once per request, and sets the region of the person's own membership.

    A session ends after idle time and after twelve hours whatever was done; the sign-in page is told why.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponse:
        if (
            hasattr(request, "region")
            and settings.SESSION_COOKIE_NAME in request.COOKIES
            and request.user.is_authenticated
        ):
            actor = actor_of_session(request)
            idle = settings.SESSION_IDLE_SECONDS["staff" if actor.is_staff else "applicant"]
            now = clock()
            session = request.session
            seen, began = session.get("seen_at"), session.setdefault("began_at", now)
            if seen is not None and now - seen > idle:
                self._end(request, "idle")
            elif now - began > settings.SESSION_COOKIE_AGE:
                self._end(request, "long")
            else:
                if seen is None or now - seen > SEEN_EVERY_SECONDS:
                    session["seen_at"] = now
                request.actor = actor
        return self.get_response(request)

    def _end(self, request: PortalRequest, why: str) -> None:
        """Nobody is signed in any more. What was being posted is not done; one comes back to the page it came from."""
        logout(request)
        for name in ("app.user", "app.subject"):
            set_local(name, "")
        set_local("app.region", request.region.code)
        request.session["ended"] = why
        if request.method not in ("GET", "HEAD"):
            request.session["back"] = urlsplit(request.META.get("HTTP_REFERER", "")).path[:200]
        request.actor = anonymous_actor(request.region.code)


def clock() -> float:
    """Seconds since the epoch, by this server; one place, so that tests can stand on the edge of a session."""
    return timezone.now().timestamp()


def region_of_host(host: str) -> Region:
    """The region whose public pages are served under `host`; unknown hosts belong to the default region."""
    name = host.rsplit(":", 1)[0]
    return Region.objects.get(pk=settings.REGION_HOSTS.get(name, settings.DEFAULT_REGION))

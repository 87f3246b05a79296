"""A paper as the answer to a request: the stored PDF under its number."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from notices.models import Notice
from notices.services import pdf_of


def as_attachment(paper: Notice) -> HttpResponse:
    """Raises WrongMoment (409) while the paper is being made."""
    response = HttpResponse(pdf_of(paper), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, f"{paper.number}.pdf") or "attachment"
    return response

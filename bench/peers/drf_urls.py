"""One retrieve view of one case: ModelSerializer over a generic view, as the framework's tutorial has it."""

from typing import Any

from django.urls import path
from rest_framework.generics import RetrieveAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, ModelSerializer

from bench.seed import REGION
from cases.models import Case
from creditrepair.tenancy.context import region_context


class CaseSerializer(ModelSerializer):
    department = CharField(source="department.name")

    class Meta:
        model = Case
        fields = ("ref", "category", "state", "department", "submitted_at", "due_on", "paused")


class OneCase(RetrieveAPIView):
    authentication_classes: list[type] = []
    permission_classes = [AllowAny]
    queryset = Case.objects.select_related("department")
    serializer_class = CaseSerializer

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with region_context(REGION):
            return super().get(request, *args, **kwargs)


urlpatterns = [path("case/<int:pk>", OneCase.as_view())]

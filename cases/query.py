"""What an actor may see: adjectives of querysets. Views never touch `Case.objects`; they come through `cases.access`.

Row-level security is the second belt; the explicit `region_id =` stays in every query, so that a bad plan is no cliff.
"""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from cases.categories import mirrored_by
from cases.states import OPEN_STATES
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.models import Role


class ApplicationQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> Self:
        """The subject's own; for the hall, all of its region; reviewers and the supervisor come through cases."""
        if actor.system:
            return self.filter(region_id=actor.region)
        if actor.subject:
            return self.filter(subject_id=actor.subject)
        if actor.has(Role.CLERK) or actor.has(Role.SUPERVISOR):
            return self.filter(region_id=actor.region)
        if actor.has(Role.REVIEWER):
            return self.filter(region_id=actor.region, cases__department_id=actor.department_id).distinct()
        return self.none()


class CaseQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> Self:
        """Subject: own cases in all regions. Reviewer: cases of the own unit, and those on its desk or once there.

        Supervisor and hall: all of the region. Auditors, administrators and anonymous: none.
        """
        if actor.system:
            return self.filter(region_id=actor.region)
        if actor.subject:
            return self.filter(subject_id=actor.subject)
        if actor.has(Role.SUPERVISOR) or actor.has(Role.CLERK):
            return self.filter(region_id=actor.region)
        if actor.has(Role.REVIEWER):
            own = Q(department_id=actor.department_id) | Q(holder_id=actor.department_id)
            passed = Q(pk__in=self._cases_with_a_step_of(actor))
            return self.filter(own | passed, region_id=actor.region)
        return self.none()

    def _cases_with_a_step_of(self, actor: Actor) -> models.QuerySet[Any, Any]:
        steps = self.model._meta.get_field("steps").related_model
        assert steps is not None and not isinstance(steps, str)
        own = steps._default_manager.filter(region_id=actor.region, department_id=actor.department_id)
        ids: models.QuerySet[Any, Any] = own.values("case_id")
        return ids

    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def awaiting(self, actor: Actor) -> Self:
        """On the desk of the actor's unit, at a tier the actor may decide; nearest due day first by the index."""
        return self.filter(
            region_id=actor.region, holder_id=actor.department_id, holder_tier__in=actor.tiers, state__in=OPEN_STATES
        )


class RecordQuerySet(models.QuerySet[Any]):
    def published(self) -> Self:
        return self.filter(status="published")

    def visible_to(self, actor: Actor) -> Self:
        """Subject: own records everywhere. Staff with a unit: the unit's records, and those it mirrors for another organ.

        Supervisor, hall: all of the region.
        """
        if actor.system:
            return self.filter(region_id=actor.region)
        if actor.subject:
            return self.filter(subject_id=actor.subject)
        if actor.has(Role.SUPERVISOR) or actor.has(Role.CLERK):
            return self.filter(region_id=actor.region)
        if actor.has(Role.RECORDER) or actor.has(Role.REVIEWER):
            own = Q(department_id=actor.department_id)
            mirrored = mirrored_by(actor.department)
            return self.filter(own | Q(category__in=mirrored) if mirrored else own, region_id=actor.region)
        return self.none()


class BesideQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> Self:
        """Objections and their like. Subject: own ones in all regions; recorders and reviewers: their unit's.

        Supervisor and hall: all of the region.
        """
        if actor.system:
            return self.filter(region_id=actor.region)
        if actor.subject:
            return self.filter(subject_id=actor.subject)
        if actor.has(Role.SUPERVISOR) or actor.has(Role.CLERK):
            return self.filter(region_id=actor.region)
        if actor.department_id and (actor.has(Role.RECORDER) or actor.has(Role.REVIEWER)):
            return self.filter(region_id=actor.region, department_id=actor.department_id)
        return self.none()

"""The working-day calendar: an editable table, seeded from a library, never a library call on a request."""

from django.db import models

from creditrepair.tenancy.models import RegionRow, User


class CalendarDay(models.Model):
    """One day of the national calendar. `provisional` until the State Council's notice of that year is loaded."""

    day = models.DateField("日期", primary_key=True)
    works = models.BooleanField("工作日")
    provisional = models.BooleanField("暂定", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "工作日历"


class RegionDay(RegionRow):
    """A day as a region has entered it, from a notice; it outranks the national row, the latest entry of a day wins.

    `withdrawn` gives the day back to the national calendar.
    """

    day = models.DateField("日期")
    works = models.BooleanField("工作日")
    withdrawn = models.BooleanField("撤回", default=False)
    source = models.CharField("依据", max_length=200)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="录入人")
    set_at = models.DateTimeField("录入时间")

    class Meta:
        verbose_name = verbose_name_plural = "本行政区工作日历"
        indexes = [models.Index(fields=["region", "day", "-id"], name="region_day_latest")]

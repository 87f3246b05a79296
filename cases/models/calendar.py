"""The working-day calendar: an editable table, seeded from a library, never a library call on a request."""

from django.db import models


class CalendarDay(models.Model):
    """One day of the national calendar. `provisional` until the State Council's notice of that year is loaded."""

    day = models.DateField("日期", primary_key=True)
    works = models.BooleanField("工作日")
    provisional = models.BooleanField("暂定", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "工作日历"

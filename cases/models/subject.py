"""Subject: who carries the record. Crosses regions, so it is not a tenant table."""

from django.db import models


class Subject(models.Model):
    """信用主体: a legal person or unincorporated organisation, by its 统一社会信用代码 (GB 32100-2015).

    `folded_name` is the name after NFKC and bracket folding, for matching; `name` is what was filed, and is shown.
    A 个体工商户 without a code has "GSZC:<registration number>" as key and can be matched by no account.
    """

    code = models.CharField("统一社会信用代码", primary_key=True, max_length=64)
    name = models.CharField("名称", max_length=200)
    folded_name = models.CharField("名称（匹配用）", max_length=200, db_index=True)
    pinyin = models.CharField("拼音", max_length=400, blank=True)
    kind = models.CharField("主体类别", max_length=16, default="organisation")
    legal_representative = models.CharField("法定代表人", max_length=50, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "信用主体"

    def __str__(self) -> str:
        return self.name

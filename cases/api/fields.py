"""Fields that take a value only in its own JSON type: "true" is no boolean, "5" no number, 1.0 no date."""

from datetime import date
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

FIRST, LAST = date(1949, 10, 1), date(2099, 12, 31)


class StrictBoolean(serializers.BooleanField):
    """true, false, or null where allowed."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictInteger(serializers.IntegerField):
    """A JSON integer within its bounds."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class LegalDate(serializers.DateField):
    """YYYY-MM-DD, a local date between 1949-10-01 and 2099-12-31."""

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or len(value) != 10 or not value.isascii():
            self.fail("invalid", format="YYYY-MM-DD")
        found = super().to_internal_value(value)
        if not FIRST <= found <= LAST:
            raise ValidationError(f"日期应在{FIRST}至{LAST}之间。", code="out_of_range")
        return found


class Choice(serializers.ChoiceField):
    """One of the listed strings."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=type(data).__name__)
        return str(super().to_internal_value(data))


class StrictSerializer(serializers.Serializer):
    """Refuses keys it does not know, so that a misspelt fact is not silently absent from a legal answer."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := set(data) - set(self.fields)):
            raise ValidationError(
                {key: ValidationError("没有这个字段。", code="unknown_field").detail for key in sorted(unknown)[:20]}
            )
        return super().to_internal_value(data)

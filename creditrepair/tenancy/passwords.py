"""Rules for passwords of accounts, and the one way to give somebody a new one (docs/adr/0011, docs/adr/0024).

Length is looked at first and before any hashing: what is too long is refused, never cut.
"""

import unicodedata
from datetime import datetime
from typing import Final

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator

from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.models import FormerPassword, User

LONGEST: Final = 128
SHORTEST: Final = 8
SHORTEST_STAFF: Final = 10
CLASSES: Final = 3  # of: capital, small letter, figure, anything else
BARRED: Final = 5  # the present one and the four before it
_COMMON: Final = CommonPasswordValidator()


def fault_of(password: str, *, names: tuple[str, ...], staff: bool = False) -> str:
    """What is wrong with `password`, in one sentence; "" if nothing is.

    names   user name, full name, telephone: none of them may be the password or stand in it
    """
    shortest = SHORTEST_STAFF if staff else SHORTEST
    if len(password) > LONGEST:
        return f"密码最长{LONGEST}个字符。"
    if len(password) < shortest:
        return f"密码至少{shortest}个字符。"
    if len({_class_of(sign) for sign in password}) < CLASSES:
        return "密码要包含大写字母、小写字母、数字、其他符号中的至少三类。"
    folded = unicodedata.normalize("NFKC", password).casefold()
    if any(name.casefold() in folded for name in names if len(name) >= 2):
        return "密码不能包含账号、姓名或手机号码。"
    if folded.strip() in _COMMON.passwords:
        return "该密码过于常见，容易被猜到，请换一个。"
    return ""


def _class_of(sign: str) -> str:
    if "A" <= sign <= "Z":
        return "capital"
    if "a" <= sign <= "z":
        return "small"
    return "figure" if "0" <= sign <= "9" else "other"


def give_password(
    user: User, password: str, *, now: datetime, staff: bool = False, names: tuple[str, ...] = ()
) -> None:
    """Set `password` after all rules; every other session of the person ends with its next request.

    Raises Invalid (field `password`). The caller locks the row and writes the Event.
    """
    fault = fault_of(password, names=(user.username, user.full_name, *names), staff=staff)
    if not fault and _had(user, password):
        fault = f"不能使用最近{BARRED}次用过的密码。"
    if fault:
        raise Invalid(fields={"password": fault})
    if user.has_usable_password() and user.password:
        FormerPassword.objects.create(user=user, encoded=user.password, until_at=now)
    user.set_password(password)
    user.password_changed_at = now
    user.save(update_fields=["password", "password_changed_at"])


def _had(user: User, password: str) -> bool:
    former = FormerPassword.objects.filter(user=user).order_by("-until_at", "-id")
    kept = [user.password, *former.values_list("encoded", flat=True)[: BARRED - 1]]
    return any(check_password(password, encoded) for encoded in kept if encoded)

"""The three refusals of the system, answered in one place (`creditrepair.answers`): 404, 403, 409.

Every verb raises one of these or succeeds; views never build such an answer themselves.
"""


class Refusal(Exception):
    """`message` is a Chinese sentence for the person; `code` a stable English word for machines."""

    code = "refused"
    message = "不能办理。"

    def __init__(self, message: str = "", *, code: str = "") -> None:
        self.message = message or self.message
        self.code = code or self.code
        super().__init__(self.message)


class NotFound(Refusal):
    """Foreign, invisible or absent: one and the same answer, so that nothing can be enumerated."""

    code = "not_found"
    message = "没有找到该内容，可能已停止公示，或网址有误。您可以重新查询。"


class NotAllowed(Refusal):
    """Visible, but not this person's to do."""

    code = "not_allowed"
    message = "您可以查看本件，本环节由其他单位或人员办理，无需您操作。"


class WrongMoment(Refusal):
    """Legal for this person, but not in the present state; also the loser of a race."""

    code = "wrong_moment"
    message = "本件的状态已经变化，请核对后再办理。"


class AlreadyDecided(WrongMoment):
    """Somebody else settled this step first; carries who and when, as far as the asker may know."""

    code = "already_decided"

    def __init__(self, who: str, at: str) -> None:
        self.who, self.at = who, at
        super().__init__(f"{who}已于{at}办理本环节。您填写的内容已保留，请核对变化后再提交。")


class Invalid(Refusal):
    """The input cannot be used; `fields` maps a field name to a Chinese sentence (422, or beside the form field)."""

    code = "invalid"

    def __init__(self, message: str = "", *, fields: dict[str, str] | None = None, code: str = "") -> None:
        self.fields = fields or {}
        super().__init__(message or "；".join(self.fields.values()) or "填写有误。", code=code)

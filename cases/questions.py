"""All matters the supervising bureau can settle, for the rooms there are: a tenth category brings its own."""

from functools import lru_cache
from types import MappingProxyType

from cases.categories import category_choices, list_categories, national_pack
from cases.law.answer import Answer
from cases.law.questions import answers


@lru_cache(maxsize=1)
def all_answers() -> MappingProxyType[str, Answer]:
    """Answers by code, in the order Q1 to Q12."""
    titles = dict(category_choices())
    lists = [(code, titles[code]) for code in list_categories()]
    return MappingProxyType(answers(national_pack().rules, lists, category_choices()))

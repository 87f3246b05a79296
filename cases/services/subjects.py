"""Names of subjects: how they are folded for matching and spelt for sorting."""

import unicodedata

from pypinyin import lazy_pinyin


def fold_name(name: str) -> str:
    """NFKC, brackets （） → (), white space out, upper case: 名称匹配. The original is kept and shown."""
    folded = unicodedata.normalize("NFKC", name)
    return "".join(folded.split()).upper()


def pinyin_of(name: str) -> str:
    """Pinyin without tones, for sorting: the database has no Chinese collation (ADR 3)."""
    return " ".join(lazy_pinyin(name))[:400]

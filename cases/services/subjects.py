"""Names of subjects: how they are folded for matching and spelt for sorting."""

import unicodedata


def fold_name(name: str) -> str:
    """NFKC, brackets （） → (), white space out, upper case: 名称匹配. The original is kept and shown."""
    folded = unicodedata.normalize("NFKC", name)
    return "".join(folded.split()).upper()


def pinyin_of(name: str) -> str:
    """Pinyin without tones, for sorting: the embedded database has no Chinese collation."""
    from pypinyin import lazy_pinyin  # 0.4 s and a dictionary that only an import needs, not every web worker

    return " ".join(lazy_pinyin(name))[:400]

"""常见问题: the entries of faq.toml and a search over them that needs neither network, script nor index server.

Chinese is compared by pairs of characters, so that no word list is needed; letters are compared with the pinyin of the
question, written out or by first letters. The whole file is some forty entries: every search reads it whole.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

SOURCE: Final = Path(__file__).with_name("faq.toml")
MAX_FOUND: Final = 12
# see → (name of the address, its argument, words of the link)
LINKS: Final[dict[str, tuple[str, str, str]]] = {
    "home": ("portal:home", "", "看责任单位"),
    "search": ("portal:search", "", "去查询"),
    "calculator": ("portal:calculator", "", "去测算"),
    "guides": ("portal:guides", "", "看办事指南"),
    "apply": ("portal:apply", "", "去申请"),
    "mine": ("portal:mine", "", "打开我的办件"),
    "progress": ("portal:progress", "", "查进度"),
    "objections": ("portal:objections", "", "异议与撤销变更"),
    "contact": ("portal:contact", "", "咨询投诉"),
    "paid_help": ("portal:contact", "?kind=paid_help", "举报代办收费"),
    "remind_stop": ("portal:remind_stop", "", "退订提醒"),
    "judgment_defaulter": ("portal:guide", "judgment_defaulter", "看办事指南"),
    "abnormal_operation": ("portal:guide", "abnormal_operation", "看办事指南"),
    "major_tax_violation": ("portal:guide", "major_tax_violation", "看办事指南"),
}
# In every second question, so that they tell no question from another.
EMPTY_WORDS: Final = re.compile("怎么办|怎么样|怎么|怎样|什么|可以|请问|我们|一下|是不是|能不能|吗|呢|的|了|我|要")
_BLANK: Final = re.compile(r"\{(\w+)\}")
_LETTERS: Final = re.compile("[a-z]+")
_CHINESE: Final = re.compile("[一-鿿]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One question. `doubt` says what in the answer is 待核实; `anchor` is its place on the page.

    pinyin   of the question, then of each of `words`, parted by "/"
    """

    anchor: str
    question: str
    answer: tuple[str, ...]
    words: str
    see: str
    doubt: str
    pinyin: str


@dataclass(frozen=True, slots=True)
class Group:
    code: str
    title: str
    entries: tuple[Entry, ...]


@cache
def groups() -> tuple[Group, ...]:
    """Everything there is, in the order of the file; read once a process."""
    read: dict[str, Any] = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    return tuple(
        Group(
            one["code"],
            one["title"],
            tuple(
                Entry(
                    anchor=f"{one['code']}-{number}",
                    question=given["q"],
                    answer=tuple(given["a"]),
                    words=given["words"],
                    see=given["see"],
                    doubt=given.get("doubt", ""),
                    pinyin=given["pinyin"],
                )
                for number, given in enumerate(one["entry"], start=1)
            ),
        )
        for one in read["group"]
    )


def told(entry: Entry, identity: Mapping[str, Any]) -> tuple[str, ...]:
    """The paragraphs with the region's telephone and window; one whose value the region has not set is left out."""
    kept = []
    for line in entry.answer:
        values = {name: str(identity.get(name) or "") for name in _BLANK.findall(line)}
        if all(values.values()):
            kept.append(line.format_map(values))
    return tuple(kept)


def search(text: str) -> list[Entry]:
    """Entries that answer `text` best, best first; at most `MAX_FOUND`, none for a text that meets nothing."""
    pairs, letters = _asked(text)
    if not pairs and not letters:
        return []
    entries = [entry for group in groups() for entry in group.entries]
    telling = {pair for pair in pairs if sum(pair in _asking(entry) for entry in entries) * 3 <= len(entries)}
    scored = [(_score(entry, telling or pairs, letters), entry) for entry in entries]
    best = max(score for score, _ in scored)
    hits = [(score, entry) for score, entry in scored if score > 0 and score * 4 >= best]
    return [entry for _, entry in sorted(hits, key=lambda hit: -hit[0])[:MAX_FOUND]]


def _asked(text: str) -> tuple[set[str], list[str]]:
    """What to look for: pairs of neighbouring characters (a single one alone), and runs of letters."""
    folded = _folded(text[:100])
    meaning = EMPTY_WORDS.sub(" ", folded)
    runs = _CHINESE.findall(meaning) or _CHINESE.findall(folded)
    return {pair for run in runs for pair in _pairs(run)}, _LETTERS.findall(folded)


def _pairs(run: str) -> set[str]:
    return {run[i : i + 2] for i in range(len(run) - 1)} or {run}


def _asking(entry: Entry) -> str:
    return _folded(f"{entry.question} {entry.words}")


def _score(entry: Entry, pairs: set[str], letters: list[str]) -> int:
    question, words, answer = _folded(entry.question), _folded(entry.words), _folded(" ".join(entry.answer))
    score = sum(6 * (pair in question) + 5 * (pair in words) + (pair in answer) for pair in pairs)
    asked, *meant = (_LETTERS.findall(part) for part in entry.pinyin.split("/"))
    for run in letters:
        if len(run) < 2:
            continue
        score += 5 * (run in words or run in question) + 2 * (run in answer)
        score += 4 * _is_spelt(run, asked) or 3 * any(_is_spelt(run, syllables) for syllables in meant)
    return score


def _is_spelt(run: str, syllables: list[str]) -> bool:
    """Whether these letters stand in the syllables, written out or (three of them or more) as first letters."""
    return run in "".join(syllables) or (len(run) >= 3 and run in "".join(one[0] for one in syllables))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()

"""The demo's ledger: each step printed as it happens, each claim checked, the exit code only 0 if all hold."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class Ledger:
    """Prints to `out`; `failed` collects what did not hold."""

    out: TextIO
    checked: int = 0
    failed: list[str] = field(default_factory=list)

    def step(self, number: int, title: str) -> None:
        self.out.write(f"\n{number}. {title}\n")
        self.out.flush()

    def say(self, text: str) -> None:
        self.out.write(f"   {text}\n")
        self.out.flush()

    def check(self, claim: str, holds: object, detail: object = "") -> bool:
        """Note one claim; a false one is printed with its detail and fails the demo in the end."""
        self.checked += 1
        mark = "√" if holds else "×"
        self.out.write(f"   {mark} {claim}{f'（{detail}）' if detail and not holds else ''}\n")
        self.out.flush()
        if not holds:
            self.failed.append(f"{claim}：{detail}")
        return bool(holds)

    def wait(self, claim: str, look: Callable[[], object], seconds: float = 90.0) -> bool:
        """Look again and again until it holds or the time is up; the background programs do the work meanwhile."""
        began, last = time.monotonic(), None
        while time.monotonic() - began < seconds:
            last = look()
            if last:
                return self.check(f"{claim}（{time.monotonic() - began:.1f} 秒）", True)
            time.sleep(0.25)
        return self.check(claim, False, f"等候{seconds:.0f}秒仍未成立：{last!r}")


def fetch(url: str, cookie: str = "") -> tuple[int, str]:
    """Status and text of a page, as a visitor (or the holder of `cookie`) sees it."""
    request = urllib.request.Request(url, headers={"Cookie": cookie} if cookie else {})  # noqa: S310 - our own demo's address
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")
    except OSError as error:
        return 0, str(error)

"""A client of the REST interface in Python's standard library: python examples/api_client.py --help."""

import argparse
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

TIMEOUT_SECONDS = 15
LOCAL = (("http", "127.0.0.1"), ("http", "localhost"))


class Refused(Exception):
    """An answer that is no success; `problem` is its application/problem+json body."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        super().__init__(f"{problem['status']} {problem['code']}: {problem['detail']} (参考号 {problem['reference']})")


class CreditRepair:
    """The four calls. `base` is the site's address; `key` is needed for cases and events only."""

    def __init__(self, base: str, key: str = "") -> None:
        self.base, self.key = base.rstrip("/") + "/api/v1/", key

    def progress(self, code: str, last_four: str) -> dict[str, Any]:
        """The filing behind a query code."""
        return self._ask("progress", {"code": code, "last_four": last_four})

    def eligibility(self, facts: dict[str, Any]) -> dict[str, Any]:
        """The Verdict on facts; leave out what is not known."""
        return self._ask("eligibility", body=facts)

    def case(self, ref: str) -> dict[str, Any]:
        """One case of the key's region."""
        return self._ask(f"cases/{urllib.parse.quote(ref, safe='')}")

    def events(self, ref: str) -> Iterator[dict[str, Any]]:
        """All events of a case, page by page."""
        query: dict[str, str] = {"limit": "100"}
        while True:
            page = self._ask(f"cases/{urllib.parse.quote(ref, safe='')}/events", query)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def _ask(
        self, path: str, query: dict[str, str] | None = None, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        address = self.base + path + (f"?{urllib.parse.urlencode(query)}" if query else "")
        where = urllib.parse.urlsplit(address)
        if where.scheme != "https" and (where.scheme, where.hostname) not in LOCAL:
            raise ValueError("a key must not travel in clear: use https")
        request = urllib.request.Request(address, headers={"Accept": "application/json"})  # noqa: S310 - checked above
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if self.key:
            request.add_header("Authorization", f"Bearer {self.key}")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked above
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(json.load(error)) from None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="http://127.0.0.1:8620")
    parser.add_argument("--key", default="", help="for `case`")
    calls = parser.add_subparsers(dest="call", required=True)
    progress = calls.add_parser("progress")
    progress.add_argument("code")
    progress.add_argument("last_four")
    calls.add_parser("eligibility").add_argument("facts", help="JSON object")
    calls.add_parser("case").add_argument("ref")
    options = parser.parse_args()
    site = CreditRepair(options.base, options.key)
    try:
        if options.call == "progress":
            answer = site.progress(options.code, options.last_four)
        elif options.call == "eligibility":
            answer = site.eligibility(json.loads(options.facts))
        else:
            answer = site.case(options.ref) | {"events": list(site.events(options.ref))}
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    print(json.dumps(answer, ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())

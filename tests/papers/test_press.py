"""The presses: what a paper may do to its printer, and what of it the others notice."""

import select
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from notices import kinds, press, render
from notices.press import Job, Press, Reply
from tests.papers import samples
from tests.papers.conftest import running_text
from tests.papers.faulty_press import SHORT

FAULTY = (sys.executable, "-m", "tests.papers.faulty_press")


def job(name: str = samples.SUBJECT, **more: Any) -> Job:
    return Job("approval", samples.SNAPSHOTS["approval"] | {"subject_name": name}, "电子印章待接入", **more)


def answer(one: Press, asked: Job) -> Reply:
    one.send(asked, asked)
    while True:
        assert select.select([one], [], [], 20)[0], "the press is silent"
        for reply in one.replies():
            return reply


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Press]:
    one = Press(tmp_path_factory.mktemp("press"), FAULTY)
    yield one
    one.close()


def test_a_press_prints_the_same_bytes_as_this_process(faulty):
    told = answer(faulty, job())
    assert (told.fault, told.pages) == ("", 2)
    assert told.sha256 == render.render(*_composed()).sha256
    assert samples.SUBJECT in running_text(told.pdf)


@pytest.mark.fault("F48")
@pytest.mark.parametrize(
    ("name", "fault", "told"),
    [("崩溃", "crash", "SIGSEGV"), ("超时", "time", "秒"), ("内存", "crash", "512MB")],
)
def test_a_paper_that_ends_its_printer_costs_only_itself(faulty, name, fault, told):
    pid = faulty.pid
    reply = answer(faulty, job(f"永昌县{name}商贸有限公司"))
    assert reply.fault == fault
    assert told in reply.text
    after = answer(faulty, job())
    assert (after.fault, after.pages, faulty.pid) == ("", 2, pid)


@pytest.mark.fault("F48")
def test_a_press_that_is_gone_says_so_and_leaves_no_file(tmp_path):
    one = Press(tmp_path, (sys.executable, "-c", "raise SystemExit(1)"))
    assert answer(one, job()).fault == "crash"
    assert one.ended
    one.close()
    assert list(tmp_path.iterdir()) == []


def test_forks_give_way_to_each_other_and_lose_no_paper(faulty):
    hashes = {answer(faulty, job()).sha256 for _ in range(2 * SHORT + 1)}
    assert hashes == {render.render(*_composed()).sha256}
    assert list(faulty.folder.iterdir()) == []


@pytest.mark.fault("B55")
@pytest.mark.parametrize(
    "name",
    [
        "<img src=file:///etc/hostname>",
        "<link rel=attachment href=file:///etc/hostname>",
        "<style>@import url(http://127.0.0.1:6379)</style>",
        "<p style='background:url(http://127.0.0.1:6379)'>",
    ],
)
def test_markup_in_a_name_is_inert_and_fetches_nothing(name, monkeypatch):
    asked: list[str] = []
    weasyprint = render._weasyprint()
    genuine = weasyprint.urls.URLFetcher.fetch
    monkeypatch.setattr(
        weasyprint.urls.URLFetcher, "fetch", lambda self, url, *rest: asked.append(url) or genuine(self, url, *rest)
    )
    told = press.make(job(f"{name}商贸有限公司"))
    assert told.fault == ""
    assert "".join(f"{name}商贸有限公司".split()) in running_text(told.pdf)
    assert [url for url in asked if not url.startswith("data:image/svg+xml")] == []


def _composed() -> tuple[str, dict[str, Any]]:
    template, context = kinds.get("approval").compose(job().snapshot)
    return template, {**context, "seal_mark": "电子印章待接入"}

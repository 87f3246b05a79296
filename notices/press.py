"""A press: one child process that renders papers, bounded in memory and time, and warm before its first one.

The parent sends one job a line (JSON) and gets one reply a line; the PDF comes as a file in a folder of the parent's.
The press warms up with a blank page and forks: each fork prints so many papers and gives way to the next. A fork that
crashes, takes too long or too much costs that one paper its turn, nothing else. Needs no settings and no database.
"""

import gc
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from notices import glyphs, kinds, render

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = (sys.executable, "-m", "notices.press")
PAPERS_A_FORK = 100
SECONDS_A_PAPER = 30
MEGABYTES = 512
_FAULT_CHARACTERS = 400  # a reply must fit one write to a pipe (4,096 bytes), or a crash could leave half a line


@dataclass(frozen=True, slots=True)
class Job:
    """One paper to print: a kind's code and its snapshot, what stands at the seal's place, the region's font folder."""

    kind: str
    snapshot: dict[str, Any]
    mark: str = ""
    own_fonts: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a job. `fault` is empty when it was printed, else one of glyph, setup, crash, time, other.

    glyph: `text` are the characters no font has; setup: fonts or libraries are missing, no paper can be made at all
    """

    fault: str = ""
    text: str = ""
    sha256: str = ""
    pages: int = 0
    fonts: tuple[str, ...] = ()
    pdf: bytes = field(default=b"", repr=False)


def make(job: Job) -> Reply:
    """Print here and now, in this process; never raises for what a paper or its setting lacks."""
    try:
        template, context = kinds.get(job.kind).compose(job.snapshot)
        own = Path(job.own_fonts) if job.own_fonts else None
        made = render.render(template, {**context, "seal_mark": job.mark}, own_fonts=own)
    except glyphs.MissingGlyph as problem:
        return Reply("glyph", problem.characters)
    except (glyphs.FontsMissing, render.RendererUnavailable) as problem:
        return Reply("setup", str(problem))
    except MemoryError:
        return Reply("crash", f"制作所需内存超过{MEGABYTES}MB")
    except Exception as problem:  # noqa: BLE001 - whatever it was, the decision stands and a person can see why
        return Reply("other", f"{type(problem).__name__}: {problem}"[:_FAULT_CHARACTERS])
    return Reply("", "", made.sha256, made.pages, made.fonts, made.pdf)


class Press:
    """The parent's end of one press. Send a job when `idle`, then read the reply once `fileno()` is readable."""

    def __init__(self, folder: Path, program: Sequence[str] = PROGRAM) -> None:
        self.folder, self.sent = folder, 0
        self._child = subprocess.Popen(  # noqa: S603 - our own program
            [*program, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        self._rest = b""
        self.tag: Any = None
        self.ended = False

    def fileno(self) -> int:
        assert self._child.stdout is not None
        return self._child.stdout.fileno()

    @property
    def pid(self) -> int:
        return self._child.pid

    def send(self, job: Job, tag: Any) -> None:
        """Give one job; `tag` is the caller's word for it."""
        assert self._child.stdin is not None
        self.sent, self.tag = self.sent + 1, tag
        line = json.dumps({"no": self.sent, **asdict(job)}, ensure_ascii=False).encode() + b"\n"
        view = memoryview(line)
        with suppress(BrokenPipeError):  # the end of its answers tells
            while view:
                view = view[os.write(self._child.stdin.fileno(), view) :]

    def replies(self) -> list[Reply]:
        """Replies to the job in hand that have arrived; one that belongs to an earlier job is thrown away.

        A press that has ended answers with a crash.
        """
        got = os.read(self.fileno(), 65536)
        if not got:
            self.ended = True
            return [Reply("crash", "印制进程已结束")]
        *lines, self._rest = (self._rest + got).split(b"\n")
        return [reply for line in lines if (reply := self._reply(json.loads(line))) is not None]

    def _reply(self, told: dict[str, Any]) -> Reply | None:
        pdf = b""
        if name := told.pop("file", ""):
            path = self.folder / name
            pdf = path.read_bytes()
            path.unlink()
        number = told.pop("no")
        if number not in (0, self.sent):
            return None
        return Reply(**{**told, "fonts": tuple(told.get("fonts", ()))}, pdf=pdf)

    def close(self) -> None:
        """End the press with its fork, whatever they are doing."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        self._child.stdout.close()
        if self._child.poll() is None:
            self._child.terminate()
        self._child.wait(10)


def run(folder: Path) -> None:
    """The press itself: warm up, then keep one fork at work until the parent closes the pipe."""
    _warm()
    gc.freeze()  # what is loaded stays shared between the forks
    child = 0

    def stop(*_: object) -> None:
        if child:
            os.kill(child, signal.SIGKILL)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    while True:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os._exit(_fork(folder))
        _, status = os.waitpid(child, 0)
        child = 0
        ended = os.waitstatus_to_exitcode(status)
        if ended == _NO_MORE:
            return
        if ended != 0:
            _tell({"no": 0, **_cause(ended)})


_NO_MORE = 3  # exit code of a fork whose parent has nothing more to print


def _cause(ended: int) -> dict[str, str]:
    if ended == -signal.SIGALRM:
        return {"fault": "time", "text": f"制作超过{SECONDS_A_PAPER}秒"}
    if ended < 0:
        return {"fault": "crash", "text": f"印制进程异常终止（{signal.Signals(-ended).name}）"}
    return {"fault": "crash", "text": f"印制进程异常终止（{ended}）"}


def _warm() -> None:
    """A blank page in all faces, so that the first paper of a fork is as quick as the last; faults show at the jobs."""
    try:
        render.render("probe.html", {"families": [{"name": name} for name in glyphs.FAMILIES]})
    except (glyphs.FontsMissing, render.RendererUnavailable) as problem:
        sys.stderr.write(f"{problem}\n")


def _fork(folder: Path) -> int:
    resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES * 2**20, MEGABYTES * 2**20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for _ in range(PAPERS_A_FORK):
        line = _line()
        if not line:
            return _NO_MORE
        told = json.loads(line)
        number = told.pop("no")
        signal.alarm(SECONDS_A_PAPER)  # its default ends the process, also inside the libraries
        reply = make(Job(**told))
        answer: dict[str, Any] = {"no": number, "fault": reply.fault, "text": reply.text}
        if not reply.fault:
            name = f"{os.getpid()}-{number}.pdf"
            (folder / name).write_bytes(reply.pdf)
            answer |= {"sha256": reply.sha256, "pages": reply.pages, "fonts": reply.fonts, "file": name}
        signal.alarm(0)
        _tell(answer)
    return 0


def _line() -> bytes:
    """One job, read without buffering: what comes after it belongs to the next fork."""
    parts: list[bytes] = []
    while not parts or not parts[-1].endswith(b"\n"):
        got = os.read(0, 65536)
        if not got:
            return b""
        parts.append(got)
    return b"".join(parts)


def _tell(answer: dict[str, Any]) -> None:
    os.write(1, json.dumps(answer, ensure_ascii=False).encode() + b"\n")


if __name__ == "__main__":
    run(Path(sys.argv[1]))

"""A TCP proxy that behaves badly on command: delay, cut after n bytes, refuse, freeze. Upstream is a port or a socket.

Runs in a thread of its own with its own event loop; `mode` may be changed at any time and holds for live connections.
"""

import asyncio
import contextlib
import threading
from dataclasses import dataclass
from pathlib import Path

Upstream = int | Path
CHUNK = 65536


@dataclass(slots=True)
class Mode:
    """What happens to traffic. cut_after: bytes of answers after which a connection is reset; 0 = never."""

    delay_seconds: float = 0.0
    cut_after: int = 0
    refuse: bool = False
    freeze: bool = False


class FaultProxy:
    """`with FaultProxy(upstream) as proxy:` then `proxy.port` (or `proxy.path` for a unix socket) and `proxy.mode`."""

    def __init__(self, upstream: Upstream, *, path: Path | None = None) -> None:
        self.upstream = upstream
        self.path = path
        self.mode = Mode()
        self.port = 0
        self.connections = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="faultproxy", daemon=True)
        self._live: set[asyncio.Task[None]] = set()

    def __enter__(self) -> "FaultProxy":
        self._thread.start()
        if not self._ready.wait(5):
            raise RuntimeError("the fault proxy did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()
        for task in self._live:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._live, return_exceptions=True))
        self._server.close()
        self._loop.close()

    async def _listen(self) -> None:
        if self.path is not None:
            self._server: asyncio.Server = await asyncio.start_unix_server(self._serve, str(self.path))
            return
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._live.add(task)
        self.connections += 1
        try:
            if not self.mode.refuse:
                await self._join(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            return  # one side went away: the other sees the same
        finally:
            self._live.discard(task)
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(self.upstream, Path):
            up_reader, up_writer = await asyncio.open_unix_connection(str(self.upstream))
        else:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        try:
            ways = [
                asyncio.create_task(self._pump(reader, up_writer, count=False)),
                asyncio.create_task(self._pump(up_reader, writer, count=True)),
            ]
            _, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for task in left:
                task.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            with contextlib.suppress(OSError):
                up_writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, count: bool) -> None:
        passed = 0
        while data := await reader.read(CHUNK):
            while self.mode.freeze:
                await asyncio.sleep(0.05)
            if self.mode.refuse:
                return
            if self.mode.delay_seconds:
                await asyncio.sleep(self.mode.delay_seconds)
            if count and self.mode.cut_after and passed + len(data) > self.mode.cut_after:
                writer.write(data[: max(0, self.mode.cut_after - passed)])
                await writer.drain()
                return
            passed += len(data)
            writer.write(data)
            await writer.drain()

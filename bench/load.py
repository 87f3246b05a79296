"""A small load generator: closed loop over kept connections, in a process of its own so that its CPU is not ours.

python -m bench.load PORT REQUESTS CONNECTIONS < list of request targets (one a line, used in turn)
"""

import json
import selectors
import socket
import sys
import time
from itertools import count, cycle


def request_bytes(target: str, number: int) -> bytes:
    """One GET; each comes from another client address, as a front server would tell it."""
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return (
        f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        f"X-Forwarded-Proto: https\r\nX-Forwarded-For: {address}\r\n\r\n"
    ).encode()


def answer_length(data: bytes) -> int:
    """Length of the whole answer at the start of `data`, or 0 while its head is incomplete."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return 0
    for line in data[:end].lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return end + 4 + int(line[15:])
    raise ValueError("an answer without Content-Length")


def connect(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def run(port: int, requests: int, connections: int, targets: list[str]) -> dict[str, float]:
    """Send `requests` in all; returns seconds, good answers, and the median and 95th percentile in ms.

    A server that closes after each answer is called again, at its own cost.
    """
    chooser = selectors.DefaultSelector()
    numbers, following = count(int(time.time() * 1000) % 8_000_000), cycle(targets)
    sent = done = good = 0
    times: list[float] = []

    def send(line: socket.socket, now: float) -> None:
        nonlocal sent
        chooser.register(line, selectors.EVENT_READ, [b"", now])
        line.sendall(request_bytes(next(following), next(numbers)))
        sent += 1

    began = time.perf_counter()
    for _ in range(connections):
        send(connect(port), time.perf_counter())
    while done < requests:
        for key, _ in chooser.select():
            line, state = key.fileobj, key.data
            assert isinstance(line, socket.socket)
            piece = line.recv(65536)
            if not piece:
                raise ConnectionError(f"no whole answer, {done} before it: {state[0][:200]!r}")
            state[0] += piece
            length = answer_length(state[0])
            if not length or len(state[0]) < length:
                continue
            now = time.perf_counter()
            times.append(now - state[1])
            good += state[0].startswith(b"HTTP/1.1 200")
            done += 1
            chooser.unregister(line)
            closing = b"connection: close" in state[0][: state[0].find(b"\r\n\r\n")].lower()
            if closing or sent >= requests:
                line.close()
            if sent < requests:
                send(connect(port) if closing else line, now)
    took = time.perf_counter() - began
    times.sort()
    p50, p95 = times[len(times) // 2] * 1000, times[int(len(times) * 0.95)] * 1000
    return {"seconds": took, "good": good, "p50_ms": p50, "p95_ms": p95}


if __name__ == "__main__":
    lines = [line.strip() for line in sys.stdin if line.strip()]
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), lines)))

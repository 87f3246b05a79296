"""The mock platforms as real programs on loopback: one process each, kept for the whole test run."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAMS = {
    "creditchina_jinchang": ("sync.mock.platform_a", "PLATFORM_A_KEYS"),
    "gsxt_gansu": ("sync.mock.platform_b", "PLATFORM_B_KEYS"),
    "sms_gateway": ("sync.mock.sms_gateway", "SMS_KEYS"),
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Program:
    """One running mock: its address, its credentials, and the switches that only loopback may touch."""

    url: str
    keys: str
    process: subprocess.Popen[bytes]

    def fault(self, mode: str, **more: Any) -> None:
        body = json.dumps({"mode": mode, **more}).encode()
        request = urllib.request.Request(f"{self.url}/_mode", data=body, headers={"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=5).read()

    def state(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/_state", timeout=5) as answer:
            return json.loads(answer.read())

    def page(self, path: str) -> tuple[int, str]:
        """Status and text of a public page, as anybody sees it."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def start_all(folder: Path) -> dict[str, Program]:
    programs = {}
    for target, (module, variable) in PROGRAMS.items():
        port, keys = free_port(), f"k1:{secrets.token_hex(32)}"
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--port", str(port), "--store", str(folder / target)],
            env={**os.environ, variable: keys},
            stdout=subprocess.DEVNULL,
        )
        programs[target] = Program(f"http://127.0.0.1:{port}", keys, process)
    for program in programs.values():
        wait_for(program)
    return programs


def wait_for(program: Program) -> None:
    for _ in range(200):
        try:
            program.state()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{program.url} did not start")


def stop_all(programs: dict[str, Program]) -> None:
    for program in programs.values():
        program.process.terminate()
    for program in programs.values():
        program.process.wait(10)


def settings_for(programs: dict[str, Program]) -> dict[str, dict[str, Any]]:
    return {
        target: {"base_url": p.url, "keys": p.keys, "client_id": "yongchang", "parallel": 4}
        for target, p in programs.items()
    }

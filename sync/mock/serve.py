"""Start a mock as a program of its own: `--port P --store DIR [--host H]`, credentials from the environment."""

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from sync import signing
from sync.mock.guard import keys_from


def main(name: str, variable: str, build: Callable[[Path, signing.KeyRing], web.Application]) -> None:
    """Serve until SIGINT or SIGTERM. Exits with a message when the keys in `variable` are missing or malformed."""
    parser = argparse.ArgumentParser(prog=f"python -m sync.mock.{name}")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    args = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    app = build(args.store, keys_from(variable))
    sys.stdout.write(f"{name} on http://{args.host}:{args.port}\n")
    sys.stdout.flush()
    # asyncio sets TCP_NODELAY on every accepted connection; without it a kept connection crawls at 25 requests/s.
    web.run_app(app, host=args.host, port=args.port, print=None, access_log=None, shutdown_timeout=2)

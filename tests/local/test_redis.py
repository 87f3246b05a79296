"""The launcher's Redis: private socket, two databases, adoption, and what happens without one."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import environ
import pytest
import redis as client
from celery import Celery

from creditrepair.local import redis as ours
from creditrepair.local.redis import Redis


@pytest.fixture
def broker(state: Path) -> Iterator[Redis]:
    redis = Redis(state)
    yield redis
    redis.discard()


def cache_of(url: str) -> client.Redis:
    """The cache as settings.py and Django's backend reach it."""
    config = environ.Env.cache_url_config(environ.urlparse(url))
    return client.Redis.from_url(config["LOCATION"], **config.get("OPTIONS", {}))


def test_broker_and_cache_are_two_databases_behind_one_private_socket(broker: Redis) -> None:
    urls = broker.start()
    with Celery(broker=urls.broker).connection_for_write() as line:
        line.SimpleQueue("probe").put("a task")
    cache = cache_of(urls.cache)
    cache.set("x", 1)
    cache.flushdb()
    with Celery(broker=urls.broker).connection_for_read() as line:
        assert line.SimpleQueue("probe").get(timeout=2).payload == "a task"
    socket = Path(urls.broker.removeprefix("redis+socket://"))
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    assert cache.config_get("port") == {"port": "0"}


def test_a_path_with_spaces_and_chinese_works(tmp_path: Path) -> None:
    redis = Redis(tmp_path / "信用 修复")
    try:
        urls = redis.start()
        assert cache_of(urls.cache).ping()
        with Celery(broker=urls.broker).connection_for_write() as line:
            line.ensure_connection(max_retries=1, timeout=3)
    finally:
        redis.discard()


def test_a_live_one_is_adopted_and_left_running(broker: Redis, state: Path) -> None:
    first = broker.start()
    second = Redis(state)
    assert second.start() == first
    second.stop()
    assert broker.ready()


def test_after_a_kill_9_the_stale_socket_is_no_obstacle(broker: Redis) -> None:
    urls = broker.start()
    os.kill(cache_of(urls.cache).info("server")["process_id"], signal.SIGKILL)
    deadline = time.monotonic() + 5
    while broker.alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not broker.alive()
    assert broker.start() == urls
    assert broker.ready()


def test_it_tells_whether_somebody_waits_for_tasks(broker: Redis) -> None:
    urls = broker.start()
    assert broker.has_consumer() is False
    waiting = threading.Thread(target=cache_of(urls.cache).brpop, args=("probe", 5))
    waiting.start()
    deadline = time.monotonic() + 4
    while not broker.has_consumer() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert broker.has_consumer() is True
    cache_of(urls.cache).lpush("probe", "done")
    waiting.join()
    assert broker.has_consumer() is False


def test_without_any_binary_tasks_go_through_files(broker: Redis, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "find_redis", lambda: None)
    urls = broker.start()
    assert urls.broker == "filesystem://"
    assert urls.cache == f"filecache://{state}/cache/django"
    assert (state / "spool" / "control").is_dir()
    assert broker.has_consumer() is None


def test_redis_url_comes_first(broker: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://10.0.0.5:6379/3")
    urls = broker.start()
    assert urls.broker == "redis://10.0.0.5:6379/3"
    assert urls.cache == "redis://10.0.0.5:6379/4"

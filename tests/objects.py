"""An S3-compatible store on the loopback, for a module of tests; see `tests.images.test_stores`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.server import ThreadedMotoServer

from newsroom.environment import file_stores

BUCKETS = {"public": "news-public", "private": "news-private"}


@contextmanager
def server() -> Iterator[str]:
    """Its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    double = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    double.start()
    try:
        yield "http://{}:{}".format(*double.get_host_and_port())
    finally:
        double.stop()


def stores(endpoint: str, **other: Any) -> dict[str, dict[str, Any]]:
    """What ``STORAGES`` has for the store there."""
    options: dict[str, Any] = {"region": "us-east-1", "key": "newsroom", "secret": "only-for-tests", **BUCKETS}
    return file_stores(endpoint=endpoint, **{**options, **other})

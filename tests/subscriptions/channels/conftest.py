from collections.abc import Iterator
from typing import Any

import pytest

from tests import make
from tests.subscriptions.channels.double import Double, channels


@pytest.fixture
def double(db: None, settings: Any) -> Iterator[Double]:
    """A paper, and servers on this machine in place of the channels' own."""
    make.site()
    with channels() as running:
        for name in ("TELEGRAM", "X", "FACEBOOK", "BLUESKY", "MASTODON"):
            setattr(settings, f"{name}_URL", running.url)
        settings.OUTGOING_ALLOWED = [f"127.0.0.1:{running.port}"]
        yield running

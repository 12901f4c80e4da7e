"""The yardstick of warm pages: our web server, but before it answers that were ready when it started.

``python -m benchmarks.constant PORT FILE``; the file is JSON: path → [headers, body in base64].
"""

import json
import sys
from base64 import b64decode
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from newsroom import webserver

Answer = tuple[list[tuple[str, str]], list[bytes]]


def load(file: str, target: str) -> Callable[..., Iterable[bytes]]:
    """The application, in the server's worker."""
    answers: dict[str, Answer] = {
        path: ([(name, value) for name, value in headers], [b64decode(body)])
        for path, (headers, body) in json.loads(Path(file).read_text()).items()
    }

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers, body = answers[environ["PATH_INFO"]]
        start_response("200 OK", headers)
        return body

    return application


if __name__ == "__main__":
    webserver.prepared("127.0.0.1", int(sys.argv[1])).serve(target_loader=partial(load, sys.argv[2]))

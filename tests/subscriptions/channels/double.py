"""The channels' servers in one, on loopback: each speaks as much of its own protocol as a post takes, and can fail.

`Double.shown` is what readers of a channel would see. `Double.faults` are used up, one for each request to post.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import regex
from oauthlib.oauth1 import Client

KEYS: dict[str, dict[str, str]] = {
    "telegram": {"token": "71:planted-telegram"},
    "x": {
        "consumer_key": "planted-ck", "consumer_secret": "planted-cs",
        "token": "planted-t", "token_secret": "planted-ts",
    },
    "facebook": {"token": "planted-facebook"},
    "bluesky": {"password": "planted-bluesky"},
    "mastodon": {"token": "planted-mastodon"},
}  # fmt: skip
PLANTED = [value for keys in KEYS.values() for value in keys.values()]
Reply = tuple[int, Any]
Form = dict[str, list[str]]


@dataclass
class Double:
    port: int = 0
    shown: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    idempotent: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Bluesky's, by their links; and what it says instead of taking one.
    blobs: dict[str, bytes] = field(default_factory=dict)
    blob_reply: Reply | None = None
    # A request to post that is to "hang" has been taken; its answer waits for `released`.
    hanging: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def texts(self, kind: str) -> list[str]:
        return [each["text"] for each in self.shown.get(kind, [])]

    def show(self, kind: str, text: str, **more: Any) -> str:
        """Puts a post before the channel's readers; its number."""
        number = str(1000 + sum(map(len, self.shown.values())))
        self.shown.setdefault(kind, []).append({"id": number, "text": text, **more})
        return number

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        parts = urlsplit(path)
        first, _slash, rest = parts.path.removeprefix("/").partition("/")
        handlers = {"2": self._x, "xrpc": self._bluesky, "api": self._mastodon}
        if first.startswith("bot"):
            return self._telegram(first.removeprefix("bot"), rest, json.loads(body))
        if first in handlers:
            return handlers[first](method, parts.path, headers, body)
        return self._facebook(method, first, rest, headers, parse_qs(body.decode()))

    def _telegram(self, token: str, method: str, given: dict[str, Any]) -> Reply:
        if token != KEYS["telegram"]["token"]:
            return 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}
        chat = {"id": -100, "type": "channel", "title": "The Harbour Post", "username": "harbourpost"}
        if method == "getMe":
            return 200, {"ok": True, "result": {"id": 71, "is_bot": True, "username": "harbour_bot"}}
        if given["chat_id"] != "@harbourpost":
            return 400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
        if method == "getChat":
            return 200, {"ok": True, "result": chat}
        assert given["parse_mode"] == "HTML" and given["link_preview_options"]["url"].startswith("http")
        if re.search(r"<(?!/?[bius]>)|&(?!(amp|lt|gt|quot|#\w+);)", given["text"]):
            return 400, {"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities"}
        number = int(self.show("telegram", given["text"], reply=given.get("reply_parameters")))
        return 200, {"ok": True, "result": {"message_id": number, "chat": chat, "text": given["text"]}}

    def _x(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        sent = dict(re.findall(r'(\w+)="([^"]*)"', headers["authorization"]))
        keys = KEYS["x"]
        again = Client(
            keys["consumer_key"], keys["consumer_secret"], keys["token"], keys["token_secret"],
            nonce=sent["oauth_nonce"], timestamp=sent["oauth_timestamp"],
        )  # fmt: skip
        if again.sign(self.url + path, http_method=method)[1]["Authorization"] != headers["authorization"]:
            return 401, {"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}
        if path == "/2/users/me":
            return 200, {"data": {"id": "9", "username": "harbourpost"}}
        text = json.loads(body)["text"]
        if text in self.texts("x"):
            detail = "You are not allowed to create a Tweet with duplicate content."
            return 403, {"title": "Forbidden", "status": 403, "detail": detail, "type": "about:blank"}
        return 201, {"data": {"id": self.show("x", text), "text": text}}

    def _facebook(
        self, method: str, page: str, rest: str, headers: dict[str, str], form: dict[str, list[str]]
    ) -> Reply:
        if headers["authorization"] != f"Bearer {KEYS['facebook']['token']}":
            words = f"Malformed access token {headers['authorization'].removeprefix('Bearer ')}"
            return 400, {"error": {"message": words, "type": "OAuthException", "code": 190}}
        if page != "104829385012":
            return 404, {"error": {"message": "Unsupported request", "type": "GraphMethodException", "code": 100}}
        if method == "POST":
            number = self.show("facebook", form["message"][0], link=form["link"][0])
            return 200, {"id": f"{page}_{number}"}
        if rest == "feed":
            posts = self.shown.get("facebook", [])
            return 200, {
                "data": [
                    {
                        "id": f"{page}_{each['id']}",
                        "message": each["text"],
                        "permalink_url": f"https://fb.example/{each['id']}",
                    }
                    for each in posts
                ]
            }
        return 200, {"name": "The Harbour Post", "id": page}

    def _bluesky(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        if path.endswith("uploadBlob"):
            return self._blob(headers, body)
        given = json.loads(body or b"{}")
        if path.endswith("createSession"):
            if (given["identifier"], given["password"]) != ("harbourpost.example", KEYS["bluesky"]["password"]):
                return 401, {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}
            return 200, {"did": "did:plc:harbour", "handle": "harbourpost.example", "accessJwt": "session-jwt"}
        if headers.get("authorization") != "Bearer session-jwt":
            return 400, {"error": "InvalidToken", "message": "Token could not be verified"}
        if path.endswith("getSession"):
            return 200, {"did": "did:plc:harbour", "handle": "harbourpost.example"}
        record, key = given["record"], given["rkey"]
        if not re.fullmatch(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}", key):
            return 400, {"error": "InvalidRequest", "message": "Invalid record key"}
        if len(regex.findall(r"\X", record["text"])) > 300 or not record["createdAt"].endswith("Z"):
            return 400, {"error": "InvalidRequest", "message": "Invalid app.bsky.feed.post record"}
        thumb = record["embed"]["external"].get("thumb")
        if thumb and (thumb["$type"], thumb["mimeType"], thumb["size"]) != (
            "blob", "image/jpeg", len(self.blobs.get(thumb["ref"]["$link"], b"")),
        ):  # fmt: skip
            return 400, {"error": "InvalidRequest", "message": f"Could not find blob: {thumb['ref']['$link']}"}
        uri = f"at://{given['repo']}/app.bsky.feed.post/{key}"
        if uri not in self.idempotent:
            self.idempotent[uri] = record
            self.show("bluesky", record["text"], record=record)
        return 200, {"uri": uri, "cid": "bafyrei"}

    def _blob(self, headers: dict[str, str], body: bytes) -> Reply:
        if headers.get("authorization") != "Bearer session-jwt":
            return 400, {"error": "InvalidToken", "message": "Token could not be verified"}
        if self.blob_reply:
            return self.blob_reply
        link = f"bafkrei{hashlib.sha256(body).hexdigest()}"
        self.blobs[link] = body
        blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": headers["content-type"], "size": len(body)}
        return 200, {"blob": blob}

    def _mastodon(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        if headers.get("authorization") != f"Bearer {KEYS['mastodon']['token']}":
            return 401, {"error": "The access token is invalid"}
        if path.endswith("verify_credentials"):
            return 200, {"id": "7", "acct": "harbourpost"}
        text, key = json.loads(body)["status"], headers["idempotency-key"]
        if len(re.sub(r"https?://\S+", "x" * 23, text)) > 500:
            return 422, {"error": "Validation failed: Text character limit of 500 exceeded"}
        if key not in self.idempotent:
            number = self.show("mastodon", text)
            self.idempotent[key] = {"id": number, "url": f"https://social.example/@harbourpost/{number}"}
        return 200, self.idempotent[key]


FAULTS: dict[str, Reply] = {
    "busy": (429, {"ok": False, "error_code": 429, "description": "Too Many", "parameters": {"retry_after": 7}}),
    "broken": (500, {"error": "Internal"}),
    "forbidden": (403, {"error": "Not allowed", "ok": False, "description": "Forbidden: bot is not a member"}),
    "limited": (400, {"error": {"message": "Page request limit reached", "code": 32}}),
}  # fmt: skip


@contextmanager
def channels() -> Iterator[Double]:
    double = Double()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def _answer(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            double.paths.append(self.path)
            double.requests.append((headers, body))
            is_post = re.search(r"sendMessage$|/2/tweets$|/feed$|putRecord$|/statuses$", self.path) and method == "POST"
            fault = double.faults.pop(0) if is_post and double.faults else ""
            if fault == "lost":  # neither taken nor answered
                return
            if fault in FAULTS:
                self._say(*FAULTS[fault])
                return
            status, data = double.answer(method, self.path, headers, body)
            if fault == "hang":
                double.hanging.set()
                double.released.wait(60)
                return
            if fault == "silent":  # taken, and the answer is lost on its way
                return
            if fault == "garbage":
                self._say(200, None)
                return
            self._say(status, data)

        def _say(self, status: int, data: Any) -> None:
            body = b"<!doctype html><p>Welcome to our hotel network" if data is None else json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 429:
                self.send_header("Retry-After", "7")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: pytest shows what matters."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        double.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield double
        finally:
            double.released.set()
            server.shutdown()
            thread.join()

"""What is asked of a page: silence from the browser, nothing from axe, nothing from the Nu validator."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

MODULES = Path(settings.BASE_DIR) / "node_modules"
AXE = MODULES / "axe-core/axe.min.js"
NU = MODULES / "vnu-jar/build/dist/vnu.jar"
TELL_OF_VIOLATIONS = """
addEventListener("securitypolicyviolation", event =>
  console.error(`CSP: ${event.effectiveDirective} blocked ${event.blockedURI} ${event.sample}`));
"""


class Guard:
    """Listens to every page of a browser profile; `complaints` is empty while all is well.

    It holds against a page: errors and warnings on the console, uncaught exceptions, violations of the content policy,
    requests that fail, and requests to anywhere but `origin`. A page that itself answers 404 or 410 is no complaint.
    """

    def __init__(self, context: BrowserContext, *, origin: str) -> None:
        self.context, self.origin = context, origin
        self.complaints: list[str] = []
        self.documents: set[str] = set()
        context.add_init_script(TELL_OF_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"exception: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.text.startswith("Failed to load resource") and where in self.documents:
            return  # Chromium says so of every page that answers 404
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console {message.type} at {where}: {message.text}")

    def _request(self, request: Request) -> None:
        if request.is_navigation_request():
            self.documents.add(request.url)
        if not request.url.startswith((self.origin + "/", "data:", "blob:")):
            self.complaints.append(f"request elsewhere: {request.url}")

    def _failed(self, request: Request) -> None:
        # Aborted is what becomes of a request when the page is left.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"request failed: {request.url} ({request.failure})")


def axe(page: Page, *, leave_out: tuple[str, ...] = (), only: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds on the page as it stands, a line for each node.

    `leave_out` names rules not to run; `only`, if any, those to run and no other.

    It is injected by the debugger, which the content policy does not bind.
    """
    debugger = page.context.new_cdp_session(page)
    options: dict[str, Any] = {
        "resultTypes": ["violations"],
        "preload": False,
        "rules": {rule: {"enabled": False} for rule in leave_out},
    }
    if only:
        options["runOnly"] = list(only)
    run = f"axe.run(document, {json.dumps(options)}).then(JSON.stringify)"
    # Half-way from one colour to the next is neither.
    at_rest = "document.getAnimations().forEach(each => each instanceof CSSTransition && each.finish())"
    debugger.send("Runtime.evaluate", {"expression": at_rest})
    debugger.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    answer = debugger.send("Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True})
    debugger.detach()
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']}: {node['html'][:200]} at {node['target']}"
        for violation in json.loads(answer["result"]["value"])["violations"]
        for node in violation["nodes"]
    ]


def visit(page: Page, address: str, *, width: int) -> None:
    """Opens it in a window of that width; the page that is left fetches no pictures for it."""
    page.goto("about:blank")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address)


def faults_in_all_looks(page: Page, widths: tuple[int, ...]) -> list[str]:
    """Whether the page as it stands is wider than any of the widths, and what axe finds at the last: by night, of its
    colours alone. Widest first: a window that grows makes the browser fetch other pictures.
    """
    found = []
    page.emulate_media(color_scheme="light")
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"wider than {width} pixels")
    found += axe(page)
    page.emulate_media(color_scheme="dark")
    return [*found, *(f"by night: {each}" for each in axe(page, only=("color-contrast",)))]


def nu(pages: dict[str, str]) -> list[str]:
    """What the Nu validator finds in `pages` (name -> HTML), a line each; warnings count, remarks do not."""
    with tempfile.TemporaryDirectory() as name:
        files = {}
        for number, (page, html) in enumerate(pages.items()):
            path = Path(name) / f"{number}.html"
            path.write_text(html, encoding="utf-8")
            files[path.name] = page
        command = ["java", "-jar", str(NU), "--stdout", "--exit-zero-always", "--format", "json", name]
        answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout
    found: list[dict[str, Any]] = json.loads(answer)["messages"]
    findings = []
    for each in found:
        if each["type"] == "error" or each.get("subType") == "warning":
            page = files.get(each.get("url", "").rpartition("/")[2], "?")
            findings.append(f"{page} line {each.get('lastLine', '?')}: {each['message']} {each.get('extract', '')!r}")
    return findings

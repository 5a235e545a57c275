"""What no page may do: fail in a script or the console, break its security policy, ask another host."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI}`));
"""
OUTSIDE = ("http", "https", "ws", "wss")


@dataclass
class Watch:
    """Collects what went wrong on the pages of a browser context. host: the one that may be asked.

    provoked: parts of addresses whose failing requests are the test's own doing.
    """

    host: str
    findings: list[str] = field(default_factory=list)
    provoked: set[str] = field(default_factory=set)

    def attach(self, context: BrowserContext) -> None:
        context.add_init_script(TELL_VIOLATIONS)
        context.on("page", self._follow)

    def _follow(self, page: Page) -> None:
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.findings.append(f"{page.url}: {error}"))
        page.on("request", lambda request: self._asked(request.url, page))
        page.on("websocket", lambda socket: self._asked(socket.url, page))
        page.on("requestfailed", self._failed)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not self._is_provoked(message.location.get("url", "")):
            self.findings.append(f"{message.location.get('url', '')}: {message.text}")

    def _asked(self, url: str, page: Page) -> None:
        parts = urlsplit(url)
        if parts.scheme in OUTSIDE and parts.netloc != self.host:
            self.findings.append(f"{page.url} asked another host: {url}")

    def _failed(self, request: Request) -> None:
        said: Any = request.failure
        if said != "net::ERR_ABORTED" and not self._is_provoked(request.url):
            self.findings.append(f"{request.url}: {said}")

    def _is_provoked(self, url: str) -> bool:
        return any(part in url for part in self.provoked)

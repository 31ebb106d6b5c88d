"""What pages are looked at on, and what must hold on all of them."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

type Theme = Literal["light", "dark"]


@dataclass(frozen=True, kw_only=True)
class Screen:
    name: str
    width: int
    height: int
    has_touch: bool = False


PHONE = Screen(name="phone", width=390, height=844, has_touch=True)
SMALL_PHONE = Screen(name="small phone", width=320, height=640, has_touch=True)
LAPTOP = Screen(name="laptop", width=1440, height=900)
THEMES: tuple[Theme, ...] = ("light", "dark")


@dataclass(frozen=True, kw_only=True)
class Visit:
    screen: Screen = LAPTOP
    theme: Theme = "light"
    javascript: bool = True
    locale: str = "en-GB"
    time_zone: str = "Europe/Madrid"


@dataclass
class Visits:
    """Browser windows on one server, and everything that went wrong in them."""

    browser: Browser
    url: str
    session: str = ""
    problems: list[str] = field(default_factory=list)
    #: Parts of console messages that a test provokes on purpose.
    expected: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, visit: Visit | None = None, **changes: Any) -> Page:
        visit = replace(visit or Visit(), **changes)
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": visit.screen.width, "height": visit.screen.height},
            has_touch=visit.screen.has_touch,
            is_mobile=visit.screen.has_touch,
            color_scheme=visit.theme,
            java_script_enabled=visit.javascript,
            locale=visit.locale,
            timezone_id=visit.time_zone,
        )
        self.contexts.append(context)
        if self.session:
            context.add_cookies([{"name": "sessionid", "value": self.session, "url": self.url}])
        context.on("request", self._check_origin)
        context.on("console", self._check_console)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        page = context.new_page()
        page.set_default_timeout(30_000)
        return page

    def close(self) -> list[str]:
        for context in self.contexts:
            context.close()
        return self.problems

    def _check_origin(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.problems.append(f"asks another origin: {request.url}")

    def _check_console(self, message: ConsoleMessage) -> None:
        # A page that answers 404 or 422 is a page; only what it loads must not fail.
        page = message.page
        is_the_page = page is not None and message.location["url"] == page.url
        answered = message.text.startswith("Failed to load resource") and is_the_page
        provoked = any(words in message.text for words in self.expected)
        if message.type == "error" and not answered and not provoked:
            self.problems.append(f"console: {message.text} ({message.location['url']})")


def assert_accessible(page: Page) -> None:
    """No rule of axe is broken, best practices among them."""
    found = Axe().run(page).response["violations"]
    told = [
        f"{rule['id']}: {node['html'][:160]}\n{node.get('failureSummary', '')}"
        for rule in found
        for node in rule["nodes"]
    ]
    assert not told, "\n".join([page.url, *told])


def assert_fits(page: Page) -> None:
    """Nothing stands out at the side."""
    wide = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
          [...document.querySelectorAll("body *")]
            .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
            .map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert not wide, "\n".join([page.url, *wide[:5]])

"""Takes the README's pictures from a demo of its own: python -m scripts.screenshots."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PATIENCE_S = 60
MAX_BYTES = 300_000
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--disable-gpu",
    "--hide-scrollbars",
]
LAPTOP = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)


def main() -> int:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    chromium = chromium or shutil.which("google-chrome")
    if chromium is None:
        sys.stderr.write("Chromium is needed: apt-get install chromium\n")
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with _demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        # The first customer of a new demo is always the same.
        shots = (("laptop", "/", LAPTOP, 1.0), ("phone", "/customer/1/", PHONE, 2.0))
        for name, path, viewport, scale in shots:
            context = browser.new_context(
                viewport=viewport, device_scale_factor=scale, locale="en-GB"
            )
            page = context.new_page()
            _sign_in(page, address)
            page.reload()  # the notice that signing in leaves is gone
            page.goto(f"{address}{path}")
            page.wait_for_load_state("networkidle")
            _keep(page, IMAGES / f"{name}.png")
        browser.close()
    return 0


@contextmanager
def _demo() -> Iterator[str]:
    """The address of a running demo with data of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        environment = os.environ | {"DATA_DIR": folder, "PORT": str(port), "HOST": "127.0.0.1"}
        for command in (["-m", "customer_manager.prepare"], ["manage.py", "demo"]):
            subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True)  # noqa: S603
        server = subprocess.Popen(
            [sys.executable, "-m", "customer_manager.run"], cwd=ROOT, env=environment
        )
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            time.sleep(3)  # the sender's first sign of life
            return


def _sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("Username or e-mail").fill("demo")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/$"))


def _keep(page: Page, path: Path) -> None:
    """As a PNG of a palette: pages have few colours."""
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    sys.stdout.write(f"{path.relative_to(ROOT)}: {picture.width}×{picture.height}, {size} bytes\n")
    if size > MAX_BYTES:
        raise SystemExit(f"{path} is larger than {MAX_BYTES} bytes")


if __name__ == "__main__":
    sys.exit(main())

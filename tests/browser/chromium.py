"""A Chromium for the browser tests: Playwright's own, the system's, or a downloaded one.

Run as `python -m tests.browser.chromium` to make sure that there is one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Any

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
DOWNLOAD = [sys.executable, "-m", "playwright", "install", "chromium"]
DOWNLOAD_PATIENCE = 180
"""Seconds: on a closed network the download would try for many minutes."""
OFF = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "LensOverlay"),
    *("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "AimEnabled"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
)
"""Features to switch off. The first two load two pages for the address bar of each window, which
nobody sees and which cost as much as ours; Playwright switches off the others, but the last list
is the one that counts."""
PACKAGE = "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium"


def launch(playwright: Playwright, *arguments: str) -> Browser:
    """Starts Playwright's Chromium where it is installed, else the system's.

    Args:
        arguments: more of Chromium's own.

    Raises:
        Error: neither is installed.
    """
    # Chromium has no sandbox for root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    options: dict[str, Any] = {
        "args": [*sandbox, f"--disable-features={','.join(OFF)}", *arguments]
    }
    try:
        return playwright.chromium.launch(**options)
    except Error:
        system = next(filter(None, map(shutil.which, NAMES)), None)
        if system is None:
            raise
        return playwright.chromium.launch(executable_path=system, **options)


def _starts() -> bool:
    with sync_playwright() as playwright:
        try:
            launch(playwright).close()
        except Error:
            return False
    return True


def _get() -> None:
    print("No Chromium found: getting Playwright's ...", flush=True)
    try:
        subprocess.run(DOWNLOAD, timeout=DOWNLOAD_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        print("That took too long.", flush=True)
    if not _starts() and shutil.which("apt-get"):
        print("Getting the system's package chromium ...", flush=True)
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        subprocess.run([*as_root, "sh", "-c", PACKAGE], check=False)


def main() -> int:
    """Makes sure that a Chromium starts; 0 if one does."""
    if not _starts():
        _get()
        if not _starts():
            print(
                "No Chromium could be had. Install one (Debian: apt install chromium; others: "
                "python -m playwright install --with-deps chromium) and try again.",
                file=sys.stderr,
            )
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

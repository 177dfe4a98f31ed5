"""Finds a Chromium, or gets one: what is installed, else Debian's package, else Playwright's own.

python -m tests.browser.chromium      says which, and fails only where BROWSER_REQUIRED is set
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# As root Chromium has no sandbox; the rest keeps it from calling home.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def installed() -> str | None:
    """The path of a Chromium on this machine."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return _playwrights_own()


def _playwrights_own() -> str | None:
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    found = sorted(folder.glob("chromium-*/chrome-linux*/chrome"))
    return str(found[-1]) if found else None


def get() -> tuple[str | None, str]:
    """A Chromium, fetched if need be, and why there is none."""
    if path := installed():
        return path, ""
    tries = []
    if shutil.which("apt-get") and os.geteuid() == 0:
        tries += [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]]
    tries.append([sys.executable, "-m", "playwright", "install", "chromium"])
    why = ""
    for command in tries:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if path := installed():
            return path, ""
        if done.returncode:
            why = f"{' '.join(command[:3])} failed: {(done.stderr or done.stdout).strip().splitlines()[-1:]}"
    return None, why or "none installed, and none could be fetched"


def main() -> int:
    path, why = get()
    if path:
        print(f"Browser tests run in {path}")
        return 0
    print(f"Browser tests will not run: no Chromium ({why})")
    return 1 if os.environ.get("BROWSER_REQUIRED") else 0


if __name__ == "__main__":
    sys.exit(main())

"""The front of a finished run as a picture: `python scripts/front.py <run folder> docs/front.png`; needs Chromium."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_SIZE = 1060, 570  # px
_ALONE = (
    "<style>:root{color-scheme:light} main>*:not(:has(#front)){display:none} main{padding:8px;max-width:none}"
    "section:has(#front)>*:not(figure),figcaption{display:none} figure{margin:0}</style>"
)


def picture(report: Path, target: Path) -> None:
    """Write what a light page shows of the front, with the axes that it begins with, as PNG."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("chromium is not on PATH; install it (apt install chromium)")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "front.html"
        page.write_text(report.read_text(encoding="utf-8").replace("</head>", f"{_ALONE}</head>", 1), encoding="utf-8")
        wide, high = _SIZE
        command = [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder}/user",
        ]
        seen = [f"--window-size={wide},{high}", f"--screenshot={target.resolve()}", page.as_uri()]
        subprocess.run([*command, *seen], check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    run, png = map(Path, sys.argv[1:])
    picture(run / "report.html", png)

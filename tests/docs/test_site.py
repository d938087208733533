"""The user guide as a site: built without a warning, whole, and without a request to anywhere."""

import re
import subprocess
import sys

import pytest

from tests.docs.pages import PAGES, ROOT

pytestmark = pytest.mark.slow
_LOADED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["'](?:https?:)?//|<link\b[^>]*href=["'](?:https?:)?//"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    arguments = ["-q", "-W", "--keep-going", "-b", "html", "-c", "docs", "-d", folder / "trees", ".", folder / "html"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_every_page_is_in_the_site(site):
    assert not [page for page in PAGES if not (site / page.relative_to(ROOT)).with_suffix(".html").is_file()]


def test_no_page_asks_for_anything_outside(site):
    pages, styles = list(site.rglob("*.html")), list(site.rglob("*.css"))
    assert not [page for page in pages if _LOADED.search(page.read_text(encoding="utf-8"))]
    assert not [style for style in styles if re.search(r"(url\(|@import)\s*[\"']?https?:", style.read_text("utf-8"))]


def test_every_public_name_is_described(site):
    import genrf

    text = (site / "docs" / "api.html").read_text(encoding="utf-8")
    assert not [name for name in genrf.__all__ if f'id="genrf.{name}"' not in text]

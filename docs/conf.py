"""How Sphinx builds the user guide: `make docs`.

The pages are the files that the repository shows. The source folder is the repository itself, so that a link from a
page to a study works in both places.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

project = "genrf"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
root_doc = "docs/index"
include_patterns = ["README.md", "docs/*.md", "experiments/*/*.md"]
exclude_patterns = [".*", "outputs", "genrf", "tests", "conf", "build", "dist"]
html_theme = "furo"  # its style and scripts lie beside the pages; none asks for anything outside
html_title = "genrf"
html_copy_source = False
html_show_copyright = False
html_show_sourcelink = False

myst_heading_anchors = 3  # `extending.md#a-process`, as the repository has it

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # units and shapes stand in the text
autodoc_class_signature = "separated"

_LINK = re.compile(r"\[([^][]+)\]\(([^)#\s]+)\)")


def folders_as_text(_app, name, source):
    """A link to a folder, which the repository shows and a site cannot, becomes the folder's path."""
    page = ROOT / f"{name}.md"

    def shown(link):
        target = (page.parent / link[2]).resolve()
        return f"`{target.relative_to(ROOT)}`" if target.is_dir() else link[0]

    source[0] = _LINK.sub(shown, source[0])


def tables_with_title(_app, name, source):
    """A study's table has no heading in the repository, and is reached from the study alone."""
    if name.startswith("experiments/") and not name.endswith("/README"):
        source[0] = f"---\norphan: true\n---\n# Table: {name.split('/')[-2]}\n\n{source[0]}"


def other_pages(_app, name, source):
    """`*` in the guide's list of pages: those that it does not name."""
    if name == root_doc:
        named = set(source[0].split())
        others = [page.stem for page in sorted((ROOT / "docs").glob("*.md")) if page.stem not in named | {"index"}]
        source[0] = source[0].replace("\n*\n", "\n".join(["", *others, ""]))


def setup(app):
    """Tell Sphinx what happens to a page before it is read."""
    app.connect("source-read", folders_as_text)
    app.connect("source-read", other_pages)
    app.connect("source-read", tables_with_title)

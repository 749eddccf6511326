# SPDX-License-Identifier: GPL-2.0
"""What Sphinx builds these pages by; see lab/lib/docs.sh, which says where a kernel's source is."""
import os
import subprocess
import sys

kernel = os.environ["KERNEL_TOOLS"]
sys.path.insert(0, kernel + "/Documentation/sphinx")

extensions = ["kerneldoc", "sphinx.ext.graphviz"]
kerneldoc_bin = kernel + "/scripts/kernel-doc"
kerneldoc_srctree = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

project = "kwaitgroup"
author = "The kwaitgroup maintainers"
copyright = "2026, " + author       # pylint: disable=redefined-builtin
with open(kerneldoc_srctree + "/VERSION", encoding="utf-8") as file:
    release = version = file.read().strip()

primary_domain = "c"
highlight_language = "none"
html_theme = "alabaster"
html_theme_options = {"page_width": "1300px", "body_max_width": "none", "fixed_sidebar": True}
html_static_path = ["static"]
html_css_files = ["beside.css"]
html_show_sourcelink = False
graphviz_output_format = "svg"

# What a kernel's own documentation has and these pages have not: its types and functions.
nitpick_ignore_regex = [("c:.*", r".*")]


def flame_graph(app):
    """The picture in tools.rst, of the table that the tools' tests use."""
    subprocess.run([kerneldoc_srctree + "/tools/observe/kwgstacks", "-o", app.srcdir / "flamegraph.svg",
                    kerneldoc_srctree + "/lab/tests/debugfs/stacks"], check=True)


def setup(app):
    """Called by Sphinx."""
    app.connect("builder-inited", flame_graph)

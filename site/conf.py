"""How Sphinx makes one language of the reviewer's site; `publishing.site` lays the sources beside this file."""

import functools
import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

from docutils import nodes
from latex2mathml.converter import convert
from markupsafe import Markup
from sphinx import addnodes
from sphinx.search.en import SearchEnglish
from sphinx.search.zh import SearchChinese

# An optional check of web addresses in JSON schemas that takes 1.2 s to import; notebooks do not need it.
sys.modules.setdefault("rfc3987_syntax", None)

settings = json.loads(Path(__file__).with_name("settings.json").read_text(encoding="utf-8"))

project = settings["title"]
html_title = settings["title"]
language = settings["sphinx"]
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon"] if settings.get("reference") else ["myst_nb"]
root_doc = "index"
html_use_index = settings["language"] == "en"  # of what docstrings describe
default_role = "py:obj"

nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show, nb_code_prompt_hide = (settings.get("words", {}).get(f"{k}_code", "") for k in ("show", "hide"))
myst_enable_extensions = ["amsmath", "attrs_inline", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
suppress_warnings = ["config.cache", "mystnb.unknown_mime_type"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_use_type_comments = False  # it would parse every function anew
autodoc_class_signature = "separated"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_static_path = ["static"]
templates_path = ["templates"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_favicon = "static/icon.svg"
html_copy_source = False
html_domain_indices = False
html_show_sourcelink = False
html_show_copyright = False
html_show_search_summary = False  # it would fetch pages, which a browser refuses for files
html_last_updated_fmt = None
html_theme_options = {"top_of_page_buttons": []}
extras = ["sidebar/extras.html"]
html_sidebars = {
    "**": [
        "sidebar/brand.html", "sidebar/search.html", "sidebar/scroll-start.html",
        *(extras if settings.get("reference") else []), "sidebar/navigation.html",
        *([] if settings.get("reference") else extras), "sidebar/scroll-end.html",
    ]
}  # fmt: skip
pygments_style = "vs"  # whose colours are told from their ground
pygments_dark_style = "github-dark"


THIN = '<mspace width="0.17em"></mspace>'


def _remembering(stemmer):
    """Return a stemmer that stems a word once: it took a fifth of Sphinx's time."""
    return SimpleNamespace(stemWord=functools.cache(stemmer.stemWord))


class English(SearchEnglish):
    """Index English words."""

    def __init__(self, options):
        super().__init__(options)
        self.stemmer = _remembering(self.stemmer)


class Chinese(SearchChinese):
    """Index runs of Chinese characters, of which a query is found as a part, and pairs, for queries of two."""

    lang = "zh"
    language_name = "English"  # names the stemmer in the browser, which is the English one for Latin words
    runs = re.compile(r"[\u3400-\u9fff]+")

    def __init__(self, options):
        super().__init__(options)
        self.stemmer = _remembering(self.stemmer)

    def split(self, input):
        """Return the words of a text."""
        words = self.latin1_letters.findall(input)
        self.latin_terms.update(words)
        for run in self.runs.findall(input):
            words += [run[:12], *(run[k : k + 2] for k in range(len(run) - 1))]
        return words


def _converted(text, **how):
    """Return TeX as MathML, with the thin spaces beside ln that the converter leaves out."""
    made = re.sub(r"(</m(?:i|n|sub|sup|row)>)(<mi>ln</mi>)", rf"\1{THIN}\2", convert(text, **how))
    return re.sub(r"(<mi>ln</mi>)(?!<mo)", rf"\1{THIN}", made)


def _inline(self, node):
    self.body.append(f'<span class="math">{_converted(node.astext())}</span>')
    raise nodes.SkipNode


def _block(self, node):
    text = re.sub(r"\\(begin|end)\{(align|equation|gather)\*?\}", lambda m: f"\\{m[1]}{{aligned}}", node.astext())
    if r"\begin" not in text and r"\\" in text:
        text = rf"\begin{{aligned}}{text}\end{{aligned}}"
    self.body.append(f'<div class="math" tabindex="0">{_converted(text, display="block")}</div>\n')
    raise nodes.SkipNode


def _bars(app, what, name, thing, options, lines):
    """Keep the bars of |x| in docstrings from being read as substitutions."""
    for k, line in enumerate(lines):
        if "|" in line and not line.lstrip().startswith((">>>", "...")):
            pieces = line.split("`")
            lines[k] = "`".join(p.replace("|", r"\|") if n % 2 == 0 else p for n, p in enumerate(pieces))


def _types(app, tree):
    """Let types lead to classes alone: `shape` in that of an array would lead to whatever is called so."""
    for found in list(tree.findall(addnodes.pending_xref)):
        if found["reftype"] == "class" and found["reftarget"].rpartition(".")[2][:1].islower():
            found.replace_self(found.children)


def _context(app, page, template, context, doctree):
    up = "../" * page.count("/")
    described = page.startswith("api/") or page == "genindex"  # docstrings, once, in English
    other = "api/index" if described else page
    context["languages"] = [
        {"code": code, "name": name, "current": code == settings["language"], "href": f"{up}../{code}/{other}.html"}
        for code, name in settings["languages"].items()
    ]
    context["docstitle"] = context["project"] = Markup.escape(settings["title"])  # which templates of the theme do not
    context["extras"] = [{"name": name, "href": up + href} for name, href in settings["extras"]]
    context["theme_words"] = settings["theme_words"]
    context["words"] = settings["words"]
    context["kept"] = Markup.escape(settings.get("kept", ""))


def _first(room):
    """Shorten the list of a room's modules to one entry with the room's name, which leads to the first of them."""
    name = re.search(r'caption-text">(.*?)</span>', room)[1]
    href = re.search(r'href="(.*?)"', room)[1]
    return f'<ul><li class="toctree-l1"><a class="reference internal" href="{href}">{name} …</a></li></ul>\n'


def _navigation(app, page, template, context, doctree):
    """Resolve the tree of modules once: anew for each of a hundred pages, it took a third of Sphinx's time.

    A page lists the modules of its own room, and of each other room its first: all on all pages were 2 MB.
    """
    if page == "index" or not page.startswith("api/"):
        return
    resolve, entry = (
        app.builder._get_local_toctree,
        '<li class="toctree-l1{}"><a class="{}reference internal" href="{}">',
    )

    def toctree(**options):
        if not hasattr(app, "tree"):
            app.tree = resolve("index", **options).replace('href="api/', 'href="')
        here = entry.format("", "", f"{page.removeprefix('api/')}.html")
        rooms = re.findall(r'(?:<p class="caption".*?</p>\s*)?<ul>.*?</ul>\s*', app.tree, re.DOTALL)
        tree = "".join(own if here in own or not own.startswith("<p") else _first(own) for own in rooms)
        before, found, after = tree.partition(here)
        if not found:
            return app.tree
        start = before.rindex("<ul>")
        before = f'{before[:start]}<ul class="current">{before[start + len("<ul>") :]}'
        return before + entry.format(" current", "current ", "#") + after

    context["toctree"] = toctree


def setup(app):
    """Tell Sphinx of the renderer, the search language and what templates need."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.add_search_language(English)
    app.add_search_language(Chinese)
    app.config.html_math_renderer = "mathml"
    if "sphinx.ext.autodoc" in extensions:
        app.connect("autodoc-process-docstring", _bars, priority=400)
        app.connect("doctree-read", _types)
        app.connect("builder-inited", lambda app: setattr(app.builder, "search", False))  # the site's own has its index
        app.connect("html-page-context", _navigation, priority=400)  # before the theme, which asks for the tree
    app.connect("html-page-context", _context)
    return {"parallel_read_safe": True}

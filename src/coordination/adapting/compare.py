"""The comparison with other tools as a command, and its page."""

from __future__ import annotations

import html
from string import Template

from coordination.adapting.checks import check
from coordination.locale import LANGUAGES
from coordination.presentation import wording
from coordination.robustness.variants import _word, compare, figure, layout, region_years, sentences, variants
from coordination.spatial import neighbours
from coordination.study.document import load
from coordination.study.files import displayed
from coordination.study.regions import read_regions

_PAGE = Template("""<!DOCTYPE html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body {font: 16px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem}
h1 {font-size: 1.5rem; line-height: 1.25}
h2 {font-size: 1.15rem}
.quiet {color: #555; overflow-wrap: anywhere}
.scroll {overflow-x: auto}
table {border-collapse: collapse; border-top: 2px solid; border-bottom: 2px solid; font-size: .85rem}
th {border-bottom: 1px solid; vertical-align: bottom; line-height: 1.25}
td, th {padding: .3em .6em; text-align: right}
td:not(:first-child) {white-space: nowrap}
td:first-child, th:first-child, td:nth-child(3), th:nth-child(3) {text-align: left}
tbody tr:first-child {background: #f2f2f2}
figure {margin: 1.5rem 0}
figure svg {width: 100%; max-width: 52rem; height: auto}
dt {font-weight: 600}
dd {margin: 0 0 .6em 1em}
</style>
</head>
<body>
<header>
<nav><a href="compare.$other.html" hreflang="$other" lang="$other">$other_name</a></nav>
<h1>$title</h1>
<div class="quiet">$about</div>
</header>
<main>
<ul>
$said
</ul>
<figure role="group">
$picture
<figcaption class="quiet">$figure_caption</figcaption>
</figure>
<p class="quiet" id="table-says">$table_caption</p>
<div class="scroll" role="region" aria-labelledby="table-says" tabindex="0">
$table
</div>
<h2>$who</h2>
<dl>
$explanations
</dl>
</main>
</body>
</html>
""")


def page(table, svg, about, *, study, regions, language):
    """Write the comparison as a page that stands by itself.

    Parameters
    ----------
    table : pandas.DataFrame
        As `compare` returns it.
    svg : str
        The figure.
    about : str
        Which study it is and where its figures come from, in Markdown (see `wording.about`).
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
        HTML.
    """
    look = {"study": study, "regions": regions, "language": language}
    plain = html.escape(about, quote=False).replace("**", "").replace("`", "")
    of = len(regions) * len(study.years)
    said = html.escape(_word("change", language))
    other = next(k for k in LANGUAGES if k != language)
    shown = layout(table, **look).to_html(index=False, border=0)
    return _PAGE.substitute(
        lang={"en": "en", "zh": "zh-Hans"}[language],
        other=other,
        other_name=_word("other_language", language),
        title=html.escape(_word("title", language, study.title[language]), quote=False),
        about="".join(f"<p>{p}</p>" for p in plain.split("\n\n")),
        said="\n".join(f"<li>{html.escape(s, quote=False)}</li>" for s in sentences(table, **look)),
        picture=svg[svg.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{said}" ', 1).strip(),
        figure_caption=_word("figure_caption", language, of, study.years[-1]),
        table_caption=_word("table_caption", language, of),
        table=shown,
        who=_word("who", language),
        explanations="\n".join(
            f"<dt>{html.escape(v.name[language], quote=False)}</dt>\n"
            f"<dd>{html.escape(v.why[language], quote=False)}</dd>"
            for v in variants(study)
        ),
    )


def command(options):
    """Write the comparison of a study with what other tools do, in every language, and print it.

    Parameters
    ----------
    options : argparse.Namespace
        With `study`, the name of a folder in data/raw.

    Raises
    ------
    InputError
        If the study or its data do not hold.
    """
    import matplotlib

    from coordination.pipeline import inputs, paths
    from coordination.pipeline.files import checksum, csv_text, panel_file, write
    from coordination.pipeline.inputs import given_weights
    from coordination.pipeline.paths import outputs
    from coordination.presentation.style import close, rendered, style

    matplotlib.use("agg")  # no window, nor a display for one
    loaded = load(paths.raw(options.study))
    regions = read_regions(loaded, paths.raw(options.study))
    polygons, own = inputs.polygons(loaded, regions), given_weights(loaded, regions)
    weights = neighbours.build(loaded.spatial_weights, regions, polygons, own)
    raw = panel_file(loaded)
    file = raw or paths.raw(loaded.id) / loaded.panel.released
    start = check.start(loaded, regions)
    table = compare(start.values.values, loaded, weights)
    changes = region_years(start.values.values, loaded)
    contents = {"compare.csv": csv_text(table)}
    for language in LANGUAGES:
        look = {"study": loaded, "regions": regions, "language": language}
        with style():
            drawn = figure(changes, table, **look)
            pictures = {ending: rendered(drawn, ending) for ending in ("svg", "png")}
            close(drawn)
        about = wording.about(loaded, len(regions), language, raw is not None, file.name, checksum(file))
        contents[f"compare.{language}.html"] = page(table, pictures["svg"].decode(), about, **look)
        contents |= {f"compare.{language}.{ending}": picture for ending, picture in pictures.items()}
    print(layout(table, study=loaded, regions=regions, language="en").to_string(index=False))
    for name, content in contents.items():
        target = outputs(loaded.id) / name
        write(target, content)
        print(displayed(target))

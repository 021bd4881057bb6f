"""Put the sites of all studies into one folder, with a page that leads to each: python .ci/pages.py FOLDER."""

import html
import shutil
import sys
from pathlib import Path

from coordination.locale import LANGUAGES
from coordination.pipeline.plan import studies
from coordination.study.document import load

ROOT = Path(__file__).parents[1]


def main(folder):
    """Write the folder; a study without a site is an error."""
    items = []
    for name in studies():
        shutil.copytree(ROOT / "outputs" / name / "site", folder / name)
        title = load(ROOT / "data" / "raw" / name).title
        items += [f'<li lang="{k}"><a href="{name}/{k}/index.html">{html.escape(title[k])}</a></li>' for k in LANGUAGES]
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    look = "body{font:1.1rem/1.6 sans-serif;max-width:42rem;margin:10vh auto;padding:1rem}"
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>Coordination</title>'
        f"<style>{look}</style><h1>Coordination</h1><ul>{''.join(items)}</ul></html>\n"
    )
    (folder / "index.html").write_text(page, encoding="utf-8")
    (folder / ".nojekyll").touch()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

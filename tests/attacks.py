"""What a stranger's study may try: texts that a whole run carries without effect, changes that the check refuses."""

import json
import os
import zipfile

from conftest import replace_once
from openpyxl import Workbook

# Texts, by name: {k} is the number of the attack. A script that runs calls hack({k}); a file that is read is {secret};
# a request goes to {web}; a command makes the file {touched}; what is computed from a text shows 62773913.
TEXTS = {
    "script": "<script>hack({k})</script>",
    "image that is not there": "<img src=x onerror=hack({k})>",
    "vector drawing": "<svg/onload=hack({k})>",
    "details": "<details open ontoggle=hack({k})>x</details>",
    "frame": '<iframe srcdoc="<script>parent.hack({k})</script>" src="{web}"></iframe>',
    "object": '<object data="{web}"></object><embed src="{web}">',
    "end of every element": "</title></style></textarea></script></svg><script>hack({k})</script>",
    "end of an attribute": '" autofocus onfocus="hack({k})" x="',
    "end of another attribute": "' onmouseover='hack({k})' x='",
    "comment": "--><script>hack({k})</script><!--",
    "section of characters": "]]><script>hack({k})</script><![CDATA[",
    "entities": "&lt;script&gt;hack({k})&lt;/script&gt; &#60;img src=x onerror=hack({k})&#62;",
    "end of a string": '"]}}; hack({k}); //',
    "end of another string": "'); hack({k}); //",
    "template of a script": "${{hack({k})}} `${{hack({k})}}`",
    "address that is a script": "[a](javascript:hack({k})) <javascript:hack({k})>",
    "address that is data": "[a](data:text/html,<script>opener.hack({k})</script>)",
    "refresh": '<meta http-equiv="refresh" content="0;url={web}"><base href="{web}">',
    "style": '<style>@import url("{web}");</style><p style="background:url({web})">',
    "form": '<form action="{web}"><button autofocus>x</button></form>',
    "prefetch": '<link rel="prefetch" href="{web}"><link rel=stylesheet href="{web}">',
    "link": "[a]({secret})",
    "image": "![a]({secret}) ![a]({web})",
    "link by reference": "[a][b] ![a][b] [b]: {secret}",
    "address": "<{web}>",
    "role that downloads": "{{download}}`{secret}` :download:`{secret}`",
    "role that evaluates": "{{eval}}`7919 * 7927` {{math}}`x` :math:`x` {{doc}}`/index`",
    "substitution": "{{{{ 7919 * 7927 }}}} |version|",
    "statement of a template": "{{% for x in [7919 * 7927] %}}{{{{ x }}}}{{% endfor %}} {{# x #}}",
    "objects behind a template": "{{{{ cycler.__init__.__globals__.os.popen('touch {touched}') }}}}",
    "directive": ".. include:: {secret} ::",
    "fence": "```{{include}} {secret} ``` ~~~ :::",
    "target, comment and break": "(a)= % x +++ [^1] [@key] @key",
    "formula": "$\\href{{javascript:hack({k})}}{{x}}$ $ \\( \\[ $E$",
    "TeX": "\\input{{{secret}}} \\immediate\\write18{{touch {touched}}} \\undefined",
    "Typst that reads": '#read("{secret}")',
    "Typst that links and breaks": '#link("{web}")[x] #panic() #while true {{}} @x <y> $ * _',
    "field of Word": '{{ INCLUDETEXT "{secret}" }} {{ DDEAUTO c:\\\\cmd "/k touch {touched}" }}',
    "markup of Word": '</w:t></w:r><w:fldSimple w:instr=" DDEAUTO {k} "/> <w:t>&xxe;',
    "raw block of pandoc": '`<w:fldSimple w:instr=" DDEAUTO {k} "/>`{{=openxml}} `<script>hack({k})</script>`{{=html}}',
    "formula of a spreadsheet within": 'x","=HYPERLINK(""{web}"")","=7919*7927',
    "format": "{{0.__class__}} {{name}} {{}} %s %n %(x)s",
    "cell magic": "%%bash touch {touched} ; !touch {touched} ; get_ipython()",
    "command": "$(touch {touched}) `touch {touched}` ; touch {touched} | touch {touched}",
    "end of a string of Python": "'''); __import__('os').system('touch {touched}') #",
    "path": "../../../../etc/passwd ..\\\\..\\\\secret /dev/null NUL con",
    "action of a document": ") /OpenAction << /S /JavaScript /JS (hack({k})) >> (",
    "name of a prototype": "__proto__ constructor",
}  # fmt: skip


def told(name, secret, web, touched):
    """Return a text of `TEXTS`, filled in: the places of what it tries carry its number."""
    k = list(TEXTS).index(name)
    return TEXTS[name].format(k=k, secret=f"{secret}-{k}.txt", web=f"{web}/{k}/x", touched=f"{touched}-{k}")


# Changes of a study, by name: what is done to its folder, and what the line of the refusal says.

ESCAPES = {
    "colour": "\x1b[31m", "address of a terminal": "\x1b]8;;https://evil.invalid/\x1b\\",
    "clipboard": "\x1b]52;c;eA==\x07", "title of a window": "\x1b]0;x\x07",
    "one byte": "\x9b31m", "backspace": "\x08", "return": "\r", "nothing": "\0",
    "turned": "\u202e", "isolated": "\u2066",
}  # fmt: skip


def _named(text):
    return lambda folder: replace_once(folder / "study.yml", "{en: Toy island", f"{{en: {json.dumps(f'Toy{text}')}")


def _region(text):
    return lambda folder: replace_once(folder / "regions.csv", "Oak,橡", f'Oak,"{text}"')


def _document(old, new):
    return lambda folder: replace_once(folder / "study.yml", old, new)


def _cell(text):
    return lambda folder: replace_once(folder / "panel.csv", "Oak,2019,ports,120", f"Oak,2019,ports,{text}")


def _file(name, text):
    def write(folder):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    return write


def _link(name):
    def write(folder):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to("/etc/hostname")

    return write


def _pipe(folder):
    os.mkfifo(folder / "claims.csv")


def _outlines(name, text):
    def write(folder):
        _file(name, text)(folder)
        replace_once(folder / "study.yml", "seed: 7", f"seed: 7\nregions: {{polygons: {name}}}")
        replace_once(folder / "study.yml", "kind: inverse_distance, power: 1", "kind: queen, islands: keep")

    return write


def _workbook(member, content):
    """Write a workbook for the panel, of which a member is replaced."""

    def write(folder):
        book = Workbook()
        book.active.append(["region", 2019])
        book.save(folder / "made.xlsx")
        with zipfile.ZipFile(folder / "made.xlsx") as old:
            parts = {name: old.read(name) for name in old.namelist()}
        (folder / "made.xlsx").unlink()
        with zipfile.ZipFile(folder / "panel.xlsx", "w", zipfile.ZIP_DEFLATED) as new:
            for name, part in (parts | {member: content}).items():
                new.writestr(name, part)
        replace_once(folder / "study.yml", "file: panel.csv", "file: panel.xlsx")

    return write


CLAIMS = "id,section,variable,place,period,measure,expected,tolerance\n"
WEB = "<OGRWFSDataSource><URL>http://127.0.0.1:9/</URL></OGRWFSDataSource>"
VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/x</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
ENTITY = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><sst>&e;</sst>'
OUTSIDE = "expected files of the study's folder paper"
TITLE = "{en: Toy island, zh: 玩具岛}"
SIGNS = "has no hidden signs"
REFUSED = {
    **{f"title with a sign of a terminal: {name}": (_named(sign), SIGNS) for name, sign in ESCAPES.items()},
    **{
        f"name of a region that begins with {sign}": (_region(f"{sign}1+1"), "begins with a letter or figure")
        for sign in "=+@"
    },
    "title that is a formula": (_document("{en: Toy island", "{en: '=1+1'"), "begins with a letter or figure"),
    "region with a sign of a terminal": (_region("x\x1b[31m"), SIGNS),
    "figure with a sign of a terminal": (_cell("\x1b]52;c;eA==\x07"), "expected a number"),
    "claim with a sign of a terminal": (
        _file("claims.csv", f"{CLAIMS}\x1b[31m,1,x\x07,all,2019,mean,1,\n"),
        "expected one of technology",
    ),
    "file with a sign of a terminal": (_link("\x1b[31m"), "a link that leads out"),
    "file whose name is no text": (lambda folder: (folder / os.fsdecode(b"x\xff.csv")).symlink_to("/etc"), "leads out"),
    "tag of YAML": (_document(TITLE, "!!python/object/apply:os.system ['touch x']"), "a tag (!)"),
    "alias of YAML": (_document(TITLE, "&a [*a, *a]"), "an anchor or alias"),
    "key twice": (_document("seed: 7", "seed: 7\nseed: 8"), "a second time"),
    "lists without end": (_document(TITLE, "[" * 999 + "]" * 999), "within one another"),
    "number without end": (_document("seed: 7", f"seed: {'9' * 5000}"), "Exceeds the limit"),
    "years without end": (_document("last: 2022", "last: 999999999"), "at most 1000 years"),
    "permutations without end": (_document("permutations: 99", "permutations: 999999999999"), "or equal to 999999"),
    "power without end": (_document("power: 1}", "power: 1e308}"), "that a computer can hold"),
    "panel elsewhere": (_document("file: panel.csv", "file: ../../../../etc/passwd"), "without slashes"),
    "panel of the web": (_document("file: panel.csv", "file: 'https://evil.invalid/x.csv'"), "without slashes"),
    "formula that is code": (
        _document("formula: ports", "formula: \"__import__('os').system('touch x')\""), "formula"
    ),
    "formula without end": (_document("formula: ports", f"formula: '{'(' * 5000}ports{')' * 5000}'"), "formula"),
    "formula that takes all time": (_document("formula: ports", "formula: ports ** 9 ** 9 ** 9"), "formula"),
    **{
        f"{name} is a link": (_link(name), "a link that leads out")
        for name in ("panel.csv", "regions.csv", "README.md", "claims.csv", "published/table4_coordination.csv",
                     "paper/introduction.en.typ", "paper/map.svg", "lenses/own.yml")
    },
    "pipe": (_pipe, "a pipe, socket or device"),
    "text that reads elsewhere": (_file("paper/introduction.en.typ", '#read("../../../../etc/passwd")'), OUTSIDE),
    "text that reads what is computed": (_file("paper/discussion.en.typ", '#let f = read\n#f("/etc" + "/x")'), OUTSIDE),
    "text that evaluates": (_file("paper/discussion.en.typ", '#eval("re" + "ad")'), OUTSIDE),
    "text that loads a package": (_file("paper/discussion.en.typ", '#import "@preview/x:0.1.0": *'), OUTSIDE),
    "text that loads a program": (_file("paper/discussion.en.typ", '#plugin("../x.wasm")'), OUTSIDE),
    "outlines that are virtual": (_outlines("r.geojson", VRT), "broken JSON"),
    "outlines from the web": (_outlines("r.geojson", WEB), "broken JSON"),
    "outlines of another kind": (_outlines("r.vrt", VRT), "a file of kind '.vrt'"),
    "outlines in depth": (_outlines("r.geojson", "[" * 100_000), "broken JSON"),
    "workbook that unzips to much": (_workbook("xl/worksheets/sheet1.xml", b"0" * 200_000_000), "times its size"),
    "workbook with entities": (_workbook("xl/worksheets/sheet1.xml", ENTITY), "a damaged workbook (Entit"),
    "workbook with a broken part": (_workbook("xl/workbook.xml", b"<"), "a damaged workbook"),
    "workbook without rows": (_workbook("docProps/none.xml", b""), "no row of region 'Oak'"),
    "figure without end": (_cell("9" * 5000), "panel.csv, row 2"),
    "figure that is infinite": (_cell("1e999"), "expected a finite number"),
    "panel that is a program": (_file("panel.csv", b"\x7fELF\0\0\0"), "NUL bytes"),
}  # fmt: skip

"""Cut the font of formulas of the site out of STIX Two Math: `python benchmarks/mathfont.py PACKAGE.tgz`.

PACKAGE is what `npm pack @fontsource/stix-two-math@5.3.0` fetches. Without a font that has a table MATH, a browser
draws sums, roots and braces as small as letters.
"""

import hashlib
import io
import sys
import tarfile
from pathlib import Path

from fontTools.subset import Options, Subsetter, parse_unicodes
from fontTools.ttLib import TTFont

FONT = Path(__file__).parents[1] / "site" / "static" / "stix-two-math.woff"
SHA256 = "948de1b5470fbbd745fedbe6135797454fe833d94feecc6f2073cd771fe2f5fd"
MEMBER = "package/files/stix-two-math-latin-400-normal.woff"
# Latin, Greek, marks, arrows, operators, brackets, and the italic letters that formulas are set in
KEPT = (
    "20-7E,A0-FF,131,237,2B9-2DD,300-338,391-3A9,3B1-3C9,3D1,3D5,3F0-3F5,2016,2020-2026,2032-2034,2061-2064,20D7,210E,"
    "2190-2194,2200-222F,2236-2265,2282-228B,2295-2299,22A4-22A5,22C5-22C6,22EE-22F1,2308-230B,2329-232A,239B-23B1,"
    "27E8-27E9,1D434-1D467,1D6A4-1D6A5,1D6E2-1D71B"
)


def cut(package):
    """Return the font's bytes, made of those of the package."""
    if hashlib.sha256(package).hexdigest() != SHA256:
        sys.exit(f"not the package that is pinned, whose SHA-256 is {SHA256}")
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        font = TTFont(io.BytesIO(archive.extractfile(MEMBER).read()), recalcTimestamp=False)
    options = Options(layout_features=["math", "ssty", "dtls", "kern", "ccmp", "mark", "mkmk"], hinting=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=parse_unicodes(KEPT))
    subsetter.subset(font)
    font.flavor, target = "woff", io.BytesIO()
    font.save(target)
    return target.getvalue()


if __name__ == "__main__":
    FONT.write_bytes(cut(Path(sys.argv[1]).read_bytes()))

"""The released panel of the Yellow River study, for the tests of this room."""

from conftest import ROOT

from coordination.indices import universe
from coordination.pipeline.files import published, read_released
from coordination.study.document import load
from coordination.study.regions import read_regions

YELLOW = load(ROOT / "data" / "raw" / "yellow-river")
REGIONS = read_regions(YELLOW, ROOT / "data" / "raw" / "yellow-river")
REGISTER = published(YELLOW, "claims", printed=True)
RELEASED = read_released(YELLOW)
VALUES, FILLED = universe.cubes(RELEASED, YELLOW, REGIONS)

"""Write panel.csv, regions.csv and regions.geojson of this study into this folder.

The figures are Munnell's public capital panel as shipped in linearmodels, the polygons are libpysal's
built-in us48; nothing is downloaded. The two are joined by the states' postal abbreviations, because
Munnell's names are cut off after eleven letters. Running the script again gives the same bytes.

    .venv/bin/python data/raw/us-states/prepare.py
"""

import hashlib
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from libpysal.examples import get_path
from libpysal.graph import Graph
from linearmodels.datasets import munnell

FOLDER = Path(__file__).resolve().parent
DECIMALS = 4  # of degrees, about 10 m

SERIES = {
    "HWY": "highways",
    "WATER": "water",
    "UTIL": "utilities",
    "PC": "private_capital",
    "GSP": "gross_state_product",
    "EMP": "employment",
    "UNEMP": "unemployment_rate",
}
# Census divisions in the order of the Census Bureau, with their names in us48.
GROUPS = {
    "N Eng": "new_england",
    "Mid Atl": "middle_atlantic",
    "E N Cen": "east_north_central",
    "W N Cen": "west_north_central",
    "S Atl": "south_atlantic",
    "E S Cen": "east_south_central",
    "W S Cen": "west_south_central",
    "Mtn": "mountain",
    "Pacific": "pacific",
}
CHINESE = {
    "AL": "亚拉巴马州",
    "AR": "阿肯色州",
    "AZ": "亚利桑那州",
    "CA": "加利福尼亚州",
    "CO": "科罗拉多州",
    "CT": "康涅狄格州",
    "DE": "特拉华州",
    "FL": "佛罗里达州",
    "GA": "佐治亚州",
    "IA": "艾奥瓦州",
    "ID": "爱达荷州",
    "IL": "伊利诺伊州",
    "IN": "印第安纳州",
    "KS": "堪萨斯州",
    "KY": "肯塔基州",
    "LA": "路易斯安那州",
    "MA": "马萨诸塞州",
    "MD": "马里兰州",
    "ME": "缅因州",
    "MI": "密歇根州",
    "MN": "明尼苏达州",
    "MO": "密苏里州",
    "MS": "密西西比州",
    "MT": "蒙大拿州",
    "NC": "北卡罗来纳州",
    "ND": "北达科他州",
    "NE": "内布拉斯加州",
    "NH": "新罕布什尔州",
    "NJ": "新泽西州",
    "NM": "新墨西哥州",
    "NV": "内华达州",
    "NY": "纽约州",
    "OH": "俄亥俄州",
    "OK": "俄克拉何马州",
    "OR": "俄勒冈州",
    "PA": "宾夕法尼亚州",
    "RI": "罗得岛州",
    "SC": "南卡罗来纳州",
    "SD": "南达科他州",
    "TN": "田纳西州",
    "TX": "得克萨斯州",
    "UT": "犹他州",
    "VA": "弗吉尼亚州",
    "VT": "佛蒙特州",
    "WA": "华盛顿州",
    "WI": "威斯康星州",
    "WV": "西弗吉尼亚州",
    "WY": "怀俄明州",
}


def states():
    """Return us48, indexed by abbreviation, in the order of divisions and names."""
    us48 = gpd.read_file(get_path("us48.shp"))
    us48 = us48.assign(position=us48["SUB_REGION"].map(list(GROUPS).index))
    return us48.sort_values(["position", "STATE_NAME"]).set_index("STATE_ABBR")


def regions(us48):
    """Return the table of regions; the points lie within the polygons."""
    points = us48.representative_point()
    return pd.DataFrame(
        {
            "region": us48["STATE_NAME"],
            "region_zh": us48.index.map(CHINESE),
            "group": us48["SUB_REGION"].map(GROUPS),
            "longitude": points.x.round(DECIMALS),
            "latitude": points.y.round(DECIMALS),
        }
    )


def panel(table):
    """Return Munnell's figures as a long table, every number as it stands in the source."""
    data = munnell.load().set_index(["ST_ABB", "YR"])
    years = sorted(data.index.unique("YR"))
    if set(data.index.unique("ST_ABB")) != set(table.index) or len(data) != len(table) * len(years):
        raise SystemExit("the states of the panel and of the polygons differ")
    source = "Munnell 1990 (linearmodels munnell, {})"
    rows = [
        (name, year, series, repr(data[column].loc[state, year].item()), source.format(column))
        for state, name in table["region"].items()
        for year in years
        for column, series in SERIES.items()
    ]
    return pd.DataFrame(rows, columns=["region", "year", "series", "value", "source"])


def polygons(us48):
    """Return the polygons with rounded coordinates.

    Every coordinate is rounded by itself, so that a border shared by two states stays shared.
    """
    rounded = shapely.transform(us48.geometry.to_numpy(), lambda xy: np.round(xy, DECIMALS))
    result = gpd.GeoDataFrame({"region": us48["STATE_NAME"]}, geometry=shapely.orient_polygons(rounded))
    if not result.is_valid.all():
        raise SystemExit("rounding makes a polygon invalid")
    before, after = (Graph.build_contiguity(g.geometry, rook=False).adjacency for g in (us48, result))
    if not before.equals(after):
        raise SystemExit("rounding changes which states are neighbours")
    return result


def geojson(frame):
    """Return the polygons as text, a line for every state."""
    features = [
        {"type": "Feature", "properties": {"region": region}, "geometry": shapely.geometry.mapping(shape)}
        for region, shape in zip(frame["region"], frame.geometry, strict=True)
    ]
    lines = ",\n".join(json.dumps(f, separators=(",", ":")) for f in features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'


def write(name, text):
    """Write a file and say so."""
    content = text.encode("utf-8")
    (FOLDER / name).write_bytes(content)
    print(f"{name}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


def main():
    """Write the files."""
    us48 = states()
    table = regions(us48)
    write("panel.csv", panel(table).to_csv(index=False, lineterminator="\n"))
    write("regions.csv", table.to_csv(index=False, lineterminator="\n", float_format=f"%.{DECIMALS}f"))
    write("regions.geojson", geojson(polygons(us48)))


if __name__ == "__main__":
    main()

import json
import os
import socket
import sqlite3
from contextlib import closing

import geopandas as gpd
import pytest
from shapely import box

from coordination.errors import InputError, InputErrors
from coordination.study import outlines
from coordination.study.enclosed import check_folder, check_texts


@pytest.fixture
def folder(tmp_path):
    """A study's folder, beside which lies what nobody may read."""
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (tmp_path / "private").mkdir()
    study = tmp_path / "study"
    (study / "paper").mkdir(parents=True)
    (study / "panel.csv").write_text("region,year\n", encoding="utf-8")
    return study


def test_files_folders_and_links_within_are_let_be(folder):
    (folder / "again.csv").symlink_to(folder / "panel.csv")
    (folder / "paper" / "panel.csv").symlink_to("../panel.csv")
    check_folder(folder)


PLACES = ("panel2.csv", "paper/introduction.en.typ", "published", "README.md", "lenses/own.yml")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("target", ["{up}/secret.txt", "/etc/hostname", "{up}/private", "{up}/nowhere", "{up}/study-2"])
def test_links_out_of_the_folder_are_refused_with_their_place(folder, place, target, tmp_path):
    link = folder / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(target.format(up=tmp_path))  # a name that begins as the folder's own does is another
    with pytest.raises(InputErrors, match=rf"study/{place}: found a link that leads out of the study's folder"):
        check_folder(folder)


def test_a_folder_reached_by_a_link_is_the_users_own_choice(folder, tmp_path):
    (tmp_path / "short").symlink_to(folder)
    check_folder(tmp_path / "short")


def test_pipes_and_sockets_are_refused_and_never_read(folder):
    os.mkfifo(folder / "regions.csv")
    with closing(socket.socket(socket.AF_UNIX)) as made:
        here = os.getcwd()
        os.chdir(folder)  # since names of sockets are short
        try:
            made.bind("s")
        finally:
            os.chdir(here)
        with pytest.raises(InputErrors) as raised:
            check_folder(folder)
    for name in ("regions.csv", "s"):
        assert f"study/{name}: found a pipe, socket or device" in str(raised.value)


HARMLESS = [
    'We read (2020) and import. An image(s) of "#read(x)". // #read("/etc/passwd")',
    '#import "../lib.typ": *\n#figure(image("map.svg"), caption: [A map])',
    '#include "more.typ"\n#let rows = csv("rows.csv")',
    "Nothing to evaluate; the data, read, and the plugin (see yaml).",
    '`#read("../secret.txt")` is code that is shown.' if False else '/* #read("/x") */ plain',
]


@pytest.mark.parametrize("text", HARMLESS)
def test_texts_that_stay_in_the_folder_are_let_be(folder, text):
    (folder / "paper" / "introduction.en.typ").write_text(text, encoding="utf-8")
    check_texts(folder)


OUTSIDE = [
    '#read("../../secret.txt")',
    '#read("/etc/passwd")',
    '#read( "../panel.csv")',
    '#include "../../../lib.typ"',
    '#import "@preview/cetz:0.3.0": *',
    '#image("../../private/map.png", width: 3cm)',
    '#figure(image("C:\\\\map.png"))',
    '#let path = "/etc/passwd"\n#read(path)',
    '#read("/etc/" + "passwd")',
    "#let f = read\n#f(path)",
    "#(read)(path)",
    '#("a", "b").map(read)',
    '#eval("re" + "ad(path)")',
    '#json(bytes("x"))',
    '#csv("~/x.csv")',
    "#plugin(name)",
    '#bibliography("../../x.bib")',
]


@pytest.mark.parametrize("text", OUTSIDE)
def test_texts_that_lead_elsewhere_or_do_not_say_where_are_refused_with_their_line(folder, text):
    (folder / "paper" / "discussion.zh.typ").write_text(f"第一行\n\n{text}\n", encoding="utf-8")
    with pytest.raises(
        InputErrors, match=r"discussion\.zh\.typ, line [34]: found .*expected files of the study's folder"
    ):
        check_texts(folder)


# Outlines

SQUARE = {"type": "Feature", "properties": {"region": "a"}, "geometry": box(1, 1, 2, 2).__geo_interface__}


def geojson(**more):
    return json.dumps({"type": "FeatureCollection", "features": [SQUARE], **more})


@pytest.fixture
def never(monkeypatch):
    """Let nothing come to GDAL."""

    def refused(*_, **__):
        raise AssertionError("GDAL was asked")

    monkeypatch.setattr(gpd, "read_file", refused)


VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/x.shp</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
)
FOREIGN = {
    "vrt.geojson": VRT,
    "vrt.shp": VRT,
    "vrt.gpkg": VRT,
    "vrt.vrt": VRT,
    "wfs.json": "<OGRWFSDataSource><URL>http://127.0.0.1:9/</URL></OGRWFSDataSource>",
    "link.geojson": geojson(crs={"type": "link", "properties": {"href": "http://127.0.0.1:9/"}}),
    "url.geojson": geojson(crs={"type": "url", "properties": {"url": "http://127.0.0.1:9/"}}),
    "feature.geojson": json.dumps(
        {"type": "FeatureCollection", "features": [SQUARE | {"crs": {"type": "link", "properties": {"href": "/etc"}}}]}
    ),
    "stac.json": json.dumps({"type": "Catalog", "links": [{"rel": "child", "href": "http://127.0.0.1:9/"}]}),
    "esri.json": json.dumps({"features": [], "geometryType": "esriGeometryPolygon"}),
    "list.json": "[]",
    "deep.json": "[" * 100_000,
    "kml.kml": "<kml><NetworkLink><Link><href>http://127.0.0.1:9/</href></Link></NetworkLink></kml>",
    "zip.zip": "PK",
    "gtfs.gml": "<gml/>",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_could_lead_gdal_elsewhere_never_reaches_it(never, tmp_path, name):
    (tmp_path / name).write_text(FOREIGN[name], encoding="utf-8")
    with pytest.raises(InputError, match=name):
        outlines.read(tmp_path / name, "region")


SYSTEM = "UPDATE gpkg_spatial_ref_sys SET definition"


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("CREATE VIEW other AS SELECT * FROM outlines", "the view 'other'"),
        ("CREATE VIRTUAL TABLE other USING fts3(x)", "the virtual table 'other'"),
        (
            "UPDATE gpkg_spatial_ref_sys SET definition = 'http://127.0.0.1:9/' WHERE srs_id = 4326",
            "no coordinate system",
        ),
        ("UPDATE gpkg_spatial_ref_sys SET definition = '/etc/x.prj' WHERE srs_id = 4326", "no coordinate system"),
    ],
)
def test_a_geopackage_holds_outlines_and_nothing_that_leads_elsewhere(monkeypatch, tmp_path, command, found):
    file = tmp_path / "r.gpkg"
    gpd.GeoDataFrame({"region": ["a"]}, geometry=[box(1, 1, 2, 2)], crs=4326).to_file(file, layer="outlines")
    assert outlines.read(file, "region")[0]["region"].tolist() == ["a"]
    with closing(sqlite3.connect(file)) as database:
        database.execute(command)
        database.commit()
    monkeypatch.setattr(gpd, "read_file", lambda *_, **__: pytest.fail("GDAL was asked"))
    with pytest.raises(InputError, match=found):
        outlines.read(file, "region")

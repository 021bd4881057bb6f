import re
from pathlib import Path

import pytest
import yaml
from conftest import assert_names
from made_up import document

from coordination.errors import InputError, InputErrors
from coordination.study import costs
from coordination.study.document import load
from coordination.study.files import displayed, read_text
from coordination.study.model import Study
from coordination.study.regions import read_regions


def message_of(folder):
    with pytest.raises(InputError) as caught:
        read_regions(load(folder), folder)
    return str(caught.value)


def test_toy_study_is_read_as_written(toy_study):
    assert toy_study.id == "toy"
    assert toy_study.years == (2019, 2020, 2021, 2022)
    assert toy_study.title["en"] == "Toy island"
    assert toy_study.title["zh"] == "玩具岛"
    assert toy_study.alpha == {"technology": 0.5, "governance": 0.5}
    assert toy_study.panel.series["ports"].minimum == 0


def test_indicators_without_figures_are_left_out_in_the_documents_order(toy_study):
    assert [i.id for i in toy_study.indicators] == ["ports", "patents", "accident_rate", "clinics"]


def test_plain_text_stands_for_every_language(toy_study):
    assert toy_study.source["en"] == toy_study.source["zh"] == "Made up for the tests"


def test_regions_keep_the_files_order_and_names(toy_study, toy_folder):
    table = read_regions(toy_study, toy_folder)
    assert list(table.index) == ["Oak", "Elm", "Ash", "Fir", "Bay"]
    assert table.loc["Fir"].to_dict() == {
        "group": "south",
        "en": "Fir",
        "zh": "冷杉",
        "longitude": 12.0,
        "latitude": 50.5,
    }


def test_regions_without_names_and_coordinates_use_their_identifier(toy):
    folder = toy()
    folder.joinpath("regions.csv").write_text("region,group\nOak,north\nElm,south\n", encoding="utf-8")
    table = read_regions(load(folder), folder)
    assert list(table.columns) == ["group", "en", "zh"]
    assert table["zh"].to_dict() == {"Oak": "Oak", "Elm": "Elm"}


def test_an_empty_name_in_one_language_falls_back_to_the_identifier(toy):
    folder = toy(("regions.csv", "Ash,梣,", "Ash,,"))
    assert read_regions(load(folder), folder)["zh"].to_dict()["Ash"] == "Ash"


def test_byte_order_marks_do_not_matter(toy, toy_study):
    folder = toy()
    for name in ("study.yml", "regions.csv"):
        file = folder / name
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert load(folder) == toy_study
    assert len(read_regions(load(folder), folder)) == 5


def test_the_articles_study_has_its_regions_and_levels():
    folder = Path(__file__).parents[2] / "data" / "raw" / "yellow-river"
    study = load(folder)
    assert list(read_regions(study, folder)["group"].value_counts(sort=False).items()) == [
        ("upstream", 4),
        ("midstream", 3),
        ("downstream", 2),
    ]
    assert [level.up_to for level in study.levels] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]


@pytest.mark.parametrize(
    ("asked", "remedy"),
    [
        pytest.param("toi", "use STUDY=toy", id="nearly-right"),
        pytest.param("qqqqqq", "name a study that has a folder with a study.yml", id="far-off"),
    ],
)
def test_missing_study_names_the_nearest(toy, asked, remedy):
    missing = toy().with_name(asked)
    with pytest.raises(InputError) as caught:
        load(missing)
    assert_names(str(caught.value), f"{asked}/study.yml", "no such file", "one of the studies toy", remedy)


def test_missing_study_where_there_is_none_at_all(tmp_path):
    with pytest.raises(InputError, match="expected a study document"):
        load(tmp_path / "nothing")


def test_python_tags_are_refused_and_do_nothing(toy, tmp_path):
    trace = tmp_path / "executed"
    tag = f"!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ['{trace}']]"
    folder = toy(("study.yml", "source: Made up for the tests", f"source: {tag}"))
    message = message_of(folder)
    assert_names(message, "study.yml, line 2", "a tag (!)", "plain YAML")
    assert not trace.exists()


@pytest.mark.parametrize(
    ("new", "where", "found"),
    [
        pytest.param("seed: [7", "study.yml, line 5", "expected ',' or ']'", id="unclosed-bracket"),
        pytest.param("\tseed: 7", "study.yml, line 4", "found a tab; ", id="tab"),
        pytest.param("seed: 7\nseed: 8", "study.yml, line 5", "the key 'seed' a second time", id="key-twice"),
        pytest.param("seed: {a: 1,\n  a: 2}", "study.yml, line 5", "the key 'a' a second time", id="nested"),
        pytest.param("seed: 2019-13-45", "study.yml", "month must be in 1..12", id="impossible-date"),
    ],
)
def test_broken_yaml_is_named_by_its_line(toy, new, where, found):
    assert_names(message_of(toy(("study.yml", "seed: 7", new))), where, found, "plain YAML in UTF-8")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(b"", "found NoneType", id="empty"),
        pytest.param(b"- a\n- b\n", "found list", id="list"),
        pytest.param("title: 玩具".encode("gbk"), "found GBK", id="not-utf-8"),
    ],
)
def test_document_that_is_no_mapping(toy, content, found):
    folder = toy()
    folder.joinpath("study.yml").write_bytes(content)
    assert_names(message_of(folder), "study.yml", found)


SHARE = "name: {en: Governance, zh: 治理}\n    alpha: "
YEARS = "{first: 2019, last: 2022}"
KIND = "kind: inverse_distance, power: 1"
LAST_INDICATOR = "subsystems[1].dimensions[1].indicators[0]"
BROKEN_STUDIES = {
    "id-in-document": ("seed: 7", "id: toy", "id", "found 'toy'; expected no such key"),
    "unknown-key": ("seed: 7", "seed: 7\nsede: 8", "sede", "found 8; expected no such key"),
    "unknown-nested-key": ("power: 1", "metric: km", "spatial_weights.metric", "expected no such key"),
    "unknown-section-left-out": (
        "seed: 7",
        "seed: 7\nleave_out: [weights]",
        "leave_out[0]",
        "found 'weights'; expected 'dynamics', 'robustness' or 'diagnosis'",
    ),
    "missing-key": ("seed: 7\n", "", "seed", "found nothing; expected a value; add the key"),
    "missing-nested-key": (
        ", name: {en: North, zh: 北部}",
        "",
        "groups[0].name",
        "found nothing; expected a value",
    ),
    "missing-language": ("North, zh: 北部", "North", "groups[0].name.zh", "found nothing; expected a value"),
    "negative-seed": ("seed: 7", "seed: -7", "seed", "found -7; expected greater than or equal to 0"),
    "alpha-zero": (SHARE + "0.5", SHARE + "0", "subsystems[1].alpha", "found 0; expected greater than 0"),
    "alphas-off-one": (SHARE + "0.5", SHARE + "0.4", "subsystems.alpha", "found 0.5 + 0.4 = 0.9; expected shares that"),
    "alpha-of-one-alone": (
        SHARE + "0.5",
        SHARE.removesuffix("    alpha: ") + "    # ",
        "subsystems.alpha",
        "none for governance",
    ),
    "alpha-no-fraction": (SHARE + "0.5", SHARE + "1/0", "subsystems[1].alpha", "found '1/0'; expected a valid number"),
    "alpha-fraction-above-one": (SHARE + "0.5", SHARE + "3/2", "subsystems[1].alpha", "less than or equal to 1"),
    "subsystem-twice": (
        "id: governance",
        "id: technology",
        "subsystems",
        "every subsystem once (technology",
    ),
    "dimension-twice": ("id: services", "id: safety", "subsystems.dimensions", "every dimension once (safety"),
    "indicator-twice": ("{id: clinics,", "{id: ports,", "indicators", "every indicator once (ports"),
    "group-twice": ("{id: south,", "{id: north,", "groups", "every group once (north"),
    "group-like-whole": ("{id: south,", "{id: island,", "groups", "every group once (island"),
    "unavailable-too": (
        "formula: clinics",
        "formula: clinics, unavailable: lost",
        LAST_INDICATOR,
        "either a formula",
    ),
    "no-formula": (
        ", formula: clinics",
        "",
        LAST_INDICATOR,
        "indicator 'clinics' with either a formula or a reason",
    ),
    "years-reversed": (YEARS, "[2022, 2019]", "years", "years in increasing order"),
    "years-twice": (YEARS, "[2019, 2019]", "years", "each once"),
    "first-after-last": (YEARS, "{first: 2022, last: 2019}", "years", "expected first <= last"),
    "years-as-text": (YEARS, "2019-2022", "years", "found '2019-2022'"),
    "no-years": (YEARS, "[]", "years", "at least 1 item"),
    "year-in-words": ("first: 2019", "first: then", "years.first", "found 'then'; expected a valid integer"),
    "half-year": (YEARS, "[2019, 2020.5]", "years[1]", "found 2020.5; expected a valid integer"),
    "years-misspelt": ("last: 2022", "lats: 2022", "years.lats", "found 2022; expected no such key"),
    "unknown-weights": (
        KIND,
        "kind: bishop",
        "spatial_weights.kind",
        "'inverse_distance', 'queen', 'rook', 'knn' or 'file'",
    ),
    "knn-without-k": (KIND, "kind: knn", "spatial_weights", "a number k of neighbours for kind knn"),
    "k-without-knn": ("power: 1", "k: 2", "spatial_weights", "and for no other kind"),
    "k-zero": (KIND, "kind: knn, k: 0", "spatial_weights.k", "found 0; expected greater than or equal to 1"),
    "infinite-power": (
        "power: 1",
        "power: .inf",
        "spatial_weights.power",
        "found inf; expected a finite number",
    ),
    "unknown-coupling": (
        "seed: 7",
        "seed: 7\ncoupling: {variant: x}",
        "coupling.variant",
        "found 'x'; expected 'st",
    ),
    "few-permutations": (": 99", ": 9", "autocorrelation.permutations", "greater than or equal to 99"),
    "file-elsewhere": (
        "panel.csv",
        "../panel.csv",
        "panel.file",
        "found '../panel.csv'; expected the name of a file in the study's folder",
    ),
    "backslash": ("panel.csv", r"a\panel.csv", "panel.file", r"found 'a\\panel.csv'; expected the name of a file"),
}


@pytest.mark.parametrize(("old", "new", "key", "expected"), BROKEN_STUDIES.values(), ids=BROKEN_STUDIES)
def test_broken_study_names_key_and_expectation(toy, old, new, key, expected):
    assert_names(message_of(toy(("study.yml", old, new))), f"study.yml: {key}: found", expected)


def test_wrong_direction_is_named_by_its_place(toy):
    message = message_of(toy(("study.yml", "direction: negative", "direction: up")))
    place = "study.yml: subsystems[1].dimensions[0].indicators[0].direction"
    assert message.endswith(f"{place}: found 'up'; expected 'positive', 'negative' or 'best'; correct the value")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("{above: 0.4,", "{above: 0.5,", id="hole"),
        pytest.param("{above: 0.4,", "{above: 0.3,", id="overlap"),
        pytest.param("up_to: 1,", "up_to: 0.9,", id="ends-early"),
        pytest.param("{above: 0,", "{above: 0.1,", id="starts-late"),
        pytest.param("  - {above: 0,", "  - {above: 0, up_to: 0, name: void}\n  - {above: 0,", id="no-width"),
    ],
)
def test_levels_follow_on_one_another(toy, old, new):
    message = message_of(toy(("study.yml", old, new)))
    assert_names(message, "study.yml: levels: found", "levels that follow on one another from 0 to 1")


@pytest.mark.parametrize(
    "band",
    [
        pytest.param("[1.2, 0.8]", id="reversed"),
        pytest.param("[0, 1.2]", id="from-zero"),
        pytest.param("[1.1, 1.2]", id="without-1"),
    ],
)
def test_band_of_synchronised_ratios_contains_1(toy, band):
    message = message_of(toy(("study.yml", "seed: 7", f"seed: 7\nlag: {{synchronised: {band}}}")))
    assert_names(message, "study.yml: lag.synchronised", "0 < lower <= 1 <= upper")


def test_one_subsystem_is_not_enough(toy):
    folder = toy(("study.yml", SHARE + "0.5", SHARE + "1"))
    text = folder.joinpath("study.yml").read_text(encoding="utf-8")
    start, end = text.index("  - id: technology"), text.index("  - id: governance")
    folder.joinpath("study.yml").write_text(text[:start] + text[end:], encoding="utf-8")
    assert_names(message_of(folder), "study.yml: subsystems", "at least 2 items")


def test_subsystem_needs_an_indicator_with_figures(toy):
    folder = toy(
        ("study.yml", "formula: accidents / population", "unavailable: lost"),
        ("study.yml", "formula: clinics", "unavailable: lost"),
    )
    assert_names(message_of(folder), "subsystems.governance: found no available indicator; expected at least one")


@pytest.mark.parametrize("subsystems", [2, 3, 7])
def test_shares_may_be_fractions_or_left_out(subsystems):
    given = document(2, 2, subsystems)
    for written in (f"1/{subsystems}", f" 1 / {subsystems} ", None):
        for one in given["subsystems"]:
            one["alpha"] = written
        assert list(Study.model_validate(given | {"id": "s"}).alpha.values()) == [1 / subsystems] * subsystems


def test_what_is_wrong_between_keys_comes_at_once(toy):
    folder = toy(
        ("study.yml", SHARE + "0.5", SHARE + "0.4"),
        ("study.yml", "formula: clinics", "formula: clinic"),
        ("study.yml", "{id: south,", "{id: north,"),
    )
    message = message_of(folder)
    assert_names(message, "3 faults", "subsystems.alpha", "groups: found one of them twice", "is it 'clinics'?")
    assert "clinics.formula: clinic: found series 'clinic'; expected a series of the study" in message


def test_all_faults_of_a_document_come_at_once(toy):
    folder = toy(
        ("study.yml", "seed: 7", "seed: none"),
        ("study.yml", "power: 1", "power: 0"),
        ("study.yml", "direction: negative", "direction: down"),
    )
    with pytest.raises(InputErrors) as caught:
        load(folder)
    assert len(caught.value.faults) == 3
    lines = str(caught.value).splitlines()
    assert lines[0] == "3 faults"
    for line, key in zip(lines[1:], ("seed", "direction", "spatial_weights.power"), strict=True):
        assert re.search(rf"study\.yml: .*{key}: found .+; expected .+; correct the value$", line)


def test_a_document_is_not_changed_after_it_was_read(toy_study):
    with pytest.raises(ValueError, match="frozen"):
        toy_study.seed = 8


BROKEN_REGIONS = {
    "region-twice": ("Elm,榆", "Oak,榆", ", row 3: found 'Oak' again", "every region once"),
    "region-twice-but-for-a-space": ("Elm,榆", "Oak ,榆", ", row 3: found 'Oak' again", "every region once"),
    "region-without-name": ("Elm,榆", ",榆", ", row 3: found no name", "a region's name"),
    "unknown-group": ("冷杉,south", "冷杉,west", ", row 5: found group 'west'", "one of north, south"),
    "no-region-column": ("region,", "name,", ": found columns name, region_zh, group", "a column 'region'"),
    "no-group-column": ("group", "part", ": found columns region, region_zh, part", "a column 'group'"),
    "comma-in-first-row": ("52.0", "52,0", ", row 2: found more values than columns", "5 values"),
    "comma-further-down": ("52.5", "52,5", ", row 3: found more values than columns", "5 values, one per column"),
}


@pytest.mark.parametrize(("old", "new", "found", "expected"), BROKEN_REGIONS.values(), ids=BROKEN_REGIONS)
def test_broken_regions_name_row_and_expectation(toy, old, new, found, expected):
    assert_names(message_of(toy(("regions.csv", old, new))), f"regions.csv{found}", expected)


@pytest.mark.parametrize(
    ("column", "old", "new", "limit"),
    [
        pytest.param("longitude", "12.0", "200", 180, id="longitude-200"),
        pytest.param("longitude", "12.0", "-180.1", 180, id="longitude-too-far-west"),
        pytest.param("longitude", "12.0", "", 180, id="longitude-missing"),
        pytest.param("longitude", "12.0", "12E", 180, id="longitude-with-letter"),
        pytest.param("longitude", "12.0", "inf", 180, id="longitude-infinite"),
        pytest.param("latitude", "50.5", "91", 90, id="latitude-91"),
    ],
)
def test_coordinates_are_degrees(toy, column, old, new, limit):
    message = message_of(toy(("regions.csv", old, new)))
    assert_names(message, f"row 5: found {column} '{new}'; expected degrees from -{limit} to {limit}")


def test_group_without_regions(toy):
    folder = toy(("study.yml", "  - {id: south,", "  - {id: east, name: East}\n  - {id: south,"))
    assert_names(message_of(folder), "regions.csv: found no region in group 'east'", "in every group")


def test_all_faults_of_the_regions_come_at_once(toy):
    folder = toy(("regions.csv", "Elm,榆,north", "Oak,榆,west"), ("regions.csv", "12.0,50.5", "200,95"))
    message = message_of(folder)
    assert message.startswith("4 faults\n")
    assert_names(message, "row 3: found group 'west'", "row 3: found 'Oak' again")
    assert_names(message, "row 5: found longitude '200'", "row 5: found latitude '95'")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(None, "found no such file", id="missing"),
        pytest.param(b"", "found No columns", id="empty"),
        pytest.param(b"region,group\n\xff\xff,north\n", "bytes that are no gb18030", id="no-text"),
    ],
)
def test_unreadable_regions(toy, content, found):
    folder = toy()
    folder.joinpath("regions.csv").unlink()
    if content is not None:
        folder.joinpath("regions.csv").write_bytes(content)
    assert_names(message_of(folder), "regions.csv", found)


def test_a_text_too_big_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(costs, "largest_file", lambda: 50_000_000)
    with (tmp_path / "panel.csv").open("wb") as stream:
        stream.truncate(50_000_001)
    with pytest.raises(InputError, match=r"panel\.csv: found 50 MB; expected at most 50 MB; keep only the rows"):
        read_text(tmp_path / "panel.csv")


def test_paths_are_shown_relative_to_where_the_user_is(tmp_path, monkeypatch):
    inside, outside = tmp_path / "here" / "a" / "b.csv", tmp_path / "there" / "c.csv"
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert displayed(inside) == "a/b.csv"
    assert displayed(outside) == "../there/c.csv"
    far = tmp_path.parent / "c.csv"
    assert displayed(far) == far.resolve().as_posix()


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "@cmd", "a\u202eb", "a\tb", "a\x00b", "\u2066x"])
@pytest.mark.parametrize("key", ["title", "source", "whole"])
def test_texts_that_show_or_do_something_else_are_refused(text, key, toy):
    folder = toy()
    written = yaml.safe_load((folder / "study.yml").read_text(encoding="utf-8"))
    written[key] = {"id": "island", "name": text} if key == "whole" else text
    (folder / "study.yml").write_text(yaml.safe_dump(written, allow_unicode=False), encoding="utf-8")
    with pytest.raises(InputErrors, match="begins with a letter or figure and has no hidden signs"):
        load(folder)


@pytest.mark.parametrize("name", ["=1+1", "+Oak", "@Oak", "O\u202eak", "O\u200fak"])
def test_names_of_regions_that_do_something_else_are_refused(name, toy):
    folder = toy(("regions.csv", "Oak,", f"{name},"))
    with pytest.raises(InputErrors, match=r"regions.csv, row 2: found .*hidden signs; write it anew"):
        read_regions(load(folder), folder)


def test_a_name_may_hold_any_sign_but_not_begin_with_one_of_formulas(toy):
    folder = toy(
        ("regions.csv", "Oak,橡", "a = b + c @ d - e,橡"), ("study.yml", "source: Made up", "source: -1 + made up")
    )
    assert "a = b + c @ d - e" in read_regions(load(folder), folder).index

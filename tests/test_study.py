import re

import pytest

from coordination.errors import InputError, InputErrors
from coordination.study import load, regions, shown


def message_of(folder):
    with pytest.raises(InputError) as caught:
        regions(load(folder), folder)
    return str(caught.value)


def assert_names(message, *parts):
    for part in parts:
        assert part in message


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
    table = regions(toy_study, toy_folder)
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
    table = regions(load(folder), folder)
    assert list(table.columns) == ["group", "en", "zh"]
    assert table["zh"].to_dict() == {"Oak": "Oak", "Elm": "Elm"}


def test_an_empty_name_in_one_language_falls_back_to_the_identifier(toy):
    folder = toy(("regions.csv", "Ash,梣,", "Ash,,"))
    assert regions(load(folder), folder)["zh"].to_dict()["Ash"] == "Ash"


def test_byte_order_marks_do_not_matter(toy, toy_study):
    folder = toy()
    for name in ("study.yml", "regions.csv"):
        file = folder / name
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert load(folder) == toy_study
    assert len(regions(load(folder), folder)) == 5


@pytest.mark.parametrize("file", ["data/raw/yellow-river"], ids=["yellow-river"])
def test_the_released_study_has_the_articles_regions_and_levels(released_studies, file):
    folder = released_studies / file.rpartition("/")[2]
    study = load(folder)
    assert list(regions(study, folder)["group"].value_counts(sort=False).items()) == [
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
    assert_names(message, "study.yml, line 2", "could not determine a constructor", "plain YAML")
    assert not trace.exists()


BROKEN_YAML = {
    "unclosed-bracket": ("seed: 7", "seed: [7", "study.yml, line 5", "plain YAML in UTF-8"),
    "tab-indent": ("seed: 7", "\tseed: 7", "study.yml, line 4", "cannot start any token"),
    "key-twice": ("seed: 7", "seed: 7\nseed: 8", "study.yml, line 5", "the key 'seed' a second time"),
    "nested-key-twice": (
        "ports: {unit: ports}",
        "ports: {unit: ports, unit: km}",
        "study.yml, line 12",
        "the key 'unit' a second time",
    ),
    "impossible-date": ("source: Made up for the tests", "source: 2019-13-45", "study.yml", "month must be in"),
}


@pytest.mark.parametrize(("old", "new", "where", "found"), BROKEN_YAML.values(), ids=BROKEN_YAML)
def test_broken_yaml_is_named_by_its_line(toy, old, new, where, found):
    assert_names(message_of(toy(("study.yml", old, new))), where, found, "plain YAML in UTF-8")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(b"", "found NoneType", id="empty"),
        pytest.param(b"- a\n- b\n", "found list", id="list"),
        pytest.param("title: 玩具".encode("gbk"), "found invalid", id="not-utf-8"),
    ],
)
def test_document_that_is_no_mapping(toy, content, found):
    folder = toy()
    folder.joinpath("study.yml").write_bytes(content)
    assert_names(message_of(folder), "study.yml", found)


ALPHA = "name: {en: Governance, zh: 治理}\n    alpha: 0.5"
SECOND = "  - id: governance\n"
BROKEN_STUDIES = {
    "id-in-the-document": ("seed: 7", "seed: 7\nid: toy", "study.yml: id: found 'toy'", "the folder's name is the id"),
    "unknown-key": ("seed: 7", "seed: 7\nsede: 8", "study.yml: sede: found 8", "no such key"),
    "unknown-nested-key": (
        "power: 1",
        "power: 1, metric: km",
        "study.yml: spatial_weights.metric: found 'km'",
        "no such key",
    ),
    "missing-key": ("seed: 7\n", "", "study.yml: seed: found nothing", "add the key"),
    "missing-nested-key": (
        "  - {id: north, name: {en: North, zh: 北部}}",
        "  - {id: north}",
        "study.yml: groups[0].name: found nothing",
        "add the key",
    ),
    "missing-language": (
        "{en: North, zh: 北部}",
        "{en: North}",
        "study.yml: groups[0].name.zh: found nothing",
        "add the key",
    ),
    "negative-seed": ("seed: 7", "seed: -7", "study.yml: seed: found -7", "greater than or equal to 0"),
    "wrong-direction": (
        "direction: negative",
        "direction: up",
        "study.yml: subsystems[1].dimensions[0].indicators[0].direction: found 'up'",
        "'positive' or 'negative'",
    ),
    "alphas-off-one": (ALPHA, ALPHA.replace("0.5", "0.4"), "study.yml: the document", "they add up to 0.9"),
    "alpha-zero": (
        ALPHA,
        ALPHA.replace("0.5", "0"),
        "study.yml: subsystems[1].alpha: found 0",
        "greater than 0",
    ),
    "indicator-twice": ("{id: clinics,", "{id: ports,", "every indicator once", "ports stands more than once"),
    "dimension-twice": ("id: services", "id: safety", "every dimension once", "safety stands more than once"),
    "subsystem-twice": (SECOND, "  - id: technology\n", "every subsystem once", "technology stands more than once"),
    "group-twice": ("{id: south,", "{id: north,", "every group once", "north stands more than once"),
    "group-like-the-whole": ("{id: south,", "{id: island,", "every group once", "island stands more than once"),
    "formula-and-unavailable": (
        "formula: clinics}",
        "formula: clinics, unavailable: lost}",
        "study.yml: subsystems[1].dimensions[1].indicators[0]",
        "indicator 'clinics' with either a formula or a reason",
    ),
    "neither-formula-nor-unavailable": (
        ", formula: clinics}",
        "}",
        "study.yml: subsystems[1].dimensions[1].indicators[0]",
        "indicator 'clinics' with either a formula or a reason",
    ),
    "levels-with-a-hole": ("{above: 0.4,", "{above: 0.5,", "study.yml: levels", "follow on one another from 0 to 1"),
    "levels-overlapping": ("{above: 0.4,", "{above: 0.3,", "study.yml: levels", "follow on one another from 0 to 1"),
    "levels-end-early": ("up_to: 1,", "up_to: 0.9,", "study.yml: levels", "follow on one another from 0 to 1"),
    "levels-start-late": ("{above: 0,", "{above: 0.1,", "study.yml: levels", "follow on one another from 0 to 1"),
    "level-without-width": (
        "{above: 0, up_to: 0.4,",
        "{above: 0, up_to: 0, name: void}\n  - {above: 0, up_to: 0.4,",
        "study.yml: levels",
        "follow on one another from 0 to 1",
    ),
    "years-reversed": ("{first: 2019, last: 2022}", "[2022, 2019]", "study.yml: years", "in increasing order"),
    "years-twice": ("{first: 2019, last: 2022}", "[2019, 2019]", "study.yml: years", "each once"),
    "years-first-after-last": (
        "{first: 2019, last: 2022}",
        "{first: 2022, last: 2019}",
        "study.yml: years",
        "first <= last",
    ),
    "years-as-text": ("{first: 2019, last: 2022}", "2019-2022", "study.yml: years: found '2019-2022'", "tuple"),
    "year-as-text": ("first: 2019", "first: then", "study.yml: years.first: found 'then'", "a valid integer"),
    "year-with-a-fraction": (
        "{first: 2019, last: 2022}",
        "[2019, 2020.5]",
        "study.yml: years[1]: found 2020.5",
        "a valid integer",
    ),
    "years-misspelt": ("last: 2022", "lats: 2022", "study.yml: years.lats: found 2022", "years.last: found nothing"),
    "no-years": ("{first: 2019, last: 2022}", "[]", "study.yml: years", "at least 1 item"),
    "unknown-weights": (
        "kind: inverse_distance, power: 1",
        "kind: bishop",
        "study.yml: spatial_weights.kind: found 'bishop'",
        "'inverse_distance', 'queen', 'rook' or 'knn'",
    ),
    "knn-without-k": (
        "kind: inverse_distance, power: 1",
        "kind: knn",
        "study.yml: spatial_weights",
        "a number k of neighbours for kind knn",
    ),
    "k-without-knn": ("power: 1", "k: 2", "study.yml: spatial_weights", "and for no other kind"),
    "no-neighbours": (
        "kind: inverse_distance, power: 1",
        "kind: knn, k: 0",
        "study.yml: spatial_weights.k: found 0",
        "greater than or equal to 1",
    ),
    "infinite-power": ("power: 1", "power: .inf", "study.yml: spatial_weights.power: found inf", "a finite number"),
    "minimum-not-a-number": (
        "ports: {unit: ports}",
        "ports: {unit: ports, minimum: .nan}",
        "study.yml: panel.series.ports.minimum: found nan",
        "a finite number",
    ),
    "file-in-another-folder": (
        "file: panel.csv",
        "file: ../other/panel.csv",
        "study.yml: panel.file: found '../other/panel.csv'",
        "match pattern",
    ),
    "file-behind-a-backslash": (
        "file: panel.csv",
        r"file: other\panel.csv",
        r"study.yml: panel.file: found 'other\\panel.csv'",
        "match pattern",
    ),
    "identifier-with-a-space": (
        "    patents: {unit: patents}",
        "    new patents: {unit: patents}",
        "study.yml: panel.series.new patents",
        "match pattern",
    ),
    "lag-band-reversed": (
        "levels:\n",
        "lag: {synchronised: [1.2, 0.8]}\nlevels:\n",
        "study.yml: lag.synchronised",
        "0 < lower <= 1 <= upper",
    ),
    "significance-one": (
        "permutations: 99",
        "significance: 1",
        "study.yml: autocorrelation.significance: found 1",
        "less than 1",
    ),
    "too-few-permutations": (
        "permutations: 99",
        "permutations: 9",
        "study.yml: autocorrelation.permutations: found 9",
        "greater than or equal to 99",
    ),
    "unknown-coupling": (
        "levels:\n",
        "coupling: {variant: wrong}\nlevels:\n",
        "study.yml: coupling.variant: found 'wrong'",
        "'standard', 'wang2021' or 'fan2024'",
    ),
}


@pytest.mark.parametrize(("old", "new", "where", "expected"), BROKEN_STUDIES.values(), ids=BROKEN_STUDIES)
def test_broken_study_names_key_and_expectation(toy, old, new, where, expected):
    assert_names(message_of(toy(("study.yml", old, new))), where, expected)


def test_one_subsystem_is_not_enough(toy):
    folder = toy(("study.yml", ALPHA, ALPHA.replace("0.5", "1")))
    text = folder.joinpath("study.yml").read_text(encoding="utf-8")
    start, end = text.index("  - id: technology"), text.index(SECOND)
    folder.joinpath("study.yml").write_text(text[:start] + text[end:], encoding="utf-8")
    assert_names(message_of(folder), "study.yml: subsystems", "at least 2 items")


def test_subsystem_needs_an_indicator_with_figures(toy):
    folder = toy(
        ("study.yml", "formula: accidents / population", "unavailable: lost"),
        ("study.yml", "formula: clinics", "unavailable: lost"),
    )
    assert_names(message_of(folder), "at least one available indicator in subsystem 'governance'")


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
    "region-twice": ("Elm,榆", "Oak,榆", "regions.csv, row 3: found 'Oak' again", "every region once"),
    "region-twice-with-a-space": ("Elm,榆", "Oak ,榆", "regions.csv, row 3: found 'Oak' again", "every region once"),
    "region-without-name": ("Elm,榆", ",榆", "regions.csv, row 3: found no name", "a region's name"),
    "unknown-group": ("Fir,冷杉,south", "Fir,冷杉,west", "row 5: found group 'west'", "one of north, south"),
    "longitude-200": ("12.0,50.5", "200,50.5", "row 5: found longitude '200'", "degrees from -180 to 180"),
    "latitude-minus-91": ("12.0,50.5", "12.0,-91", "row 5: found latitude '-91'", "degrees from -90 to 90"),
    "longitude-missing": ("12.0,50.5", ",50.5", "row 5: found longitude ''", "degrees from -180 to 180"),
    "longitude-in-words": ("12.0,50.5", "12E,50.5", "row 5: found longitude '12E'", "degrees from -180 to 180"),
    "longitude-infinite": ("12.0,50.5", "inf,50.5", "row 5: found longitude 'inf'", "degrees from -180 to 180"),
    "region-column-missing": ("region,region_zh", "name,region_zh", "found columns name, region_zh", "column 'region'"),
    "group-column-missing": ("zh,group", "zh,part", "found columns region, region_zh, part", "column 'group'"),
    "decimal-comma-in-the-first-row": ("10.0,52.0", "10.0,52,0", "row 2: found more values than columns", "5 values"),
    "decimal-comma-further-down": ("11.0,52.5", "11.0,52,5", "regions.csv: found", "Expected 5 fields in line 3"),
}


@pytest.mark.parametrize(("old", "new", "where", "expected"), BROKEN_REGIONS.values(), ids=BROKEN_REGIONS)
def test_broken_regions_name_row_and_expectation(toy, old, new, where, expected):
    assert_names(message_of(toy(("regions.csv", old, new))), "regions.csv", where, expected)


def test_group_without_regions(toy):
    folder = toy(("study.yml", "  - {id: south,", "  - {id: east, name: East}\n  - {id: south,"))
    assert_names(message_of(folder), "regions.csv: found no region in group 'east'", "a region in every group")


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
        pytest.param("region,group\n橡,north\n".encode("gbk"), "codec can't decode", id="not-utf-8"),
    ],
)
def test_unreadable_regions(toy, content, found):
    folder = toy()
    folder.joinpath("regions.csv").unlink()
    if content is not None:
        folder.joinpath("regions.csv").write_bytes(content)
    assert_names(message_of(folder), "regions.csv", found)


def test_paths_are_shown_relative_to_where_the_user_is(tmp_path, monkeypatch):
    inside, outside = tmp_path / "here" / "a" / "b.csv", tmp_path / "there" / "c.csv"
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert shown(inside) == "a/b.csv"
    assert shown(outside) == outside.resolve().as_posix()

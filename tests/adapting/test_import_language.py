"""What an import says to a Chinese author of what it did, and imports and new studies of what is wrong."""

import re

import openpyxl
import pytest
from conftest import ROOT, read_panel

from coordination.__main__ import main
from coordination.adapting import new
from coordination.study.names import MADE_UP

REGIONS = ("东区", "西区", "南区", "北区", "新区")
FIGURES = {2018: "1,234", 2019: "1300"}
HEAD = ["地区", *FIGURES]
FULL = [HEAD, *([r, *FIGURES.values()] for r in REGIONS)]
NAMES = r"[\w./~-]+\.(csv|xlsx|txt)|`[^`]*`|REPLACE=1|CSV|YAML|study\.yml|\b[A-Z]+[0-9]+\b|（[a-z]+）"


def foreign(said):
    """Words in Latin letters that are no name of a file, key, setting, cell or id."""
    return re.findall(r"[A-Za-z]{2,}", MADE_UP.sub("", re.sub(NAMES, "", said)))


def book(folder, **sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(folder / "来源.xlsx")
    return str(folder / "来源.xlsx")


@pytest.fixture
def importing(tmp_path, monkeypatch, capsys):
    """Import sheets into a study of a Chinese author, whose panel is 7 everywhere; code, report and errors."""
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    monkeypatch.chdir(ROOT)
    systems = "数字技术: 基站数／年末常住人口, 专利数; 治理: -事故数, 诊所数"
    folder = new.write("town", title="某市五区", regions="、".join(REGIONS), years="2018-2022", subsystems=systems)
    read_panel(folder).assign(value="7", source="来源.xlsx").to_csv(folder / "panel.csv", index=False)

    def run(*arguments, **sheets):
        code = main(["import", "--study", "town", book(tmp_path, **sheets), *arguments])
        return code, *capsys.readouterr()

    run.folder = folder
    return run


def test_the_report_is_chinese(importing, tmp_path):
    (tmp_path / "来源.txt").write_text("", encoding="utf-8")
    code, said, wrong = importing(
        str(tmp_path / "来源.txt"),
        "--replace",
        基站数=[*FULL, ["别处", "1", "2"]],
        说明=[["附注"], ["无表格"]],
        诊所=[[*HEAD, "附注"], *([*r, "甲"] for r in FULL[1:])],
        事故数=[["地区", "指标", "年份"], ["东区", "x", "2018"]],
    )
    assert (code, wrong) == (0, "")
    assert foreign(said) == []
    for part in (
        "已导入\n文件", "未导入\n", "年份为列", "5个单元格含千位分隔符；略过1个地区；其中未知的有：别处",
        "无法识别版式：", "研究中没有此名称的序列（最接近：诊所数", "略过的列：D1“附注”", "已跳过：空文件",
        "东区，2018，基站数：", "panel.csv，第", "）现为1234（来源.xlsx，工作表", "（已写入）：新增0行，替换10行",
    ):  # fmt: skip
        assert part in said
    assert (read_panel(importing.folder)["value"].astype(str).str.startswith("1234")).sum() == 5


def test_what_is_kept_is_told_in_chinese(importing):
    assert importing("--replace", 基站数=FULL)[0] == 0
    code, said, _ = importing("--dry-run", 基站数=[*FULL[:-1], ["新区", "", "1300"]])
    assert code == 0
    assert foreign(said) == []
    assert "已保留：新区，2018，基站数：1234（" in said
    assert "（试运行，未写入）" in said


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        ([*FULL[:-1], ["新取", "1", "2"]], ("地区“新取”", "研究中的地区、省份或合计", "“新区”？或在映射文件中指明")),
        (FULL, ("东区，2018，基站数", "panel.csv，第", "与1234（来源.xlsx，工作表", "只有一个数值", "`REPLACE=1`")),
        ([HEAD, ["东区", "12千", "2"]], ("“12千”", "请去掉单位和脚注标记")),
        ([["地区", "年份", "数值"], ["东区", "18", "2"]], ("年份“18”", "是否指2018年？")),
    ],
    ids=["region", "conflict", "figure", "year"],
)
def test_faults_are_chinese(importing, rows, parts):
    code, said, wrong = importing(基站数=rows)
    assert code == 1
    assert foreign(said + wrong) == []
    assert [p for p in parts if p not in wrong] == []
    assert "1234" not in set(read_panel(importing.folder)["value"].astype(str))


def test_an_unknown_series_of_a_mapping_is_told_in_chinese(importing, tmp_path):
    (tmp_path / "对应.csv").write_text("name,series\n基站,基站\n", encoding="utf-8")
    code, _, wrong = importing("--mapping", str(tmp_path / "对应.csv"), 基站数=FULL)
    assert code == 1
    assert foreign(wrong.replace("series", "")) == []
    assert "“基站”；应为：下列之一：" in wrong


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--regions", "东区、西区"], "地区：只有东区, 西区；应为：至少三个地区"),
        (["--regions", "东区、西区、东区、南区"], "地区：“东区”重复出现；"),
        (["--years", "2020-2018"], "年份：“2020-2018”；应为：首年早于末年；请写作2018-2020"),
        (["--years", "2020,2019"], "study.yml：years：现有的组合；应为：年份由早到晚，每年只出现一次；"),
        (["--subsystems", "甲: 数"], "请写作“子系统甲: -事故数／人口"),
        (["--subsystems", "甲: 数^^3; 乙: 人"], "子系统：公式“数^^3”；应为：由序列构成的算式；公式“"),
    ],
)
def test_faults_of_a_new_study_are_in_the_language_of_its_title(given, said, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COORDINATION_STUDIES", str(tmp_path))
    assert main(["new", "town", "--title", "某市", *given]) == 1
    wrong = capsys.readouterr().err
    assert said in wrong
    assert wrong.startswith("错误：")
    assert main(["new", "town", "--title", "A town", *given]) == 1
    assert re.match("error: .*: found .*; expected ", capsys.readouterr().err)
    assert list(tmp_path.iterdir()) == []

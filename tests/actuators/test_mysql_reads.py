"""Which statements are taken for reading, and what a first look must not be led past. E16, E_R24."""

import itertools

import pytest

from actuators import database
from actuators.databases.mysql_reads import READING, only_reads

READS = [
    "select 1", "SELECT(1)", "Select*from t", "select'a'", "select`a`from t", "select@x", " \t\r\n((select 1))",
    "-- a word\n# another\n/* and * one / more */ (select 1)", "--\nselect 1", "--\r\nselect 1", "--\t\nselect 1",
    "# \r\nselect 1", "#\nselect 1", "/**/select 1", "/***/select 1", "/* two\nlines */\nselect 1", "-- ä\nselect 1",
    "show tables", "describe t", "desc t", "explain select 1", "with a as (select 1) select * from a", "table t",
    "values (1)", "select 1 -- %s", "-- /* \nselect 1", "/* -- */ select 1",
]  # fmt: skip
BLOCK = "BEGIN NOT ATOMIC COMMIT; SET SESSION TRANSACTION READ WRITE; INSERT INTO victim (i) VALUES (7);"
HIDDEN = [
    f"--\n{BLOCK}\nSELECT 1; END", f"--\r\n{BLOCK}\nSELECT 1; END", f"--\t\n{BLOCK}\nSELECT 1; END",
    f"--\r{BLOCK}\nSELECT 1; END", f"--\v\n{BLOCK}\nSELECT 1; END", f"--\f\n{BLOCK}\nSELECT 1; END",
    f"--\x01\n{BLOCK}\nSELECT 1; END", f"#\n{BLOCK}\nSELECT 1; END", f"#\r{BLOCK}\nSELECT 1; END",
    f"# a\r\n{BLOCK}\nSELECT 1; END", f"-- a\r{BLOCK}\nSELECT 1; END", f"--select\n{BLOCK} END",
    f"--\u00a0\n{BLOCK} END",
    f"/*! {BLOCK} END */ -- \nselect 1", f"/*!50000 {BLOCK} END */ -- \nselect 1", f"/*M! {BLOCK} END */ -- \nselect 1",
    f"/*M!100000 {BLOCK} */ select 1; END", f"/*! /* */ {BLOCK} select 1; END */", f"/*+ a */ {BLOCK} SELECT 1; END",
    f"/* /* */ {BLOCK} SELECT 1; END -- */ select 1", f"/*/ */ {BLOCK} SELECT 1; END", f"/**/ {BLOCK} SELECT 1; END",
    f"/* select 1 -- */ {BLOCK} END", f"/* {BLOCK} SELECT 1; END", f"/*/ {BLOCK} select 1; END */",
    f"/*\0! {BLOCK} END */ select 1", f"\0{BLOCK} select 1; END", f"\v{BLOCK} select 1; END", f"\f{BLOCK} END",
    f"select1: {BLOCK} END", f"select$x: {BLOCK} END", f"selectä: {BLOCK} END", f"\u00a0select: {BLOCK} END",
    f"\u2003select: {BLOCK} END", f"\x1cselect: {BLOCK} END", f"select_: {BLOCK} END", f"`select`: {BLOCK} END",
    f"show/**/x: {BLOCK} END", f"desc: {BLOCK} END", f"with: {BLOCK} END", f"\u017felect: {BLOCK} END",
    "SET STATEMENT max_statement_time=0 FOR SELECT 1", "--\nSET STATEMENT max_statement_time=0 FOR\nSELECT 1",
    "/**/SET STATEMENT max_statement_time=0 FOR SELECT 1", "SEL/**/ECT 1", "(", "", "-- select 1", "# select 1",
]  # fmt: skip
# What a bound value makes of it: the driver puts it where the place is, be that in a comment or in a word.
BOUND = [
    ("/* %s */ select 1", [f"*/ {BLOCK} END -- "]), ("/* %(a)s */ select 1", {"a": f"*/ {BLOCK} END -- "}),
    (f"select%s: {BLOCK} END", [1]), (f"-- %s\n {BLOCK} END", ["\nselect 1 -- "]),
]  # fmt: skip


@pytest.mark.parametrize("sql", READS)
def test_what_reads_is_taken(sql):
    assert only_reads(sql)


@pytest.mark.hostile
@pytest.mark.parametrize("sql", HIDDEN + [sql for sql, _ in BOUND])
def test_case_35_what_is_not_plainly_understood_does_not_read(sql):
    assert not only_reads(sql)
    params = {"engine": "mysql", "host": "a.example", "database": "d", "username": "u", "sql": sql}
    assert "sql" in database.check(params)


@pytest.mark.hostile
@pytest.mark.parametrize("word", READING)
def test_case_35_a_word_that_reads_ends_where_the_server_ends_it(word):
    """Whatever character follows: one that a name may go on with makes it a name, which may be a block's label."""
    for code in itertools.chain(range(0x180), (0x2028, 0x3000, 0xFEFF, 0x1F511)):
        after = chr(code)
        assert only_reads(f"{word}{after}1") is (after in " \t\r\n(*'\"`@"), (word, after)


@pytest.mark.hostile
def test_case_35_a_long_beginning_costs_no_time():
    for piece in ("(", " ", "-- a\n", "/* a */", "/*", "#", "--", "/* *", "*/", "- "):
        assert not only_reads(piece * (60_000 // len(piece)) + "begin")

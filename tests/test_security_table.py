"""The table of docs/explanation/security.md: each case with tests that exist, or with the word that there is none."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/explanation/security.md"
CASES = range(1, 76)
ROW = re.compile(r"\| (\d+) \| (.+) \| (.+) \| (.*)\|")
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows():
    """(case, what holds it, its tests as (file, name)) of each row."""
    for line in PAGE.read_text().splitlines():
        if found := ROW.fullmatch(line):
            yield int(found[1]), found[3], PROOF.findall(found[4])


@cache
def known_tests():
    """(file, name) -> (cases it says it is, whether it is marked hostile), of every test there is."""
    found = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(file.read_text())
        of_the_file = [mark for node in tree.body if is_pytestmark(node) for mark in marks(node.value)]
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                own = [mark for each in node.decorator_list for mark in marks(each)]
                cases = {int(number) for number in re.findall(r"case_(\d+)", node.name)}
                cases |= {case for mark in own + of_the_file for case in mark}
                found[str(file.relative_to(ROOT)), node.name] = (cases, bool(own or of_the_file))
    return found


def is_pytestmark(node):
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"


def marks(node):
    """The cases of each mark `hostile` in an expression; none for a bare one."""
    for each in node.elts if isinstance(node, ast.List) else [node]:
        if ast.unparse(each).partition("(")[0] == "pytest.mark.hostile":
            said = ast.literal_eval(each.keywords[0].value) if isinstance(each, ast.Call) else ()
            yield {said} if isinstance(said, int) else set(said)


def test_every_case_has_one_row():
    assert [case for case, _, _ in rows()] == list(CASES)


def test_every_test_that_is_named_exists():
    missing = [
        f"{case}: {file}::{name}"
        for case, _, named in rows()
        for file, name in named
        if (file, name) not in known_tests()
    ]
    assert missing == []


def test_a_row_without_a_test_says_so():
    assert [
        case for case, held, named in rows() if not named and not held.startswith(("not built yet", "no test"))
    ] == []


def test_a_row_names_one_of_the_tests_that_say_they_are_its_case():
    known = defaultdict(set)
    for place, (cases, _) in known_tests().items():
        for case in cases:
            known[case].add(place)
    assert len(known) > 30
    unlike = [case for case, _, named in rows() if known[case] and not known[case] & set(named)]
    assert unlike == []


def test_what_says_it_is_a_case_runs_with_the_hostile_ones():
    assert [place for place, (cases, hostile) in known_tests().items() if cases and not hostile] == []

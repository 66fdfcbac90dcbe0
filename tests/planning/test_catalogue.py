"""The check of the catalogue at load time: a broken entry is told with its file and its name."""

import pytest

from goals.planning import CatalogueError, keyword
from goals.planning.intents import load
from goals.planning.keyword import render

GOOD = """
[[intent]]
id = "greet"
summary = "Greet somebody"
examples = ["Greet Ada"]
verbs = { greet = 1 }
[[intent.slots]]
name = "who"
find = ['^greet\\s+<value>']
pattern = "[A-Za-z]{1,20}"
[[intent.tasks]]
id = "one"
name = "Greet {who}"
command = 'echo "hello $who"'
"""
TASK = '[[intent.tasks]]\nname = "x"\ncommand = "true"\n'

BROKEN = {
    "not readable as TOML": GOOD + "[[",
    "holds .*'other'": GOOD + "[other]\n",
    "unknown intent key sumary": GOOD.replace("summary", "sumary"),
    "summary is missing": GOOD.replace('summary = "Greet somebody"\n', ""),
    "examples is missing or empty": GOOD.replace('["Greet Ada"]', "[]"),
    "verbs is missing": GOOD.replace("verbs = { greet = 1 }\n", ""),
    "tasks is missing": GOOD.split("[[intent.tasks]]")[0],
    "id must be lower-case": GOOD.replace('id = "greet"', 'id = "Greet It"'),
    "one lower-case word with weight 1 or 2": GOOD.replace("greet = 1", "greet = 9"),
    "no group '@nobody'": GOOD.replace("verbs", 'objects = ["@nobody"]\nverbs'),
    r"uses \['magic'\]": GOOD.replace("verbs", 'uses = ["magic"]\nverbs'),
    "slot 'who' has no pattern": GOOD.replace('pattern = "[A-Za-z]{1,20}"\n', ""),
    "no pattern '@nobody'": GOOD.replace("[A-Za-z]{1,20}", "@nobody"),
    "unknown slot key patern": GOOD.replace("pattern", "patern"),
    "find needs expressions": GOOD.replace("<value>", "x"),
    "the default '1' does not fit": GOOD.replace("[[intent.tasks]]", 'default = "1"\n[[intent.tasks]]'),
    "unterminated": GOOD.replace("{1,20}", "").replace("[A-Za-z]", "[A-Za-z"),
    "slot name": GOOD.replace('name = "who"', 'name = "WHO"'),
    "two slots have the same name": GOOD.replace(
        "[[intent.tasks]]", "[[intent.slots]]\nname = 'who'\nfind = ['<value>']\npattern = 'x'\n[[intent.tasks]]"
    ),
    "a task has no command": GOOD.replace("echo \"hello $who\"", ""),
    "names slots that do not exist: {'whom'}": GOOD.replace("{who}", "{whom}"),
    "uses eval": GOOD.replace('echo "hello $who"', 'eval "$who"'),
    "unknown task key comand": GOOD + TASK.replace("command", "comand"),
    "two tasks have the same id": GOOD + TASK + 'id = "one"\n',
    "depends on .*'nobody'": GOOD + TASK + 'depends_on = ["nobody"]\n',
    "depend on each other": GOOD + TASK + 'id = "a"\ndepends_on = ["b"]\n' + TASK + 'id = "b"\ndepends_on = ["a"]\n',
    "the id is used twice": GOOD + GOOD,
}  # fmt: skip


def written(folder, text):
    (folder / "mine.toml").write_text(text)
    return folder


def test_the_entry_the_broken_ones_are_made_from_is_sound(tmp_path):
    known = load(written(tmp_path, GOOD))
    (match,) = keyword.matches("Greet Ada", known)
    assert match.values == {"who": "Ada"}


@pytest.mark.parametrize(("complaint", "text"), list(BROKEN.items()))
def test_a_broken_entry_is_told_with_its_file_and_the_mistake(complaint, text, tmp_path):
    assert text != GOOD
    with pytest.raises(CatalogueError, match=complaint) as error:
        load(written(tmp_path, text))
    assert str(error.value).startswith("mine.toml: ")


def test_a_broken_entry_is_told_with_its_id(tmp_path):
    with pytest.raises(CatalogueError, match="intent 'greet': examples"):
        load(written(tmp_path, BROKEN["examples is missing or empty"]))


def test_an_id_used_in_two_files_is_refused(tmp_path):
    written(tmp_path, GOOD)
    (tmp_path / "other.toml").write_text(GOOD)
    with pytest.raises(CatalogueError, match=r"other.toml: intent 'greet': the id is used twice"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('id = "greet"', "id = 1"),
        ("verbs = { greet = 1 }", 'verbs = ["greet"]'),
        ('examples = ["Greet Ada"]', "examples = 1"),
        ('examples = ["Greet Ada"]', "examples = [1]"),
        ("verbs = ", "objects = 5\nverbs = "),
        ("verbs = ", "needs = [5]\nverbs = "),
        ("command = 'echo \"hello $who\"'", "command = 5"),
        ('pattern = "[A-Za-z]{1,20}"', "pattern = 5"),
    ],
)
def test_a_value_of_the_wrong_type_is_a_catalogue_error_too(line, wrong, tmp_path):
    assert line in GOOD
    with pytest.raises(CatalogueError, match=r"^mine.toml: intent "):
        load(written(tmp_path, GOOD.replace(line, wrong)))


@pytest.mark.parametrize("text", ["intent = 1\n", "intent = [1]\n", '[[intent]]\nid = "x"\nslots = [1]\n'])
def test_a_file_of_another_shape_is_a_catalogue_error_too(text, tmp_path):
    with pytest.raises(CatalogueError, match=r"^mine.toml"):
        load(written(tmp_path, text))


def test_tasks_written_out_of_order_are_put_into_one_in_which_they_can_run(tmp_path):
    text = GOOD.replace('id = "one"\n', 'id = "one"\ndepends_on = ["later"]\n')
    text += TASK + 'id = "later"\ndepends_on = []\n'
    known = load(written(tmp_path, text))
    made = render(keyword.matches("Greet Ada", known)[0])
    assert [task.name for task in made] == ["x", "Greet Ada"]
    assert [task.depends_on for task in made] == [(), (0,)]


def test_a_tie_goes_to_the_intent_that_comes_first(tmp_path):
    text = GOOD + GOOD.replace('id = "greet"', 'id = "greet_again"')
    assert keyword.matches("greet Ada", load(written(tmp_path, text)))[0].intent.id == "greet"

"""docs/howto/add-an-intent.md: its example is loaded, understood and run."""

import re
import textwrap
from pathlib import Path

import pytest

from goals.planning import intents, keyword
from goals.planning.keyword import render
from tests.planning.workspace import run_command

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "add-an-intent.md"


@pytest.fixture
def known(tmp_path_factory):
    block = re.search(r"^ *```toml\n(.*?)^ *```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert block
    folder = tmp_path_factory.mktemp("catalogue")
    (folder / "example.toml").write_text(textwrap.dedent(block[1]))
    return intents.load(folder)


def test_the_example_of_the_howto_understands_its_own_examples(known):
    (intent,) = known.intents
    for phrase in intent.examples:
        assert [match.intent.id for match in keyword.matches(phrase, known)] == [intent.id]


def test_the_example_of_the_howto_runs_and_fails_honestly(known, tmp_path):
    (tmp_path / "a.txt").write_text("mine")
    (match,) = keyword.matches("Rename the file a.txt to b.txt", known)
    (task,) = render(match)
    assert task.name == "Rename a.txt to b.txt"
    assert run_command(task.params["command"], tmp_path).stdout == "a.txt is now b.txt\n"
    assert (tmp_path / "b.txt").read_text() == "mine"
    again = run_command(task.params["command"], tmp_path)
    assert again.returncode == 1
    assert "there is no file a.txt here" in again.stderr


def test_the_howto_names_every_key_the_catalogue_knows():
    text = PAGE.read_text()
    for key in intents.INTENT_KEYS | intents.SLOT_KEYS | intents.TASK_KEYS:
        assert re.search(rf"\b{key}\b", text), key

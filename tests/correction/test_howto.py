"""docs/howto/add-a-fix.md: its example is loaded, meets its error and heals it."""

import re
import subprocess
import textwrap
from pathlib import Path

import pytest

from goals.correction import catalogue
from memory.fixes import FIELDS, apply
from tests.correction.test_signature import failed

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "howto" / "add-a-fix.md"


@pytest.fixture
def entry(tmp_path_factory):
    block = re.search(r"^ *```toml\n(.*?)^ *```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert block
    folder = tmp_path_factory.mktemp("catalogue")
    (folder / "example.toml").write_text(textwrap.dedent(block[1]))
    (only,) = catalogue.load(folder).entries
    return only


def test_the_example_of_the_howto_heals_its_own_example(entry, tmp_path):
    (text,) = entry.examples
    found = failed(text)
    values = entry.errors.fits(found, found.raw)
    assert entry.errors.fits(failed(entry.near_misses[0]), entry.near_misses[0]) is None
    command = "echo x > var/log/shop.log"
    changed = apply(entry.fix, actuator="shell", params={"command": command}, values=values).params["command"]
    assert subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, check=False).returncode
    assert subprocess.run(["sh", "-c", changed], cwd=tmp_path, capture_output=True, check=False).returncode == 0
    assert (tmp_path / "var/log/shop.log").read_text() == "x\n"


def test_the_howto_names_every_key_the_catalogue_knows():
    text = PAGE.read_text()
    for key in (catalogue.FIX_KEYS | catalogue.KIND_KEYS) - {"actuator"}:
        assert re.search(rf"\b{key}\b", text), key


def test_the_explanation_names_every_kind_of_fix_and_its_signature_is_real():
    text = (DOCS / "explanation" / "self-correction.md").read_text()
    assert not [kind for kind in FIELDS if f"`{kind}`" not in text]
    assert str(failed("sh: 1: cannot create a/b: Directory nonexistent", exit_code=2)) in text

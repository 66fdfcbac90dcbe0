"""exo as somebody gets it: by pip into an empty environment; then what its README shows, line by line."""

import re
import subprocess
import sys

import pytest

from tests.live.exo import CLIENT, Exo
from tests.live.pages import blocks

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]
README = "clients/python/README.md"
SECTION = (CLIENT / "README.md").read_text().partition("\n## The exo command\n")[2].partition("\n## ")[0]
COMMANDS = [line for block in blocks(README, SECTION) for line in block.text.splitlines() if line]
ENDS = {'exo memory search "how are the tests run?"': (0, 8)}  # 8 where the installation has no model for it


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of the programs that `pip install ./clients/python` brings into an empty environment."""
    folder = tmp_path_factory.mktemp("empty")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, str(CLIENT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "bin"


@pytest.fixture
def exo(installed, tmp_path):
    """That program, for somebody with an empty home, and with nothing of this checkout in reach."""
    made = Exo(tmp_path, command=[str(installed / "exo")])
    del made.environment["PYTHONPATH"]
    return made


def test_from_an_empty_environment_to_a_goal_on_the_screen(exo, stack):
    key = stack.member("exo-installed@example.com", plan="free").headers["X-Key"]
    signed = exo("login", "--url", stack.url, "--key", "-", stdin=key)
    assert signed.code == 0, signed.err
    watching = exo.terminal("goal", "say hello", "--step", "echo hello", "--watch")
    watching.until(r"✓.*say hello.*completed")
    watching.until(r"✓.*echo hello.*completed")
    watching.until(r"── output.*\n.*hello")
    assert watching.end() == 0
    assert re.match(r"exo \d+\.\d+\.\d+$", exo("--version").out)


def test_the_readme_line_by_line(exo, stack, installed, tmp_path):
    key = stack.member("exo-readme@example.com").headers["X-Key"]
    (tmp_path / "key.txt").write_text(key + "\n")
    script = "GOAL=$(cat goal 2>/dev/null)\n{}\nended=$?\necho $GOAL > goal\nexit $ended"
    environment = exo.environment | {"PATH": f"{installed}:{exo.environment['PATH']}"}
    printed = {}
    for line in COMMANDS:
        typed = script.format(line.replace("http://127.0.0.1:8000", stack.url))
        done = subprocess.run(
            ["bash", "-c", typed],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode in ENDS.get(line, (0,)), f"{line}: {done.returncode} {done.stderr}"
        assert "Traceback" not in done.stderr
        printed[line] = done.stdout
    assert printed["exo logs $GOAL"] == "1\n2\n3\nover\n"
    assert printed["exo memory show project/shop/test-command"] == "npm test\n"
    assert next(text for line, text in printed.items() if "exit 1" in line).endswith("it ended with 3\n")
    assert (tmp_path / "ci-key.txt").read_text().startswith("exo_")


def test_the_readme_runs_every_command_and_names_every_exit_code(exo):
    told = exo("--help").out
    commands = re.findall(r"^  (\w+)  +\S", told.partition("Commands:")[2].partition("Exit codes:")[0], re.MULTILINE)
    assert len(commands) == 12
    assert [name for name in commands if f"exo {name}" not in SECTION] == []
    codes = re.findall(r"^ +(\d+)  (.+)$", told.partition("Exit codes:")[2].partition("Environment:")[0], re.MULTILINE)
    assert codes == re.findall(r"^\| (\d+) \| (.+) \|$", SECTION, re.MULTILINE)

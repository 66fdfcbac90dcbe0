"""The intents about projects, run for real in an empty or a prepared workspace."""

import json
import sys

import pytest

from goals.planning import plan
from tests.planning.workspace import run_command, run_goal

NOTHING_TO_ACT_ON = {
    "Deploy the application": "nothing here says how to deploy",
    "Build the project": "nothing to build here",
    "Run the tests": "no tests to run here",
    "Lint the code": "nothing to lint here",
    "Format the code": "nothing to format here",
    "Install dependencies": "nothing to install here",
    "Migrate the database": "no migrations to apply here",
    "Run the script seed.sh": "there is no file seed.sh here",
    "Start the server": "nothing here says how to start",
    "Stop the server": "nothing here says how to stop",
    "Restart the server": "nothing here says how to restart",
    "Show the file notes.txt": "there is no file notes.txt here",
    "List the files in the folder src": "there is no folder src here",
    "Find files called setup.cfg": "no file matches setup.cfg",
    'Search for "TODO" in the code': "the text was not found",
    "Count the lines of code": "no files to count",
    "Show the logs": "there is no .log file",
    "Find the largest files": "there are no files here",
    "Back up the files": "there are no files to back up",
    "Back up the database": "no database found",
    "Restore the latest backup": "there is no backup to restore",
    "Restore the database": "there is no database backup",
    "Compress the folder docs": "there is no docs here",
    "Extract the archive a.zip": "there is no archive a.zip here",
    "Convert a.csv to JSON": "there is no file a.csv here",
    "Checksum all files": "no files to checksum",
    "Show the git status": "not a git repository",
    "Show the git log": "not a git repository",
    "Commit all changes": "not a git repository",
    "Pull the latest changes": "not a git repository",
    "Create a Dockerfile": "cannot tell what to containerize",
    "Create a Docker Compose file": "there is no Dockerfile here",
}


@pytest.mark.parametrize(("description", "complaint"), list(NOTHING_TO_ACT_ON.items()))
def test_E_R29_with_nothing_to_act_on_the_task_fails_and_says_so(description, complaint, tmp_path):
    result = run_goal(description, tmp_path)
    assert result.returncode == 1
    assert complaint in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["deploy", "build", "test", "lint", "format", "migrate"])
@pytest.mark.parametrize("kind", ["package.json", "Makefile", "script"])
def test_what_the_workspace_declares_is_what_runs(name, kind, tmp_path):
    if kind == "package.json":
        scripts = {name: f"echo ran-{name}"}
        (tmp_path / "package.json").write_text(json.dumps({"scripts": scripts}))
    elif kind == "Makefile":
        (tmp_path / "Makefile").write_text(f"{name}:\n\t@echo ran-{name}\n")
    else:
        (tmp_path / f"{name}.sh").write_text(f"echo ran-{name}\n")
    said = {"test": "Run the tests", "migrate": "Run the migrations"}
    command = plan(said.get(name, f"{name} the project")).tasks[-1].params["command"]
    # npm itself takes 0.2 s a run; a stand-in shows that it is asked for the right script.
    (tmp_path / "npm").write_text('#!/bin/sh\n[ "$1" = run ] && echo "ran-$2"\n')
    (tmp_path / "npm").chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    result = run_command(command, tmp_path, PATH=path)
    assert result.returncode == 0, result.stderr
    assert f"ran-{name}" in result.stdout


def test_a_failing_deploy_script_fails_with_its_own_exit_code(tmp_path):
    (tmp_path / "deploy.sh").write_text("echo gone wrong >&2; exit 7\n")
    result = run_goal("Deploy the application", tmp_path)
    assert result.returncode == 7
    assert "gone wrong" in result.stderr


def test_a_dependency_named_like_a_script_is_not_taken_for_one(tmp_path):
    (tmp_path / "package.json").write_text('{"dependencies": {"deploy": "1.0.0"}}')
    assert run_goal("Deploy", tmp_path).returncode == 1


def test_a_missing_program_is_told_with_the_exit_code_of_the_shell(tmp_path):
    (tmp_path / "go.mod").write_text("module x\n")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "sh").symlink_to("/bin/sh")
    command = plan("Build the project").tasks[0].params["command"]
    result = run_command(command, tmp_path, PATH=tools)
    assert result.returncode == 127
    assert "go is needed and not installed here" in result.stderr


@pytest.fixture
def bare_python(tmp_path):
    """The workspace's own interpreter, without pytest and quick to start."""
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    python.chmod(0o755)


@pytest.mark.usefixtures("bare_python")
@pytest.mark.parametrize(("body", "code"), [("pass", 0), ("self.fail('no')", 1)])
def test_python_tests_run_with_what_is_installed(body, code, tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "__init__.py").touch()
    (tmp_path / "tests" / "test_x.py").write_text(
        f"import unittest\nclass X(unittest.TestCase):\n    def test_x(self):\n        {body}\n"
    )
    result = run_goal("Run the tests", tmp_path)
    assert result.returncode == code
    assert "Ran 1 test" in result.stdout


@pytest.mark.usefixtures("bare_python")
def test_a_tests_folder_without_a_test_is_a_failure(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "__init__.py").touch()
    result = run_goal("Run the tests", tmp_path)
    assert result.returncode == 1
    assert "no test was found under tests" in result.stderr


@pytest.mark.parametrize(("code", "expected"), [("x = 1\n", 0), ("x = (\n", 1)])
def test_linting_tells_broken_python(code, expected, tmp_path):
    (tmp_path / "a.py").write_text(code)
    assert run_goal("Lint the code", tmp_path).returncode == expected


def test_a_script_runs_by_its_kind(tmp_path):
    (tmp_path / "a.py").write_text("print('from python')")
    (tmp_path / "b.sh").write_text("echo from sh")
    assert run_goal("run a.py", tmp_path).stdout == "from python\n"
    assert run_goal("Run the script b.sh", tmp_path).stdout == "from sh\n"


def test_cleaning_removes_artefacts_and_keeps_what_git_tracks(tmp_path):
    for folder in ("dist", "build", "src/__pycache__"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "x").write_text("x")
    run_command("git init -q && git add build", tmp_path)
    result = run_goal("Clean up the build artefacts", tmp_path)
    assert result.returncode == 0, result.stderr
    assert not (tmp_path / "dist").exists()
    assert not (tmp_path / "src/__pycache__").exists()
    assert (tmp_path / "build/x").exists()
    assert "2 folders removed" in result.stdout


def test_installing_asks_npm_for_the_locked_versions(tmp_path):
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "npm").write_text('#!/bin/sh\necho "npm $*"\n')
    (tmp_path / "npm").chmod(0o755)
    result = run_goal("Install dependencies", tmp_path, PATH=f"{tmp_path}:/usr/bin:/bin")
    assert result.stdout == "npm ci\n"


@pytest.mark.parametrize(
    ("description", "asked"),
    [
        ("Start the billing service", "compose up -d billing"),
        ("Start the server", "compose up -d"),
        ("Stop nginx", "compose stop nginx"),
        ("Restart the service called worker", "compose restart worker"),
    ],
)
def test_services_are_left_to_docker_compose_where_there_is_a_compose_file(description, asked, tmp_path):
    (tmp_path / "compose.yml").write_text("services: {}\n")
    (tmp_path / "docker").write_text('#!/bin/sh\necho "$*"\n')
    (tmp_path / "docker").chmod(0o755)
    result = run_goal(description, tmp_path, PATH=f"{tmp_path}:/usr/bin:/bin")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[0] == asked


def test_E_R30_the_express_example_becomes_a_skeleton_of_ten_tasks(tmp_path):
    description = (
        "Create a Node.js Express API with /users CRUD endpoints, PostgreSQL database, and Docker Compose setup"
    )
    made = plan(description)
    assert made.intents == ("create_express_api",)
    assert len(made.tasks) == 10
    result = run_goal(description, tmp_path)
    assert result.returncode == 0, result.stderr
    written = {str(file.relative_to(tmp_path / "api")) for file in (tmp_path / "api").rglob("*.*")}
    assert written >= {"package.json", "docker-compose.yml", "schema.sql", "src/server.js"}
    assert 'app.use("/users", routes)' in (tmp_path / "api/src/server.js").read_text()
    assert 'INTO "users" (name)' in (tmp_path / "api/src/routes.js").read_text()
    assert "POSTGRES_PASSWORD:?" in (tmp_path / "api/docker-compose.yml").read_text()
    assert len((tmp_path / "api/.env").read_text()) == len("POSTGRES_PASSWORD=\n") + 24
    assert "written, not started" in result.stdout


@pytest.mark.parametrize(
    ("description", "file"),
    [
        ("create a new Node.js project called shop", "shop/package.json"),
        ("Create a Python project called my-tools", "my-tools/my_tools/main.py"),
        ("Create a static site called portfolio", "portfolio/index.html"),
    ],
)
def test_E_R30_a_created_project_passes_its_own_verification(description, file, tmp_path):
    result = run_goal(description, tmp_path)
    assert result.returncode == 0, result.stderr + result.stdout
    assert (tmp_path / file).exists()


def test_creating_a_project_twice_leaves_the_first_as_it_is(tmp_path):
    run_goal("Create a static site called a", tmp_path)
    (tmp_path / "a/index.html").write_text("mine")
    result = run_goal("Create a static site called a", tmp_path)
    assert result.returncode == 1
    assert "a/index.html exists already and was left as it is" in result.stderr
    assert (tmp_path / "a/index.html").read_text() == "mine"


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        ("package.json", "node:22"),
        ("requirements.txt", "python:3.13"),
        ("pyproject.toml", "python:3.13"),
        ("go.mod", "golang"),
        ("index.html", "nginx"),
    ],
)
def test_a_dockerfile_fits_what_the_workspace_holds(kind, base, tmp_path):
    (tmp_path / kind).touch()
    result = run_goal("Dockerize the application and create a Docker Compose file", tmp_path)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "Dockerfile").read_text().startswith(f"FROM {base}")
    assert "build: ." in (tmp_path / "docker-compose.yml").read_text()


def test_a_compose_file_holds_the_services_asked_for(tmp_path):
    run_goal("Write a Docker Compose file with postgres and redis", tmp_path)
    text = (tmp_path / "docker-compose.yml").read_text()
    assert "postgres:17" in text
    assert "redis:7" in text

"""The intents about files, data, git, addresses and the machine, run for real."""

import http.server
import json
import re
import sqlite3
import threading

import pytest

from goals.planning import plan
from tests.planning.workspace import run_command, run_goal


@pytest.fixture
def files(tmp_path):
    """A small workspace: two texts in two folders, a log, a CSV file."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.py").write_text("# TODO: greet\nprint('hi')\n")
    (tmp_path / "notes.txt").write_text("one\ntwo\nthree\n")
    (tmp_path / "app.log").write_text("".join(f"line {n}\n" for n in range(1, 201)))
    (tmp_path / "people.csv").write_text('name,city\nAda,London\n"Müller, J.",Köln\n')
    return tmp_path


def test_creating_a_file_writes_the_content_and_never_overwrites(tmp_path):
    said = 'Create a file called docs/a.txt with content "it\'s $HOME & `id`"'
    assert run_goal(said, tmp_path).returncode == 0
    assert (tmp_path / "docs/a.txt").read_text() == "it's $HOME & `id`\n"
    assert run_goal("create a file called docs/a.txt", tmp_path).returncode == 1
    assert (tmp_path / "docs/a.txt").read_text() == "it's $HOME & `id`\n"


def test_creating_a_folder_is_repeatable_but_not_over_a_file(tmp_path):
    assert run_goal('Create a folder called "my docs"', tmp_path).returncode == 0
    assert run_goal('Create a folder called "my docs"', tmp_path).returncode == 0
    assert (tmp_path / "my docs").is_dir()
    (tmp_path / "x").touch()
    assert "is not a folder" in run_goal("Create a folder called x", tmp_path).stderr


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Show the file notes.txt", "one\ntwo\nthree\n"),
        ("List all files", "5 files"),
        ("List the files in the folder src", "src/main.py"),
        ('Find files named "*.py"', "./src/main.py\n"),
        ("find every file with the extension txt", "./notes.txt\n"),
        ("find all TODO comments", "./src/main.py:1:# TODO: greet\n"),
        ('Search for "two" in the project', "./notes.txt:2:two\n"),
        ("Show the last 3 lines of the logs", "line 198\nline 199\nline 200\n"),
        ("Count the lines of code", "208 lines      4 files  total"),
        ("list the 1 largest files", "app.log"),
        ("Checksum all files", "  ./notes.txt"),
        ("Show the current time", "Z\n"),
        ("Show disk usage", "largest in the workspace"),
        ("Show system information", "processors: "),
        ("Show the installed tools", "git"),
        ("Create a report of the workspace", "# Workspace report"),
        ("Say hello to the world", "hello to the world\n"),
        ('Print "a; b $(id)"', "a; b $(id)\n"),
    ],
)
def test_E_R29_an_intent_that_answers_prints_the_answer(description, expected, files):
    if "List all" in description:
        (files / "extra").touch()
    result = run_goal(description, files)
    assert result.returncode == 0, result.stderr
    assert expected in result.stdout


def test_a_file_name_with_blanks_and_line_breaks_is_counted_once(tmp_path):
    (tmp_path / "a b.txt").write_text("1\n2\n")
    assert "2 lines      1 files  total" in run_goal("count lines of code", tmp_path).stdout


def test_a_backup_of_files_can_be_restored(files):
    assert run_goal("Back up the files", files).returncode == 0
    (files / "notes.txt").write_text("spoiled")
    (files / "src/main.py").unlink()
    result = run_goal("Restore the files from the backup", files)
    assert result.returncode == 0, result.stderr
    assert (files / "notes.txt").read_text() == "one\ntwo\nthree\n"
    assert (files / "src/main.py").exists()


def test_a_damaged_backup_is_refused_before_anything_is_overwritten(files):
    (files / "backups").mkdir()
    (files / "backups/files-1.tar.gz").write_bytes(b"no archive")
    result = run_goal("Restore the latest backup", files)
    assert result.returncode == 1
    assert "is damaged" in result.stderr


def test_a_backup_of_a_database_can_be_restored(tmp_path):
    with sqlite3.connect(tmp_path / "app.db") as database:
        database.execute("create table t as select 42 as answer")
    database.close()
    result = run_goal("Back up the database", tmp_path)
    assert result.returncode == 0, result.stderr
    (tmp_path / "app.db").write_bytes(b"")
    assert run_goal("Restore the database", tmp_path).returncode == 0
    restored = sqlite3.connect(tmp_path / "app.db")
    assert restored.execute("select answer from t").fetchone() == (42,)
    restored.close()


@pytest.mark.parametrize(
    ("pack", "unpack"),
    [("Compress the folder src", "Extract the archive src.tar.gz")],
)
def test_what_is_compressed_can_be_extracted(pack, unpack, files):
    assert run_goal(pack, files).returncode == 0
    (files / "src/main.py").unlink()
    assert run_goal(unpack, files).returncode == 0
    assert (files / "src/main.py").exists()


def test_compressing_the_whole_workspace_leaves_the_archive_out_of_itself(files):
    assert run_goal("Compress the workspace", files).returncode == 0
    listed = run_command("tar -tzf workspace.tar.gz", files).stdout
    assert "./notes.txt" in listed
    assert "workspace.tar.gz" not in listed


def test_a_zip_archive_is_extracted(files):
    run_command("python3 -m zipfile -c a.zip notes.txt && rm notes.txt", files)
    assert run_goal("Unzip a.zip", files).returncode == 0
    assert (files / "notes.txt").exists()


def test_csv_becomes_json_with_quotes_and_umlauts_intact(files):
    assert run_goal("Convert people.csv to JSON", files).returncode == 0
    rows = json.loads((files / "people.json").read_text())
    assert rows[1] == {"name": "Müller, J.", "city": "Köln"}


def test_csv_with_a_line_too_long_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2,3\n")
    result = run_goal("Convert a.csv to JSON", tmp_path)
    assert result.returncode == 1
    assert "more or fewer fields" in result.stderr
    assert not (tmp_path / "a.json").exists()


def test_checksums_can_be_checked(files):
    run_goal("Checksum all files", files)
    assert run_command("sha256sum -c SHA256SUMS", files).returncode == 0


def test_a_git_repository_from_nothing_to_its_log(files):
    assert run_goal("Set up a git repository", files).returncode == 0
    assert run_goal("Set up a git repository", files).returncode == 0
    assert "no commits yet" in run_goal("Show the git log", files).stderr
    assert "?? notes.txt" in run_goal("Show the git status", files).stdout
    result = run_goal('Commit all changes with message "It\'s; $(id)"', files)
    assert result.returncode == 0, result.stderr
    assert "It's; $(id)" in run_goal("Show the git log", files).stdout
    assert "nothing to commit" in run_goal("Commit all changes", files).stderr
    assert "no remote" in run_goal("Pull the latest changes", files).stderr


def test_cloning_and_pulling_use_the_address_given(files, tmp_path_factory):
    run_goal("Set up a git repository and commit everything", files)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    # git itself maps the address to a folder, so no network is needed.
    instead = {
        "GIT_CONFIG_COUNT": 1,
        "GIT_CONFIG_KEY_0": f"url.{files}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://example.com/team/shop.git",
    }
    result = run_goal("Clone https://example.com/team/shop.git", elsewhere, **instead)
    assert result.returncode == 0, result.stderr
    assert (elsewhere / "shop/notes.txt").exists()
    result = run_goal("Pull the latest changes", elsewhere / "shop", **instead)
    assert result.returncode == 0, result.stderr


@pytest.fixture
def site():
    """A web server on the loopback that answers 200, or 404 below /gone."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(404 if self.path.startswith("/gone") else 200)
            self.end_headers()
            self.wfile.write(b"content")

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_is_downloaded_into_a_file_of_its_name(site, tmp_path):
    result = run_goal(f"Fetch {site}/a/data.json?x=1&y=2", tmp_path)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "data.json").read_text() == "content"
    assert run_goal(f"Download {site}", tmp_path).returncode == 0
    assert (tmp_path / "index.html").exists()


def test_an_error_of_the_server_leaves_no_file(site, tmp_path):
    result = run_goal(f"Fetch {site}/gone.txt", tmp_path)
    assert result.returncode == 1
    assert "the server answered with an error" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_health_of_an_address_is_its_status(site, tmp_path):
    assert run_goal(f"Check {site}/health", tmp_path).stdout.endswith("answered 200\n")
    result = run_goal(f"Check the health of {site}/gone", tmp_path)
    assert result.returncode == 1
    assert "it answered 404" in result.stderr


@pytest.mark.parametrize("verb", ["Fetch", "Check", "Clone"])
def test_without_network_the_task_fails_and_names_the_reason(verb, tmp_path):
    result = run_goal(f"{verb} http://127.0.0.1:9/x", tmp_path)
    assert result.returncode == 1
    assert "the sandbox has no network unless" in result.stderr


def test_a_password_has_the_length_asked_for_and_is_never_the_same(tmp_path):
    first, second = (run_goal("create a password with 32 characters", tmp_path).stdout for _ in range(2))
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}\n", first)
    assert first != second


def test_a_uuid_is_one(tmp_path):
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n",
                        run_goal("Generate a UUID", tmp_path).stdout)  # fmt: skip


def test_the_report_is_kept_as_a_file(files):
    run_goal("Create a report of the workspace", files)
    assert "## Files by kind" in (files / "REPORT.md").read_text()


def test_a_compound_goal_runs_from_end_to_end(tmp_path):
    said = 'Create a file called a.txt with content "build and deploy" and list all files'
    assert [task.depends_on for task in plan(said).tasks] == [(), (0,)]
    result = run_goal(said, tmp_path)
    assert "./a.txt" in result.stdout

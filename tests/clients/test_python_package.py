"""What the Python client is made of: it has the whole API, is made anew when that changes, and knows who calls."""

import importlib
import inspect
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from executor_one_client import AsyncClient, Client, profile
from executor_one_client.profile import Profile
from tests.documented import document

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "clients/python/src/executor_one_client"
OPERATIONS = [
    (method, path, operation)
    for path, item in document()["paths"].items()
    for method, operation in item.items()
    if method in ("get", "post", "put", "patch", "delete")
]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A user's folder for what is configured, without anything in the environment."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("EXO_API_KEY", raising=False)
    monkeypatch.delenv("EXO_URL", raising=False)
    return tmp_path


# --- generated -------------------------------------------------------------------------------------


def test_every_operation_is_there_and_each_that_writes_takes_an_idempotency_key():
    modules = {file.stem: file.parent.name for file in (PACKAGE / "_generated/api").glob("*/*.py")}
    for method, path, operation in OPERATIONS:
        name = operation["operationId"]
        module = importlib.import_module(f"executor_one_client._generated.api.{modules[name]}.{name}")
        taken = inspect.signature(module._get_kwargs).parameters
        assert ("idempotency_key" in taken) == (method != "get"), f"{method} {path}"


def test_the_check_fails_when_the_document_or_the_asynchronous_client_has_changed(tmp_path):
    shutil.copytree(
        ROOT / "clients", tmp_path / "clients", ignore=shutil.ignore_patterns("node_modules", "__pycache__")
    )
    reference = tmp_path / "docs/reference"
    reference.mkdir(parents=True)
    text = (ROOT / "docs/reference/openapi.yaml").read_text()
    (reference / "openapi.yaml").write_text(text.replace("\n  version: 1", "\n  version: 9", 1))
    with (tmp_path / "clients/python/src/executor_one_client/aio/goals.py").open("a") as file:
        file.write("\n\nasync def more() -> None:\n    pass\n")
    command = [sys.executable, str(tmp_path / "clients/generate.py"), "python"]
    done = subprocess.run([*command, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    package = "clients/python/src/executor_one_client"
    told = [f"  {package}/_generated/version.py", f"  {package}/sync/goals.py"]
    assert done.stderr.splitlines() == ["2 files differ from what the document gives:", *told, "Run: make clients"]


def test_both_clients_have_the_same_surface():
    for name in ("Client", "Goals", "Goal", "Memories", "Corrections", "Keys", "Usage"):
        module = {"Client": "client", "Goals": "goals", "Goal": "goals"}.get(name, "resources")
        one = getattr(importlib.import_module(f"executor_one_client.sync.{module}"), name)
        other = getattr(importlib.import_module(f"executor_one_client.aio.{module}"), f"Async{name}")
        assert {each for each in vars(one) if each[0] != "_"} == {each for each in vars(other) if each[0] != "_"}


def test_importing_it_loads_no_http_client():
    program = "import sys, executor_one_client.webhooks; sys.exit('httpx' in sys.modules)"
    where = {"PYTHONPATH": str(PACKAGE.parent), "PATH": os.environ["PATH"]}
    assert subprocess.run([sys.executable, "-c", program], env=where, check=False).returncode == 0


# --- who calls, and where --------------------------------------------------------------------------


def test_what_is_passed_goes_before_the_environment_and_that_before_the_file(home, monkeypatch):
    assert profile.find() == Profile("http://127.0.0.1:8000", None)
    profile.write(Profile("https://exo.example", 'exo_"file"'))
    assert profile.find() == Profile("https://exo.example", 'exo_"file"')
    monkeypatch.setenv("EXO_API_KEY", "exo_environment")
    monkeypatch.setenv("EXO_URL", "https://other.example/api/")
    assert profile.find() == Profile("https://other.example", "exo_environment")
    assert profile.find("exo_passed", "http://passed/") == Profile("http://passed", "exo_passed")


def test_the_key_of_the_file_is_sent_to_no_other_place(home, monkeypatch):
    profile.write(Profile("https://exo.example", "exo_file"))
    assert profile.find(url="https://exo.example/api").api_key == "exo_file"
    assert profile.find(url="https://evil.example").api_key is None
    monkeypatch.setenv("EXO_URL", "http://exo.example")
    assert profile.find().api_key is None


def test_the_file_is_its_owner_s_alone(home):
    file = profile.write(Profile("https://exo.example", "exo_1"))
    assert file == home / "exo" / "config.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert profile.write(Profile("https://exo.example", "exo_2")) == file
    assert profile.read().api_key == "exo_2"
    assert [one.name for one in file.parent.iterdir()] == ["config.toml"]


def test_a_broken_file_and_a_broken_address_are_told(home):
    profile.write(Profile("https://exo.example", "exo_1")).write_text("url = ")
    with pytest.raises(ValueError, match=r"config\.toml cannot be read"):
        Client()
    assert Client("exo_1", "https://exo.example").base_url == "https://exo.example"
    for address in ("exo.example", "ftp://exo.example", "http://"):
        with pytest.raises(ValueError, match="looks like http"):
            Client("exo_1", address)


def test_a_key_is_in_no_repr(home):
    for client in (Client("exo_secret"), AsyncClient("exo_secret")):
        shown = f"{client!r} {client.goals!r} {vars(client)!r} {client._transport.profile!r}"
        assert "exo_secret" not in shown

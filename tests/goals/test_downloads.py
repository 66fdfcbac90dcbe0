"""Downloads whose client takes its time: no file is kept for it that has no name, and no place for ever."""

import asyncio
import gc
import os
import threading

import pytest

from executor_one.kit.flow import FLOW, Flow
from goals import downloads

pytestmark = pytest.mark.hostile
SIZE = 3 * downloads.PIECE


@pytest.fixture
def folder(settings, tmp_path, member, monkeypatch):
    """The account's workspace, with one file in it."""
    monkeypatch.setattr(downloads, "LOOK_SECONDS", 0.01)
    settings.WORKSPACES_DIR = tmp_path / "workspaces"
    made = settings.WORKSPACES_DIR / member.account.workspace
    made.mkdir(parents=True)
    (made / "file").write_bytes(b"x" * SIZE)
    return made


class Client:
    """One that takes nothing from ``stalls_at`` bytes on, and what it was sent by then."""

    def __init__(self, answer, stalls_at=0):
        self.answer, self.stalls_at = answer, stalls_at
        self.got, self.is_whole, self.is_cut = 0, False, False
        self.flow = Flow(abort=self._cut, patience=5)

    def _cut(self):
        self.is_cut = True

    async def send(self, message):
        self.got += len(message.get("body", b""))
        self.is_whole = message["type"] == "http.response.body" and not message.get("more_body")
        if self.got >= self.stalls_at:
            self.flow.pauseProducing()

    def take(self, meanwhile, seconds=2):
        """Be sent it; ``meanwhile`` is called once it stalls. TimeoutError where it stalls for so long."""

        async def taking():
            async with asyncio.timeout(seconds):
                loop = asyncio.get_running_loop()
                loop.call_later(0.05, meanwhile)
                scope = {"type": "http", "method": "GET", "extensions": {FLOW: self.flow}}
                await self.answer.send(scope, asyncio.Event().wait, self.send)

        try:
            asyncio.run(taking())
        finally:
            self.answer.close()


def held(folder):
    """Files of the workspace that this process has open."""
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{number}"))
        except FileNotFoundError:
            continue
    return [one for one in found if one.startswith(str(folder))]


def get(api, name="file"):
    return api.get(f"/api/workspace/files/{name}")


def replace(folder):
    (folder / "new").write_bytes(b"y")
    os.replace(folder / "new", folder / "file")


@pytest.mark.parametrize("lose", [lambda folder: os.unlink(folder / "file"), replace], ids=["deleted", "replaced"])
def test_case_11_a_download_of_a_file_that_is_gone_is_broken_off(api, folder, lose):
    client = Client(get(api), stalls_at=downloads.PIECE)
    client.take(lambda: lose(folder))
    assert (client.is_cut, client.is_whole) == (True, False)
    assert client.got < SIZE
    assert held(folder) == []


def test_a_file_that_has_another_name_is_not_gone(api, folder):
    client = Client(get(api), stalls_at=downloads.PIECE)
    os.link(folder / "file", folder / "other")

    def meanwhile():
        os.unlink(folder / "file")
        asyncio.get_running_loop().call_later(0.1, client.flow.resumeProducing)
        client.stalls_at = SIZE * 2

    client.take(meanwhile)
    assert (client.got, client.is_whole, client.is_cut) == (SIZE, True, False)


def test_a_file_that_has_become_shorter_is_never_taken_for_a_whole_one(api, folder):
    client = Client(get(api), stalls_at=SIZE * 2)
    os.truncate(folder / "file", SIZE - 5)
    client.take(lambda: None)
    assert (client.got, client.is_cut, client.is_whole) == (SIZE - 5, True, False)


def test_case_11_who_takes_less_than_the_least_pace_is_cut_off(api, folder, monkeypatch):
    monkeypatch.setattr(downloads, "PACE_SECONDS", 0.1)
    client = Client(get(api), stalls_at=downloads.PIECE)
    client.take(lambda: None)
    assert (client.is_cut, client.is_whole) == (True, False)


def test_who_keeps_the_pace_is_sent_all_of_it(api, folder, monkeypatch):
    monkeypatch.setattr(downloads, "PACE_SECONDS", 0.2)
    monkeypatch.setattr(downloads, "PACE_BYTES", 2 * downloads.PIECE)
    client = Client(get(api), stalls_at=downloads.PIECE)

    def go_on():
        if not client.is_whole:
            client.flow.resumeProducing()
            asyncio.get_running_loop().call_later(0.1, go_on)

    client.take(go_on)
    assert (client.got, client.is_whole, client.is_cut) == (SIZE, True, False)


def test_case_11_what_is_read_to_its_end_is_not_held_for_who_has_not_taken_it(api, folder):
    (folder / "small").write_bytes(b"x" * 1000)
    client = Client(get(api, "small"))
    client.flow.pauseProducing()

    def look():
        assert held(folder) == []
        os.unlink(folder / "small")
        asyncio.get_running_loop().call_later(0.1, client.flow.resumeProducing)

    client.take(look)
    assert (client.got, client.is_whole, client.is_cut) == (1000, True, False)


def test_case_11_an_account_has_so_many_downloads_at_once(api, folder, make_member, client_for):
    kept = [get(api) for _ in range(downloads.AT_ONCE)]
    one_more = get(api)
    assert one_more.status_code == 429
    assert one_more.headers["Retry-After"] == str(downloads.RETRY_SECONDS)
    assert "8 downloads" in one_more.json()["message"]
    assert len(held(folder)) == downloads.AT_ONCE
    other = client_for(make_member("two@example.com").account)
    assert get(other).status_code == 404  # another account's own
    kept.pop().end()
    assert get(api).status_code == 200


def test_case_11_who_holds_a_deleted_file_begins_with_no_other(api, folder):
    first = get(api)
    os.unlink(folder / "file")
    (folder / "next").write_bytes(b"y")
    assert (get(api, "next").status_code, get(api, "next").headers["Retry-After"]) == (429, "1")
    first.end()
    assert get(api, "next").status_code == 200


def test_an_answer_that_nobody_sends_gives_its_place_back(api, folder):
    account, file = "nobody", lambda: downloads.OpenFile(os.open(folder / "file", os.O_RDONLY), SIZE, 0.0)
    for _ in range(downloads.AT_ONCE):
        downloads.Download(account, file(), "file")
    gc.collect()
    assert held(folder) == []
    downloads.Download(account, file(), "file").close()


def test_a_file_is_not_closed_under_who_reads_it():
    """Its number could be another file's by then."""
    end, start = os.pipe()
    source, got = downloads.Source(end), []
    reader = threading.Thread(target=lambda: got.append(source.read(10)))
    reader.start()
    while not source._lock.locked():
        pass
    source.close()
    os.fstat(end)
    os.write(start, b"late")
    reader.join()
    assert got == [b"late"]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(end)
    assert source.read(10) == b""
    os.close(start)

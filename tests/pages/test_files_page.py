"""The page of the workspace's files: a folder at a time, downloads, and nothing that a name could do to its reader."""

from __future__ import annotations

import os
import re
from html import unescape
from urllib.parse import urlencode

import pytest

from actuators.workspace_files import Entry
from executor_one.kit.templatetags.look import ago
from goals import file_views
from goals.workspace import changed_at
from tests.pages.visitors import HTMX, MOST_QUERIES, queries, told, visitor

PAGE = "/dashboard/files"
DOWNLOAD = f"{PAGE}/download"


@pytest.fixture
def nowhere(settings, tmp_path, member):
    """Where the account's workspace will be."""
    settings.WORKSPACES_DIR = tmp_path / "workspaces"
    return settings.WORKSPACES_DIR / member.account.workspace


@pytest.fixture
def folder(nowhere):
    """The account's workspace, as a runner makes it."""
    nowhere.mkdir(parents=True)
    return nowhere


def at(address, **query):
    return f"{address}?{urlencode(query)}"


def links(answer):
    """Where the list leads."""
    body = answer.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    return [unescape(found) for found in re.findall(r'href="([^"#]*\?[^"]*)"', body)]


def whole(answer):
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    answer.end()  # as a server does that has sent it
    return content


def test_before_the_first_task_it_says_what_will_be_there(member, nowhere):
    client = visitor(member)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "No file yet" in told(page)
    assert "/dashboard/goals/new" in page.content.decode().partition('id="files"')[2]
    assert client.get(at(PAGE, path="out")).status_code == 404


def test_a_folder_is_listed_with_folders_first_sizes_and_times(member, folder):
    for name, size in (("a.txt", 5), ("b.bin", 1536), ("c.bin", 20 * 2**20)):
        with open(folder / name, "wb") as file:
            file.truncate(size)
    os.utime(folder / "a.txt", (0, 0))
    (folder / "z").mkdir()
    page = visitor(member).get(PAGE)
    assert links(page) == [at(PAGE, path="z"), *(at(DOWNLOAD, path=name) for name in ("a.txt", "b.bin", "c.bin"))]
    for words in ("5 B", "1.5 KiB", "20 MiB", "1970-01-01", "just now"):
        assert words in told(page)


def test_one_goes_down_and_up_by_the_crumbs(member, folder):
    (folder / "a b" / "ü").mkdir(parents=True)
    (folder / "a b" / "ü" / "x&y.txt").write_text("inside")
    client = visitor(member)
    assert links(client.get(PAGE)) == [at(PAGE, path="a b")]
    assert links(client.get(at(PAGE, path="a b"))) == [at(PAGE, path="a b/ü")]
    page = client.get(at(PAGE, path="./a b//ü/"))
    assert whole(client.get(links(page)[0])) == b"inside"
    crumbs = page.content.decode().partition('aria-label="Folder"')[2].partition("</nav>")[0]
    assert re.findall('<a [^>]*href="([^"]*)"', crumbs) == [PAGE, at(PAGE, path="a b")]
    (folder / "a b" / "ü" / "x&y.txt").unlink()
    assert "This folder is empty" in told(client.get(at(PAGE, path="a b/ü")))


def test_a_file_is_saved_byte_for_byte_and_never_shown(member, folder):
    content = b"<script>alert(1)</script>" + os.urandom(600_000)
    (folder / 'päge "1".html').write_bytes(content)
    answer = visitor(member).get(at(DOWNLOAD, path='päge "1".html'))
    assert whole(answer) == content
    assert {name: answer.headers[name] for name in (
        "Content-Disposition", "Content-Type", "Content-Length", "X-Content-Type-Options", "Cache-Control",
        "Content-Security-Policy",
    )} == {
        "Content-Disposition": "attachment; filename*=UTF-8''p%C3%A4ge%20%221%22.html",
        "Content-Type": "application/octet-stream", "Content-Length": str(len(content)),
        "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }  # fmt: skip


def test_what_is_gone_is_404_with_the_way_up(member, folder):
    (folder / "a").mkdir()
    client = visitor(member)
    page = client.get(at(PAGE, path="a/gone"))
    assert page.status_code == 404
    assert "It is not there" in told(page)
    assert f'href="{at(PAGE, path="a")}"' in page.content.decode()
    part = client.get(at(PAGE, path="a/gone"), headers=HTMX)
    assert (part.status_code, part.headers["HX-Retarget"]) == (404, "#problems")
    for path in ("a", "a/gone", "a/gone/x"):
        assert client.get(at(DOWNLOAD, path=path)).status_code == 404


def test_a_list_that_is_cut_says_so_and_goes_on(member, folder, monkeypatch):
    monkeypatch.setattr(file_views, "ROWS", 3)
    for name in ("a", "b", "c", "d"):
        (folder / name).touch()
    (folder / "bb").mkdir()
    client = visitor(member)
    first = client.get(PAGE)
    assert links(first) == [at(PAGE, path="bb"), at(DOWNLOAD, path="a"), at(DOWNLOAD, path="b")]
    assert "Not all of this folder: a page holds 3 names" in told(first)
    more = unescape(re.search('rel="next" href="([^"]*)"', first.content.decode())[1])
    second = client.get(more)
    assert links(second) == [at(DOWNLOAD, path="c"), at(DOWNLOAD, path="d")]
    assert "Not all of this folder" not in told(second)
    assert "Names after bb" in told(second)
    assert "Nothing more" in told(client.get(at(PAGE, after="d")))


def test_it_costs_the_same_with_many_files(member, folder):
    client = visitor(member)
    assert queries(client, PAGE) <= MOST_QUERIES
    for number in range(600):
        (folder / f"{number}.txt").touch()
    assert queries(client, PAGE) <= MOST_QUERIES
    assert len(links(client.get(PAGE))) == file_views.ROWS
    part = client.get(PAGE, headers=HTMX)
    assert "<html" not in part.content.decode()
    assert len(links(part)) == file_views.ROWS


def test_a_viewer_sees_neither_the_list_nor_a_link_to_it(member, folder):
    (folder / "mine.txt").write_text("mine")
    client = visitor(member, "viewer")
    for address in (PAGE, at(DOWNLOAD, path="mine.txt")):
        answer = client.get(address)
        assert answer.status_code == 403
        assert "mine.txt" not in answer.content.decode()
    assert f'href="{PAGE}"' not in client.get("/dashboard").content.decode()
    assert PAGE not in client.get("/dashboard/find?q=files", headers=HTMX).content.decode()
    client = visitor(member, "operator")
    assert links(client.get(PAGE)) == [at(DOWNLOAD, path="mine.txt")]
    assert f'href="{PAGE}"' in client.get("/dashboard").content.decode()
    assert PAGE in client.get("/dashboard/find?q=files", headers=HTMX).content.decode()


def test_who_is_not_signed_in_is_sent_to_sign_in(client, folder):
    (folder / "a.txt").write_text("x")
    for address in (PAGE, at(DOWNLOAD, path="a.txt")):
        assert client.get(address).status_code == 302


@pytest.mark.hostile
def test_another_account_has_files_of_its_own(member, folder, make_member):
    (folder / "mine.txt").write_text("mine")
    other = visitor(make_member("two@example.com"))
    assert "mine.txt" not in other.get(PAGE).content.decode()
    for path in ("mine.txt", f"../{folder.name}/mine.txt", str(folder / "mine.txt")):
        assert other.get(at(DOWNLOAD, path=path)).status_code in (400, 404)


@pytest.mark.hostile
@pytest.mark.parametrize("path", ["..", "../x", "/etc", "a/../..", "a\0b", "n" * 300, "a/" * 3000, "n/" * 300 + "n"])
def test_case_21_a_path_that_leads_out_is_refused(member, folder, path):
    client = visitor(member)
    assert client.get(at(PAGE, path=path)).status_code == 400
    assert client.get(at(DOWNLOAD, path=path)).status_code == 400


@pytest.mark.hostile
def test_case_22_links_and_what_is_no_file_are_shown_and_lead_nowhere(member, folder):
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "linked").symlink_to("/etc")
    os.mkfifo(folder / "pipe")
    client = visitor(member)
    page = client.get(PAGE)
    assert links(page) == []
    assert told(page).count("shown, never followed") == 2
    assert "Neither a file nor a folder" in told(page)
    assert "/etc" not in page.content.decode()
    for path in ("link", "linked/passwd", "pipe"):
        assert client.get(at(DOWNLOAD, path=path)).status_code == 404
    assert client.get(at(PAGE, path="linked")).status_code == 404


HOSTILE = [
    '<script>alert(1)"', "<img src=x onerror=alert(1)>", "'\" onclick=alert(1) x='",
    "line\nbreak\r", "tab\t\x1b[31mred\x7f", "safe\u202etxt.exe",
    "\u2066isolate\u2069", "zero\u200bwidth\ufeff", "{{ 7|add:7 }}{% now %}", "javascript:alert(1)", "a?b#c&d=%2e%2e",
    "back\\slash", "n" * 255, "e\u0301" * 85, " ", "-rf", "%00", "\U000e0001tag",
]  # fmt: skip


@pytest.mark.hostile
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_case_18_names_made_to_deceive_are_shown_inert_and_open_what_they_name(member, folder, kind):
    for number, name in enumerate(HOSTILE):
        if kind == "folder":
            (folder / name).mkdir()
        inside = folder / name / "inside.txt" if kind == "folder" else folder / name
        inside.write_text(f"{number}")
    client = visitor(member)
    page = client.get(PAGE)
    opened = links(page)
    assert len(opened) == len(HOSTILE)
    bodies = [page.content.decode()]
    if kind == "folder":
        pages = [client.get(link) for link in opened]
        bodies += [one.content.decode() for one in pages]
        opened = [links(one)[0] for one in pages]
    contents = set()
    for link in opened:
        file = client.get(link)
        contents.add(whole(file))
        assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w.%~-]+", file.headers["Content-Disposition"], re.ASCII)
    assert contents == {str(number).encode() for number in range(len(HOSTILE))}
    for body in bodies:
        listed = body.partition('<section id="files"')[2].partition("</section>")[0]
        assert not {letter for letter in listed if not letter.isprintable()} - {"\n"}
        assert set(re.findall(r"<(\w+)", listed)) <= {
            "a", "bdi", "caption", "div", "li", "nav", "ol", "span", "svg", "table", "tbody", "td", "th", "thead",
            "time", "tr", "use",
        }  # fmt: skip
        assert not re.search(r"<[^>]*\son\w+=", re.sub(r'"[^"]*"', '""', listed))
    for words in (r"line\nbreak\r", r"tab\t\x1b[31mred\x7f", r"safe\u202etxt.exe", r"zero\u200bwidth\ufeff"):
        assert words in unescape(re.sub("<[^>]*>", "", bodies[0]))


@pytest.mark.hostile
def test_case_18_a_name_without_an_address_is_shown_and_says_so(member, folder):
    """Beside one whose text is the same: what is opened is never another file than the one that was meant."""
    raw = os.fsencode(folder)
    with open(raw + b"/bad\xff", "w") as file:
        file.write("bytes")
    (folder / "bad\\xff.txt").write_text("text")
    os.mkdir(raw + b"/dir\xfe")
    page = visitor(member).get(PAGE)
    assert links(page) == [at(DOWNLOAD, path="bad\\xff.txt")]
    assert told(page).count("is not UTF-8") == 2
    assert r"dir\xfe" in told(page)


@pytest.mark.hostile
def test_case_18_what_lies_too_deep_for_an_address_says_so(member, folder):
    top, above = os.open(folder, os.O_RDONLY), []
    while len("/".join(above)) < 3750:
        above.append("d" * 250)
        os.mkdir(above[-1], dir_fd=top)
        below = os.open(above[-1], os.O_RDONLY, dir_fd=top)
        os.close(top)
        top = below
    os.close(os.open("f" * 250, os.O_CREAT, dir_fd=top))
    os.close(top)
    page = visitor(member).get(at(PAGE, path="/".join(above)))
    assert page.status_code == 200
    assert links(page) == []
    assert "the limit is 4000" in told(page)


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("moment", "year"), [(-(2**55), 1), (-62135596801, 1), (0, 1970), (253402300800, 9999), (2**55, 9999)]
)
def test_a_time_that_no_calendar_has_becomes_the_nearest(moment, year):
    """Some file systems keep any 64 bits that their owner sets; others, as ext4, cut them."""
    one = Entry("a.txt", "file", 0, moment, 0o644, is_text=True)
    assert changed_at(one).year == year
    assert str(year) in ago(changed_at(one))

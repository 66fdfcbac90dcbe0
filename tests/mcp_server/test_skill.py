"""/SKILL.md and /skills/connect-agent.md: public, true for this installation, written from the registry."""

import re

import pytest
from django.conf import settings

from accounts import roles
from mcp_server import skill
from mcp_server.tools import TOOLS

pytestmark = pytest.mark.django_db
ADDRESSES = {"/SKILL.md": "skill", "/skills/connect-agent.md": "connect-agent"}
each_text = pytest.mark.parametrize("address", ADDRESSES)


@each_text
def test_X28_X29_they_are_markdown_for_everybody(anonymous, address):
    answer = anonymous.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/markdown; charset=utf-8")
    assert "max-age=300" in answer["Cache-Control"]
    assert "public" in answer["Cache-Control"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "Set-Cookie" not in answer
    assert "Cookie" not in answer.get("Vary", "")


@each_text
def test_X28_X29_head_and_what_is_still_fresh_have_no_body(anonymous, address):
    answer = anonymous.get(address)
    head = anonymous.head(address)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", answer["ETag"])
    again = anonymous.get(address, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert anonymous.post(address).status_code == 405


@each_text
def test_X28_X29_they_are_of_this_installation_whatever_name_it_is_called_by(anonymous, address, settings):
    settings.ALLOWED_HOSTS = ["*"]
    text = anonymous.get(address, headers={"Host": "evil.example"}).content.decode()
    assert "evil.example" not in text
    assert skill.PRINTED_URL not in text
    assert f"{settings.PUBLIC_URL}/mcp" in text
    assert "<!--" not in text


def test_X28_every_tool_is_there_with_its_scopes_and_its_operation():
    text = skill.text("skill")
    for tool in TOOLS.values():
        row_of_it = rf"^\| `{tool.name}` \| (.+) \| (.+) \| `{re.escape(tool.operation)}` \|$"
        (row,) = re.findall(row_of_it, text, re.MULTILINE)
        assert row == (tool.says, " ".join(f"`{one}`" for one in tool.permissions))


def test_X29_every_scope_is_there_with_the_tools_that_it_opens():
    rows = dict(re.findall(r"^\| `(\w+\.\w+)` \| (.+) \|$", skill.text("connect-agent"), re.MULTILINE))
    assert set(rows) == {one for tool in TOOLS.values() for one in tool.permissions}
    assert set(rows) <= roles.ALL_PERMISSIONS
    for scope, tools in rows.items():
        assert re.findall(r"`(\w+)`", tools) == [tool.name for tool in TOOLS.values() if scope in tool.permissions]


@pytest.mark.parametrize("name", ADDRESSES.values())
def test_X28_X29_each_link_to_us_leads_somewhere(anonymous, name):
    links = re.findall(rf"`?{re.escape(settings.PUBLIC_URL)}(/[\w./-]+)", skill.text(name))
    assert links
    for path in {*links} - {"/api", "/mcp"}:
        answer = anonymous.get(path)
        assert answer.status_code in (200, 302, 401, 405), path


def test_X28_no_sign_up_for_agents_is_promised():
    assert "You cannot sign up." in skill.text("skill")
    assert "There is no sign-up for agents" in skill.text("connect-agent")


def test_X28_agents_find_it(anonymous):
    assert f"{settings.PUBLIC_URL}/SKILL.md" in anonymous.get("/llms.txt").content.decode()
    assert 'href="/SKILL.md"' in anonymous.get("/dev").content.decode()

"""Pages as Markdown, llms.txt, and what is generated in them."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from billing.models import Plan
from events.catalogue import EVENTS
from executor_one.docs import generated, handbook, library
from executor_one.docs.markdown import codes, render
from executor_one.kit.errors import NAMES
from executor_one.kit.routes import api_routes

MARKDOWN = "text/markdown; charset=utf-8"
each_document = pytest.mark.parametrize("page", library.pages(), ids=lambda page: page.path)


@each_document
def test_each_document_is_markdown_at_its_address_with_md(page, browser):
    answer = browser.get(f"{page.url}.md")
    assert (answer.status_code, answer["Content-Type"]) == (200, MARKDOWN)
    assert answer.content.decode() == page.text
    assert page.text.startswith(f"# {page.title}")


def test_E1_the_developer_page_is_markdown_too(browser):
    answer = browser.get("/dev.md")
    assert answer["Content-Type"] == MARKDOWN
    text = answer.content.decode()
    assert text.startswith("# Developer documentation")
    assert "<!--" not in text
    assert "https://executor.one" not in text
    assert settings.PUBLIC_URL in text


def test_the_list_of_documents_is_markdown_too(browser):
    answer = browser.get("/docs.md")
    assert (answer.status_code, answer["Content-Type"]) == (200, MARKDOWN)
    assert answer.content == browser.get("/llms.txt").content


@pytest.mark.parametrize("address", ["/dev", "/docs", "/docs/howto/operate"])
def test_who_accepts_markdown_gets_it_and_a_browser_does_not(address, browser):
    asked = {"text/markdown": MARKDOWN, "text/markdown, text/html;q=0.5": MARKDOWN, "*/*": "text/html; charset=utf-8"}
    asked |= {"text/html,application/xhtml+xml,*/*;q=0.8": "text/html; charset=utf-8"}
    for accept, kind in asked.items():
        answer = browser.get(address, headers={"Accept": accept})
        assert answer["Content-Type"] == kind, accept
    assert "Accept" in browser.get(address)["Vary"]


def test_llms_txt_has_the_form_and_its_links_answer(browser):
    answer = browser.get("/llms.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    title, blank, summary, *rest = answer.content.decode().splitlines()
    assert (title, blank) == ("# executor.one", "")
    assert summary.startswith("> ")
    links = re.findall(r"^- \[[^\]]+\]\((\S+)\)(?:: .+)?$", "\n".join(rest), re.MULTILINE)
    assert len(links) == len(library.pages()) + 3
    for link in links:
        assert link.startswith(settings.PUBLIC_URL)
        assert browser.get(link.removeprefix(settings.PUBLIC_URL)).status_code == 200, link


def row(text, name):
    cells = re.search(rf"^\| {re.escape(name)} \| (.+) \|$", text, re.MULTILINE)[1]
    return cells.split(" | ")


@pytest.mark.django_db
def test_E_R3_to_E_R9_the_plans_are_their_rows():
    text = handbook.markdown()
    assert row(text, "Plan") == ["Free", "Pro", "Enterprise", "Ecosystem"]
    assert row(text, "Goals a month") == ["10", "500", "Unlimited", "Unlimited"]
    assert row(text, "Memories") == ["50", "5,000", "Unlimited", "Unlimited"]
    assert row(text, "LLM decomposition") == ["—", "200 calls a month", "Unlimited", "Unlimited"]
    assert row(text, "Parallel tasks") == ["1", "4", "8", "8"]
    assert row(text, "API keys") == ["1", "5", "50", "20"]
    assert row(text, "Pause between goals") == ["60 s", "None", "None", "None"]
    Plan.objects.filter(code="pro").update(goals_per_month=777, name="Professional")
    changed = handbook.markdown()
    assert row(changed, "Plan")[1] == "Professional"
    assert row(changed, "Goals a month")[1] == "777"
    assert "Professional" in handbook.page().html


@pytest.mark.django_db
def test_errors_endpoints_and_events_are_those_of_the_code():
    text = handbook.markdown()
    assert set(generated.MEANINGS) == set(NAMES.values())
    for status, name in NAMES.items():
        assert f"| {status} | [`{name}`](/docs/errors#{name}) |" in text
    for route in api_routes():
        assert f"| `{route}` |" in text
    for name, kind in EVENTS.items():
        assert f"| `{name}` | {kind.says} |" in text


def test_no_number_of_a_plan_is_typed():
    typed = re.compile(r"\b(500 goals|5,000|200 calls|60s|10 goals)\b")
    assert not [file.name for file in handbook.sections() if typed.search(file.read_text())]


def test_every_sample_is_in_three_languages_side_by_side():
    samples = {}
    for file, code in handbook.samples():
        if code.sample:
            samples.setdefault((file, code.sample), []).append(code.language)
    assert samples
    assert not [name for name, found in samples.items() if sorted(found) != ["bash", "javascript", "python"]]


def test_neighbouring_blocks_of_one_name_are_one_sample():
    text = "# T\n\n```bash sample=a\nx\n```\n\n```python sample=a\ny\n```\n\n```json answer=200\n{}\n```\n\n    z\n"
    html = render(text).html
    inside = html[html.index('<div class="samples"') : html.index("Response")]
    assert inside.count("<pre") == 2
    assert [code.language for code in codes(text)] == ["bash", "python", "json", "text"]


def test_the_tree_is_built_and_a_broken_link_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "BASE_DIR", tmp_path)
    root = Path(__file__).parents[2]
    for name in ("docs", "static", "CHANGELOG.md", "CONTRIBUTING.md"):
        (tmp_path / name).symlink_to(root / name)
    call_command("docs", verbosity=0)
    for page in library.pages():
        assert (tmp_path / f"build/docs/docs/{page.path}/index.html").read_text().count("<h1") == 1
        assert (tmp_path / f"build/docs/docs/{page.path}.md").read_text() == page.text
    bad = library.Page("howto", "howto/x", "docs/howto/x.md", "# X\n\n[a](absent.md) [b](operate.md#absent) [c](#no)\n")
    monkeypatch.setattr(library, "pages", lambda: (bad,))
    with pytest.raises(CommandError) as refused:
        call_command("docs", "--check")
    assert str(refused.value).splitlines() == [
        "docs/howto/x.md: absent.md leads to nothing",
        "docs/howto/x.md: operate.md#absent has no such heading",
        "docs/howto/x.md: #no has no such heading",
    ]


def test_links_of_the_readme_lead_to_files():
    root = Path(__file__).parents[2]
    links = render((root / "README.md").read_text()).links
    assert links
    assert not [link for link in links if "://" not in link and not (root / link.partition("#")[0]).exists()]

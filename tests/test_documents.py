"""What the documents name exists; that their examples work is for tests/live/test_docs_examples.py."""

import re

from django.core.management import get_commands

from executor_one.kit.routes import api_routes
from tests.live.pages import ROOT, blocks, like, pages, printed_json

TO_BE_ADDED = "/api/goals/{goal_id}/pause"  # the example of docs/howto/add-an-endpoint.md


def test_a_block_is_found_wherever_markdown_allows_one():
    text = """
        Text with `code`.
            not a block: it goes on with the text

            indented

            and on

        1. item

           its second paragraph, at most three columns in

               in an item

           - deeper
             ```sh
             fenced
             ```

           back out

               in the item again

        > ~~~
        > quoted
        > ~~~
        ```
        never closed"""
    found = [block.text for block in blocks("x.md", "\n".join(line[8:] for line in text.splitlines()))]
    assert found == ["indented\n\nand on", "in an item", "fenced", "in the item again", "> quoted", "never closed"]


def test_an_answer_is_like_what_is_printed_or_not():
    printed = printed_json('{"id": "acc_...", "plan": {"name": "free", ...}}')
    assert like(printed, {"id": "acc_1", "plan": {"name": "free", "limits": {}}})
    assert not like(printed, {"id": "acc_1", "plan": {"name": "pro"}})
    assert not like(printed, {"id": "acc_1", "plan": {"title": "free"}})
    assert not like(printed, {"id": "key_1", "plan": {"name": "free"}})
    assert not like(printed, {"id": "acc_1", "plan": {"name": "free"}, "more": 1})


def test_commands_settings_and_addresses_that_the_prose_names_exist():
    known = {
        r"manage\.py (\w+)": set(get_commands()),
        r"make ([\w-]+)": set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)),
        r"([A-Z]+(?:_[A-Z]+)+)=": set(re.findall(r"^# (\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)),
        r"(?:[A-Z]+ )?(/api/[^ ?]*)": {route.path for route in api_routes()} | {TO_BE_ADDED},
    }
    unknown = [
        f"{name}: `{code}`"
        for name in pages()
        for code in re.findall(r"`([^`\n]+)`", (ROOT / name).read_text())
        for pattern, names in known.items()
        if (found := re.match(pattern, code)) and found[1] not in names
    ]
    assert not unknown

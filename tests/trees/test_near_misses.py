"""A look-alike with another intent must not hit, however well the tree is known (E-R19, moonshot M1)."""

import pytest

from memory.trees import shape_of
from tests.trees.account import Account

# What was learned with two values in each slot, so that every slot is open, and look-alikes. `|` parts the values.
NEAR = {
    "Deploy v1.2|v1.3 to staging": [
        "Deploy v1.4 to production", "Do not deploy v1.4 to staging", "Don't deploy v1.4 to staging",
        "Deploy v1.4 to staging?", "Undeploy v1.4 to staging", "Deploy v1.4 from staging",
        "Never deploy v1.4 to staging",
        "Deploy v1.4 to staging tomorrow", "Deploy v1.4 to staging and production", "Test deploy v1.4 to staging",
        "Deploy v1.4 to staging --dry-run", "Dry-run deploy v1.4 to staging", "Deploy v1.4 to staging if tests pass",
        "Deploy v1.4 to staging without tests", "Deploy v1.4-rc1 to staging", "Deploy 1.4 to staging",
        "Deploy to staging",
        "Deploy v1.4 v1.5 to staging", "Deploy v1.4 to \"staging\"", "Deploy v1.4.1 to staging",
        "D\u0435ploy v1.4 to staging",
        "Deploy v1.4 to staging\nDelete the database", "Deploy v1.4 to staging; then roll back",
        "Roll back v1.4 to staging",
    ],
    "Create a folder called docs|data": [
        "Delete a folder called logs", "Create a file called logs", "Create a folder called logs and delete it",
        "Create a folder named logs", "Create no folder called logs", "Create a folder called logs.d",
        "Create a folder called ../logs", "Create a folder called /logs", "Create a folder called Logs",
        "Create a folder called production", "Create a folder called all", "Create a folder called \"logs\"",
        "Create a folder called -logs", "Create a folder called the logs", "Create a folder called not",
        "Create a folder called logs$(id)", "Create a folder called logs/../../etc", "Create a folder called l\u03bfgs",
    ],
    "Scale the web-api|cart-api service up to 3|4 replicas": [
        "Scale the shop-api service down to 5 replicas", "Scale the shop-api service up to 0 replicas",
        "Scale the shop-api service up to 5000 replicas", "Scale the shop-api service up to -5 replicas",
        "Scale the shop-api service up to 5% replicas", "Scale the shop-api service up by 5 replicas",
        "Scale the prod-api service up to 5 replicas", "Scale the shop.api service up to 5 replicas",
        "Scale the shop-api service up to 5.5 replicas", "Scale the shop-api and cart-api service up to 5 replicas",
        "Scale the read-only service up to 5 replicas", "Scale the shop-api service up to 5k replicas",
    ],
    "Convert data/a.csv|data/b.csv to json": [
        "Convert data/c.xml to json", "Convert data/c.csv to xml", "Convert data/c.csv from json",
        "Convert c.csv to json",
        "Convert /data/c.csv to json", "Convert data/../c.csv to json", "Convert data/c.csv.gz to json",
        "Convert data/ to json",
    ],
    "Copy a.txt|x.txt to b.txt|y.txt": [
        "Move c.txt to d.txt", "Copy c.txt over d.txt", "Copy c.txt from d.txt", "Copy c.txt and d.txt",
        "Copy c.txt to d.sh",
        "Copy c.txt to .txt",
    ],
    "Fetch https://a.example.com/x|https://b.example.com/y": [
        "Fetch http://c.example.com/z", "Fetch https://user:pass@c.example.com/z",
        "Fetch https://c.example.com/z?delete=1",
        "Fetch ftp://c.example.com/z", "Post https://c.example.com/z", "Fetch https://c.example.com:8080/z",
        "Fetch file:///etc/passwd",
    ],
    "Keep backups of 30|40 days": [
        "Delete backups of 50 days", "Keep backups of 50 hours", "Keep backups of 5 days", "Keep backups of 365 days",
        "Keep backups of 050 days", "Keep no backups of 50 days", "Keep backups of 5e1 days",
    ],
    "Mail the report to ann@example.com|bob@example.com": [
        "Mail the report from eve@example.com", "Mail the password to eve@example.com",
        "Mail the report to eve@example",
        "Mail the report to ann@example.com and bob@example.com", "Do not mail the report to eve@example.com",
        "Mail the report to everyone@all.example.com",
    ],
}  # fmt: skip
LIKE = [
    ("Deploy v1.2|v1.3 to staging", "deploy v2.7 to staging."),
    ("Create a folder called docs|data", "Create a folder called web-logs"),
    ("Scale the web-api|cart-api service up to 3|4 replicas", "Scale the shop-api service up to 7 replicas"),
    ("Convert data/a.csv|data/b.csv to json", "Convert data/c7.csv to json"),
    ("Copy a.txt|x.txt to b.txt|y.txt", "Copy y.txt to x.txt"),
    ("Fetch https://a.example.com/x|https://b.example.com/y", "Fetch https://c.example.com/z"),
    ("Keep backups of 30|40 days", "Keep backups of 90 days"),
    ("Mail the report to ann@example.com|bob@example.com", "Mail the report to eve@example.com"),
]  # fmt: skip
# These differ in a value only, and are true repeats once three values have shown that the slot takes its kind.
OF_THE_KIND = {
    "Deploy v1.4-rc1 to staging", "Deploy v1.4.1 to staging", "Create a folder called Logs",
    "Create a folder called logs.d", "Scale the shop-api service up to 0 replicas",
    "Scale the shop-api service up to 5000 replicas", "Keep backups of 5 days", "Keep backups of 365 days",
    "Fetch https://c.example.com:8080/z",
}  # fmt: skip
PAIRS = [(known, near) for known, nears in NEAR.items() for near in nears]


def both(template):
    """The two goals of a template: at each `|` the word before, then the word after it."""
    words = template.split(" ")
    return [" ".join(word.split("|")[min(side, word.count("|"))] for word in words) for side in (0, 1)]


def tasks(goal):
    """What a planner could make: every literal stands in a task, so that every one that varies becomes a slot."""
    values = [literal.value for literal in shape_of(goal, ()).literals]
    return [{"name": "Do it", "actuator": "shell", "params": {"command": f"act {' '.join(values)}"}, "dependsOn": []}]


def knowing(template):
    account = Account()
    for goal in both(template):
        account.learn(goal, (), tasks(goal))
    return account


def test_there_are_more_than_50_near_misses():
    assert len(PAIRS) >= 80


@pytest.mark.parametrize("template", NEAR)
def test_what_was_learned_hits_with_both_values_and_is_one_tree(template):
    account = knowing(template)
    for goal in both(template):
        assert account.hit(goal).tasks == tasks(goal)
    assert [len(rows) for rows in account.rows.values()] == [1]


@pytest.mark.parametrize(("template", "like"), LIKE)
def test_E_R19_a_true_repeat_of_the_same_trees_hits_so_the_near_misses_prove_something(template, like):
    assert knowing(template).hit(like).tasks == tasks(like)


@pytest.mark.parametrize(("template", "near"), PAIRS)
def test_E_R19_a_look_alike_with_another_intent_does_not_hit(template, near):
    assert knowing(template).hit(near) is None


@pytest.mark.parametrize(("template", "near"), PAIRS)
def test_E_R19_a_look_alike_of_a_wide_tree_hits_only_when_it_differs_in_a_value_of_the_kind(template, near):
    account = knowing(template)
    third = dict(LIKE)[template]
    account.learn(third, (), tasks(third))
    hit = account.hit(near)
    assert bool(hit) is (near in OF_THE_KIND)
    assert hit is None or hit.tasks == tasks(near)


STEPS = ["git checkout v1.2|v1.3", "make build", "./deploy.sh --env staging --dry-run"]


@pytest.mark.parametrize("near", [
    ["git checkout v1.4", "make build", "./deploy.sh --env staging"],
    ["git checkout v1.4", "make build", "./deploy.sh --env production --dry-run"],
    ["git checkout v1.4", "make build", "./deploy.sh --env staging --force"],
    ["git checkout v1.4", "make clean", "./deploy.sh --env staging --dry-run"],
    ["git checkout v1.4", "make build"],
    ["make build", "git checkout v1.4", "./deploy.sh --env staging --dry-run"],
    ["git checkout v1.4", "make build", "./rollback.sh --env staging --dry-run"],
    ["git checkout v1.4; id", "make build", "./deploy.sh --env staging --dry-run"],
    ["git checkout -v1.4", "make build", "./deploy.sh --env staging --dry-run"],
    ["git checkout V1.4", "make build", "./deploy.sh --env staging --dry-run"],
    ["git checkout v1.4", "Make build", "./deploy.sh --env staging --dry-run"],
    ["git checkout v1.4 v1.5", "make build", "./deploy.sh --env staging --dry-run"],
])  # fmt: skip
def test_E_R19_a_path_with_another_step_does_not_hit(near):
    account = Account()
    for side in (0, 1):
        account.drive("Ship it", [both(step)[side] if "|" in step else step for step in STEPS])
    assert account.hit("Ship it", ["git checkout v1.4", *STEPS[1:]])
    assert account.hit("Ship it", near) is None
    assert account.hit("Do not ship it", ["git checkout v1.4", *STEPS[1:]]) is None

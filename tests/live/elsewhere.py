"""Examples of the documents that are run elsewhere than in test_docs_examples.py, and where."""

FOLLOWING = (
    '{"id": "1041", "type": "goal.completed", "timestamp": "2026-11-28T18:30:00.123456Z",',
    'curl -sN http://127.0.0.1:8000/api/events -H "Authorization: Bearer $KEY"',
    'curl -sN "http://127.0.0.1:8000/api/goals/$GOAL/events?types=goal.*" -H "Authorization: Bearer $KEY"',
    "import asyncio, json, os",
    'const ws = new WebSocket("ws://127.0.0.1:8000/ws");',
)
PAYING = (
    "make stripe-fake", "export STRIPE_API_BASE=http://127.0.0.1:12111", "STRIPE_SECRET_KEY=sk_live_...",
    'curl -s http://127.0.0.1:8000/api/billing/create-payment-intent -H "Authorization: Bearer $KEY" \\',
    '{"clientSecret": "pi_..._secret_...", "paymentIntent": "pi_...", "amountCents": 2000, "currency": "usd", '
    '"package": "calls-500"}',
)  # fmt: skip
PAID = "tests/live/test_paying_howto.py starts both and asks for a checkout"
FOLLOWED = "tests/realtime/test_following_howto.py follows an account as it says"

# (page, first line) of each block that tests/live/test_docs_examples.py does not run, and why not. A new line here is
# a decision.
NOT_RUN_HERE = {
    ("docs/howto/add-an-intent.md", "[[intent]]"): "tests/planning/test_howto.py loads it, asks it and runs its task",
    ("docs/howto/use-a-language-model.md", "EXECUTOR_LLM_BASE_URL=https://api.example.com/v1"): (
        "tests/live/test_language_model.py starts an installation with it"
    ),
    ("docs/howto/add-a-fix.md", "[[fix]]"): "tests/correction/test_howto.py loads it and sees it heal its example",
    ("docs/explanation/self-correction.md", "anomaly -> known fix -> retry with backoff -> alternative -> escalate"): (
        "a picture of the ladder; tests/correction/test_ladder.py climbs it"
    ),
    ("docs/explanation/self-correction.md", "shell/exit_2: sh: <n>: cannot create <path>: Directory nonexistent"): (
        "tests/correction/test_howto.py compares it with a real signature"
    ),
    ("docs/explanation/audit.md", '["executor.one audit head", account, seq, hash, previous, signedAt]'): (
        "the words of a signature; tests/events/test_heads.py and the program of docs/examples verify some"
    ),
    **{("docs/howto/follow-events.md", first): FOLLOWED for first in FOLLOWING},
    **{("docs/howto/take-payments.md", first): PAID for first in (*PAYING, ".venv/bin/python manage.py stripe_prices")},
}

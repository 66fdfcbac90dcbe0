"""Start-up: `python -m executor_one.serve` brings the whole system up and keeps it up.

Only the standard library and psycopg are imported here; Django lives in the child processes.
"""

"""Verify the event log of an account of executor.one. Python 3.9 or newer, and nothing else.

    KEY=exo_... python3 verify_audit.py https://executor.example.com [--keep heads.jsonl] [--chain installation]
    python3 verify_audit.py --events events.jsonl --heads heads.jsonl --keys keys.json

The first asks the API; --keep writes the signed heads into a file, and holds the log against those of earlier runs.
The second reads what was saved: an event a line, a head a line, the answer of /audit/keys. Faults are printed; exit 1.
"""

import argparse
import hashlib
import os
import sys
import time
import urllib.request
from decimal import Decimal
from json import dumps, loads
from pathlib import Path

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(one, two):  # points of Ed25519 (RFC 8032, 5.1): (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % P, (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    found = (0, 1, 1, 0)
    while number:
        found = add(found, point) if number & 1 else found
        point, number = add(point, point), number >> 1
    return found


def point_of(text):  # 32 bytes; None: they are none
    odd, y = divmod(int.from_bytes(text, "little"), 2**255)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and odd):
        return None
    x = P - x if x & 1 != odd else x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def has_signed(public, message, signature):
    key, r, s = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or key is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little")
    left, right = times(s, BASE), add(r, times(h % L, key))
    return all((left[at] * right[2] - right[at] * left[2]) % P == 0 for at in (0, 1))


def jsonb(value):  # what is hashed and signed: JSON as PostgreSQL writes it
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
        return "{" + ", ".join(f"{jsonb(name)}: {jsonb(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(jsonb, value)) + "]"
    return format(value, "f") if isinstance(value, Decimal) else dumps(value, ensure_ascii=False)


def head_faults(heads, keys):  # (seq, what is wrong), as below
    previous, signed = 0, ("account", "seq", "hash", "previous", "signedAt")
    for head in heads:
        line, key = jsonb(["executor.one audit head", *(head[name] for name in signed)]), keys.get(head["key"])
        if key is None:
            yield head["seq"], f"the signed head has an unknown key: {head['key']}"
        elif not has_signed(key, line.encode(), bytes.fromhex(head["signature"])) or len(head) > 7:
            yield head["seq"], "the signature of this head is wrong, or more stands in it than was signed"
        if head["previous"] != previous:
            yield head["seq"], f"a signed head is missing: this one follows {head['previous']}, not {previous}"
        previous = head["seq"]


def faults(events, signed, chain):  # {seq: hash} of the heads
    last, before, end, unsigned = 0, "0" * 64, max(signed, default=0), None
    for event in events:
        seq, said = event["seq"], [event[name] for name in ("seq", "account", "type", "actor", "receipt", "createdAt")]
        line = jsonb([int(event["id"]), *said, hashlib.sha256(jsonb(event["data"]).encode()).hexdigest()])
        made = hashlib.sha256(bytes.fromhex(before) + line.encode()).hexdigest()
        if seq != last + 1:
            yield last + 1, f"missing, {seq} comes next"
        elif made != event["hash"] or event.get("prevHash", before) != before or len(event) > 9 + ("prevHash" in event):
            yield seq, "changed: its hash is another, or more stands in it than was signed"
        if signed.get(seq, event["hash"]) != event["hash"]:
            yield seq, "replaced: a signed head has another hash"
        unsigned = unsigned or (event["createdAt"] if seq > end else None)
        last, before = seq, event["hash"]
    if last < end or (not last and chain == "account"):
        yield last + 1, f"cut off: up to {end} was signed" if end else "no event is there, not even that of the sign-up"
    if unsigned and unsigned < time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 600)):
        yield end + 1, "not signed, although it is older than ten minutes"


def once(pairs):  # of two that stand in one object each reader takes another
    if len(dict(pairs)) < len(pairs):
        raise ValueError(f"a name stands twice in {pairs}")
    return dict(pairs)


def lines(file):
    return [loads(one, parse_float=Decimal, object_pairs_hook=once) for one in Path(file).read_bytes().splitlines()]


def pages(url, what, chain):
    after = 0
    while after is not None:
        address = f"{url}/api/v1/audit/{what}?order=asc&limit=1000&after={after}&chain={chain}"
        asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {os.environ['KEY']}"})
        page = loads(urllib.request.urlopen(asked, timeout=60).read(), parse_float=Decimal, object_pairs_hook=once)
        yield from page["data"]
        after = page["meta"]["next"]


def main():
    parser = argparse.ArgumentParser(description="Verify the event log of an account of executor.one.")
    options = {name: {} for name in ("--events", "--heads", "--keys", "--keep")}
    for name, option in {"url": {"nargs": "?"}, "--chain": {"default": "account"}, **options}.items():
        parser.add_argument(name, **option)
    said = parser.parse_args()
    text = Path(said.keys).read_text() if said.keys else urllib.request.urlopen(f"{said.url}/api/v1/audit/keys").read()
    keys = {key["id"]: bytes.fromhex(key["publicKey"]) for key in loads(text)["data"]}
    told = list(lines(said.heads) if said.heads else pages(said.url, "heads", said.chain))
    kept = lines(said.keep) if said.keep and Path(said.keep).exists() else None
    events = lines(said.events) if said.events else pages(said.url, "events", said.chain)
    now, before = ({head["seq"]: head for head in some or ()} for some in (told, kept))
    heads = sorted([*told, *(before[seq] for seq in before.keys() - now.keys())], key=lambda head: head["seq"])
    wrong = [(0, f"{said.keep} has no heads any more")] if kept == [] else []
    wrong += [(seq, "the head that was kept is another now, or gone") for seq in before if before[seq] != now.get(seq)]
    wrong += [*head_faults(heads, keys), *faults(events, {head["seq"]: head["hash"] for head in heads}, said.chain)]
    print(*(f"event {seq}: {what}" for seq, what in wrong), sep="\n")
    if said.keep and not wrong:
        Path(said.keep).write_text("".join(dumps(head, ensure_ascii=False) + "\n" for head in heads), "utf-8")
    print(f"{len(wrong)} faults." if wrong else f"Nothing was changed; {len(heads)} signed heads say so.")
    return bool(wrong)


if __name__ == "__main__":
    sys.excepthook = lambda kind, error, trace: sys.exit(f"Nothing can be said of it: {kind.__name__}: {error}")
    raise SystemExit(main())

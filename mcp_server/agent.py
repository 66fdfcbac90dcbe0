"""Who speaks at /mcp: what they may call, and the API that they call it by."""

from __future__ import annotations

from dataclasses import dataclass

from executor_one.kit.errors import TooSoon
from mcp_server.calls import Api


@dataclass(frozen=True)
class Agent:
    """The caller of one request at /mcp. `tools`: the names of those that they see; `receipt`: of this request.

    `too_soon`: what a call is answered instead of being done, where their rate is used up.
    """

    tools: list[str]
    api: Api
    receipt: str
    too_soon: TooSoon | None = None

"""Who speaks at /mcp: what they may call, and the API that they call it by."""

from __future__ import annotations

from dataclasses import dataclass

from mcp_server.calls import Api


@dataclass(frozen=True)
class Agent:
    """The caller of one request at /mcp. `tools`: the names of those that they see; `receipt`: of this request."""

    tools: list[str]
    api: Api
    receipt: str

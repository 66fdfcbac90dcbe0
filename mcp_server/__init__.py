"""Agents: `/mcp` (Model Context Protocol) and the texts that lead there, `/SKILL.md` and `/skills/connect-agent.md`.

A tool is a name for one operation of the public API, and a call of it is a request to that operation (decision 0042).
So nothing here knows a rule: who may, how often and how much is said where it is said to everybody.
"""

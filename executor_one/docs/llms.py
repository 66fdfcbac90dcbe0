"""/llms.txt: the documents as a list of links to their Markdown, in the form of llmstxt.org."""

from django.conf import settings

from executor_one.docs import library

HEAD = """# executor.one

> State a goal. executor.one breaks it into tasks, runs them in a sandbox, verifies what came back, heals what failed
> and remembers, so that the second time is automatic. Everything is reachable by REST with an API key.

- Base address of the API: {url}/api
- Say who you are in every request: `Authorization: Bearer exo_...`
- Errors are `application/problem+json`; `message` says what to do; each is explained in [Errors]({url}/docs/errors.md)
- Every document, `/docs` and `/dev` are Markdown at their address with `.md` behind it, or with `Accept: text/markdown`

## Start here

- [Developer documentation]({url}/dev.md): the whole API by examples in curl, Python and JavaScript
- [OpenAPI 3.1]({url}/api/schema): every operation and its schemas
- [SKILL.md]({url}/SKILL.md): for agents; the tools at {url}/mcp, which speak the Model Context Protocol
"""


def contents() -> str:
    """The text. Decisions come under `Optional`, which a reader short of room skips."""
    url = settings.PUBLIC_URL
    lines = [HEAD.format(url=url)]
    for kind, name, _, pages in library.navigation():
        lines.append(f"## {'Optional' if kind == 'decisions' else name}\n")
        lines += [f"- [{page.title}]({url}{page.url}.md): {page.summary}".removesuffix(": ") for page in pages]
        lines.append("")
    return "\n".join(lines)

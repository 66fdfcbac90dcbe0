"""The documentation as pages: `/docs` from the Markdown files of docs/, `/dev` from those of docs/dev/.

It stands above all rooms, as executor_one.usage does: its tables are generated from billing, events and the kit.
"""

# Made by `make clients` out of aio/__init__.py: change that one.
"""The client itself. `sync` is made out of this one by `make clients`."""

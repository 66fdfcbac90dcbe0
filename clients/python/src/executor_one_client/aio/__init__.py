"""The client itself. `sync` is made out of this one by `make clients`."""

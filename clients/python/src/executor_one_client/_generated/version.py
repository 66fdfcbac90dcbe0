"""The version of the API that this was made for."""

VERSION = "1.0.0"

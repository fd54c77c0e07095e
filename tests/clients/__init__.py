"""The API's description satisfies linters, and clients that are generated from it work."""

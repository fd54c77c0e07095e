"""Schemas of everything that is read from outside: JSON requests, forms, rows of an import, and site.toml.

`fields` has the types of fields; every other module has one schema, its rules that need more than one field, and the
function that turns the input into a value of `broadsheet.model`. All broken rules of an input are reported at once.
"""

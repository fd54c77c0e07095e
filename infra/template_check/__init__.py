"""Checks the translated template for what AWS would refuse, what an upgrade would replace, and what outlives a failure.

It starts nothing and needs no network. `python -m infra.template_check` is part of `make check`.
"""

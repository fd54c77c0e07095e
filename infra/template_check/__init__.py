"""Reads the translated template as CloudFormation will, and reports what AWS would refuse, replace or leave behind.

It starts nothing and asks no network. `python -m infra.template_check` is part of `make check`.
"""

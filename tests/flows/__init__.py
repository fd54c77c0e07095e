"""Flows through the whole system.

Tests that take the fixture `world` run in this process over moto; those that take `local_deployment` run over HTTP,
with each function in a process of its own.
"""

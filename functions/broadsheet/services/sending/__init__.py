"""Sending issues to their readers."""

"""The site of a local deployment in a real browser: Chromium, driven by Playwright.

These tests cover what people see and do; `tests/unit/render/` covers the bytes, and `tests/flows/` the headers.
"""

"""The site in a real browser: Chromium, driven by Playwright, looks at the local stack.

What people see and do is tested here; the bytes are in `tests/unit/render/`, and the headers in `tests/flows/`.
"""

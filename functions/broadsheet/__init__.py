"""Broadsheet: articles in; feeds, pages and a newsletter out. The entry points in `functions/` wire its parts."""

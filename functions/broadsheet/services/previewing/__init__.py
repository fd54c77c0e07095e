"""Previews: the pages of the site as they would be with one more article or ad; see docs/previews.md."""

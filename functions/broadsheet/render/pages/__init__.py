"""HTML pages and their fragments."""

"""What software reads: feeds and sitemaps."""

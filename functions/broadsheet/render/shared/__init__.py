"""What all outputs share: URLs, templates, words, markup, HTTP headers."""

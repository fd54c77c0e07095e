"""The template: read, translated, and evaluated."""

"""The template: read, translated, evaluated."""

"""What surrounds the functions: the template's parts, checks of it, the local deployment, the smoke test, OpenAPI."""

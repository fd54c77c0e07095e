"""The `broadsheet` command: articles and subscribers, from a terminal, through the API."""

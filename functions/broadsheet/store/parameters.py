"""Systems Manager's parameters, for settings that a function cannot have in its environment."""

from typing import Any


def read_parameter(client: Any, name: str) -> str:
    """The value of a parameter, through an SSM client."""
    value: str = client.get_parameter(Name=name)["Parameter"]["Value"]
    return value

"""Systems Manager's parameters, for settings that a function cannot have in its environment."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ..model.config import Site


@dataclass(frozen=True)
class DeployedSite:
    """A site, and the parameter with its URL in this deployment. An SSM client reads it once, when it is first needed.

    A process keeps the URL. So after a change of it, each keeps the former one until Lambda ends the process.
    """

    client: Any
    parameter: str
    configured: Site

    @cached_property
    def site(self) -> Site:
        """The site with this deployment's URL."""
        url: str = self.client.get_parameter(Name=self.parameter)["Parameter"]["Value"]
        return replace(self.configured, base_url=url)

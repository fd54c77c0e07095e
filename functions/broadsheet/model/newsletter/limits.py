"""Rate limits for sign-ups, and the domains to which no mail is sent."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
SHARDS = 8  # of the site-wide count, so that no single row takes every sign-up


@dataclass(frozen=True, slots=True)
class SignUpLimits:
    """A site's settings: sign-ups an hour from one network and from all together, and the blocked domains.

    A blocked domain includes its subdomains.
    """

    per_network: int = 20
    per_hour: int = 1000
    blocked_domains: frozenset[str] = frozenset()
    allows_disposable: bool = False

    def blocks(self, domain: str) -> bool:
        """Whether no mail is sent to the domain, which is in lower case and Punycode."""
        return any(self._lists(parent) for parent in _with_parents(domain))

    def _lists(self, domain: str) -> bool:
        return domain in self.blocked_domains or (not self.allows_disposable and domain in _disposable())


@dataclass(frozen=True, slots=True)
class RateLimitWindow:
    """An hour in which sign-ups are counted under a key, up to a limit.

    `scope` is "network" for the sign-ups of one network, "all" for a shard of all sign-ups.
    """

    key: str
    hour: datetime
    limit: int
    scope: str

    @property
    def ends_at(self) -> datetime:
        return self.hour + HOUR


def rate_limit_windows(
    limits: SignUpLimits, network_id: str, now: datetime, randbelow: Callable[[int], int]
) -> tuple[RateLimitWindow, RateLimitWindow]:
    """The windows in which a sign-up at that time counts. `randbelow` is as in the standard library's `secrets`."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    shards = min(SHARDS, limits.per_hour)  # so that each shard's limit is at least 1
    shard = randbelow(shards)
    quotient, remainder = divmod(limits.per_hour, shards)
    return (
        RateLimitWindow(f"network#{network_id}", hour, limits.per_network, "network"),
        RateLimitWindow(f"all#{shard}", hour, quotient + (shard < remainder), "all"),
    )


def network(client_ip: str) -> str:
    """The network that is limited as one client: an IPv4 address, or the /64 of an IPv6 address (one household).

    Raises `ValueError` if `client_ip` is not an IP address.
    """
    parsed = ipaddress.ip_address(client_ip.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed, 64), strict=False))
        parsed = parsed.ipv4_mapped
    return str(parsed)


def _with_parents(domain: str) -> list[str]:
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]


def _disposable() -> frozenset[str] | set[str]:
    from disposable_email_domains import blocklist  # noqa: PLC0415  # thousands of names; only sign-ups need them

    return blocklist

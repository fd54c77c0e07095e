"""How many sign-ups are let in, from where, and to which domains mail is sent."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
SHARDS = 8  # of the count of all sign-ups, so that no single row takes them all


@dataclass(frozen=True, slots=True)
class SignUpLimits:
    """A site's own rules: sign-ups in an hour from one network and from all together, and the domains that get no mail.

    A domain that is refused takes those below it along.
    """

    per_network: int = 20
    per_hour: int = 1000
    blocked_domains: frozenset[str] = frozenset()
    allows_disposable: bool = False

    def refuses(self, domain: str) -> bool:
        """Whether no mail goes to addresses at the domain, which is in lower case and Punycode."""
        return any(self._lists(above) for above in _above(domain))

    def _lists(self, domain: str) -> bool:
        return domain in self.blocked_domains or (not self.allows_disposable and domain in _disposable())


@dataclass(frozen=True, slots=True)
class RateLimitWindow:
    """One of the counts that a sign-up adds to: its key, the hour that it is of, and how far it may go.

    `scope` tells what is full when it is: a network, which is one caller's doing, or everything.
    """

    key: str
    hour: datetime
    most: int
    scope: str

    @property
    def ends_at(self) -> datetime:
        """When counting begins anew."""
        return self.hour + HOUR


def rate_limit_windows(
    rules: SignUpLimits, network_id: str, now: datetime, lot: Callable[[int], int]
) -> tuple[RateLimitWindow, RateLimitWindow]:
    """What a sign-up at that moment adds to. `lot` draws a whole number below its argument."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    shards = min(SHARDS, rules.per_hour)  # each lets somebody in
    shard = lot(shards)
    each, more = divmod(rules.per_hour, shards)
    return (
        RateLimitWindow(f"network#{network_id}", hour, rules.per_network, "network"),
        RateLimitWindow(f"all#{shard}", hour, each + (shard < more), "all"),
    )


def network(address: str) -> str:
    """What counts as one caller: an IPv4 address, or the /64 that an IPv6 address is in, which one household has whole.

    Raises `ValueError` for what is no address.
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed, 64), strict=False))
        parsed = parsed.ipv4_mapped
    return str(parsed)


def _above(domain: str) -> list[str]:
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]


def _disposable() -> frozenset[str] | set[str]:
    from disposable_email_domains import blocklist  # noqa: PLC0415  thousands of names, for those who ask alone

    return blocklist

"""Rate limits for sign-ups, and the domains to which no mail is sent.

An attacker has networks, and cannot confirm at the mailboxes of others; readers do confirm. So the limits of networks
are fixed, and the limit of all grows with the confirmations of its hour: a newspaper's best day does not reach it.
"""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from .form import Form

Randbelow = Callable[[int], int]

HOUR = timedelta(hours=1)
SHARDS = 8  # of the site-wide count, so that no single row takes every sign-up
WIDER = 10  # as many sign-ups come from a wider network as from so many networks: carriers put whole towns behind one
REQUESTS_PER_SIGN_UP = 5  # a reader may mistype, and a page without a form token gets the form first
ROOM = 2  # sign-ups that a confirmation allows beyond the limit of all: half of the readers may never confirm
UNLIMITED = 10**9
SIGN_UPS, REQUESTS = "sign_ups", "requests"


@dataclass(frozen=True, slots=True)
class SignUpLimits:
    """A site's settings: sign-ups an hour from one network, those of all that nobody confirms, and the blocked domains.

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
    """An hour in which requests are counted under a key.

    `limits` has what this request adds one to, by name, and how far each may go: `sign_ups`, and `requests`, of which
    there are more, because refused ones are among them. `scope` is "network" for the requests of one network or of the
    wider one around it, "form" for those with one form token, "all" for a shard of all sign-ups, and "bots" for those
    of bots, which must take as much work.
    """

    key: str
    hour: datetime
    limits: Mapping[str, int]
    scope: Literal["network", "form", "all", "bots"]

    @property
    def ends_at(self) -> datetime:
        return self.hour + HOUR


def sign_up_windows(
    limits: SignUpLimits, networks: Sequence[str], form: Form, now: datetime, randbelow: Randbelow, *, is_bot: bool
) -> tuple[RateLimitWindow, ...]:
    """The windows in which a sign-up counts: a bot's for its network and its form, but not among all.

    `networks` are the ids of the client's network and of the wider one. `randbelow` is as in the standard library's
    `secrets`.
    """
    per_form = RateLimitWindow(f"form#{form.id}", _hour(form.loaded_at), {SIGN_UPS: limits.per_network}, "form")
    shard = shard_window(limits, now, randbelow)
    bots = RateLimitWindow(f"bots#{shard.key}", shard.hour, {SIGN_UPS: UNLIMITED}, "bots")
    return *_network_windows(limits, networks, now, SIGN_UPS, REQUESTS), per_form, bots if is_bot else shard


def refusal_windows(limits: SignUpLimits, networks: Sequence[str], now: datetime) -> tuple[RateLimitWindow, ...]:
    """The windows in which a request counts that is refused for what it says."""
    return _network_windows(limits, networks, now, REQUESTS)


def networks(client_ip: str) -> tuple[str, str]:
    """The network that is limited as one client, and the wider one around it.

    An IPv4 address and its /24; of IPv6 a /64, which is one household, and its /48, which is the most that providers
    give to one customer (RFC 6177 §2).

    Raises `ValueError` if `client_ip` is not an IP address.
    """
    parsed = ipaddress.ip_address(client_ip.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return _around(parsed, 64), _around(parsed, 48)
        parsed = parsed.ipv4_mapped
    return str(parsed), _around(parsed, 24)


def _network_windows(
    limits: SignUpLimits, networks: Sequence[str], now: datetime, *counted: str
) -> tuple[RateLimitWindow, ...]:
    one = {SIGN_UPS: limits.per_network, REQUESTS: limits.per_network * REQUESTS_PER_SIGN_UP}
    return tuple(
        RateLimitWindow(f"network#{id}", _hour(now), {name: one[name] * times for name in counted}, "network")
        for id, times in zip(networks, (1, WIDER), strict=True)
    )


def shard_window(limits: SignUpLimits, now: datetime, randbelow: Randbelow) -> RateLimitWindow:
    """The window of one shard of all sign-ups, in which a confirmation makes room for `ROOM` more.

    The limits of the shards add up to that of all.
    """
    shards = min(SHARDS, limits.per_hour)  # so that each shard's limit is at least 1
    shard = randbelow(shards)
    quotient, remainder = divmod(limits.per_hour, shards)
    return RateLimitWindow(f"all#{shard}", _hour(now), {SIGN_UPS: quotient + (shard < remainder)}, "all")


def _around(address: ipaddress.IPv4Address | ipaddress.IPv6Address, prefix: int) -> str:
    return str(ipaddress.ip_network((address, prefix), strict=False))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _with_parents(domain: str) -> list[str]:
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]


def _disposable() -> frozenset[str] | set[str]:
    from disposable_email_domains import blocklist  # noqa: PLC0415  # thousands of names; only sign-ups need them

    return blocklist

"""Calls to this machine ignore the proxy that the environment names."""

from urllib.request import getproxies, proxy_bypass

import pytest

from infra.local.web import bypass_proxies


@pytest.mark.parametrize("named", [None, "no_proxy", "NO_PROXY"])
def test_loopback_bypasses_a_proxy_and_the_hosts_that_were_named_still_do(
    named: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "intranet.example" if name == named else "")
    bypass_proxies()
    bypass_proxies()
    assert getproxies()["http"] == "http://proxy.example:3128"
    assert proxy_bypass("127.0.0.1:8080")
    assert proxy_bypass("localhost:8080")
    assert bool(proxy_bypass("intranet.example")) == (named is not None)
    assert not proxy_bypass("www.example.org")

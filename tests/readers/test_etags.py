"""ETags: how clients and caches learn whether a feed has changed."""

import hashlib

import pytest
import urllib3

from broadsheet_cli.client import connect
from infra.local.deployment.local_deployment import LocalDeployment
from tests.readers import edition

http = urllib3.PoolManager(retries=False)
FOLDERS = (*edition.FOLDERS, "/en/section/world/", "/en/section/sport/", "/ar/section/world/", "/ar/section/sport/")
FEEDS = [edition.feed(folder, ending) for folder in FOLDERS for ending in edition.ENDINGS]


@pytest.fixture(scope="module")
def site(local_deployment: LocalDeployment) -> LocalDeployment:
    """The local deployment, with an article in every feed."""
    with connect(local_deployment.url) as client:
        for code in edition.TITLES:
            for section in ("city", "world", "sport"):
                article = edition.article(code, f"Of {section}", "2026-03-14T10:00:00Z", section=section)
                client.put(f"{section}-{code}", article)
    local_deployment.settle()
    return local_deployment


def tags(site: LocalDeployment) -> dict[str, str]:
    """Every feed's ETag, which is strong and the hash of the feed."""
    found = {}
    for feed in FEEDS:
        answer = http.request("GET", site.url + feed)
        found[feed] = answer.headers["ETag"]
        digest = hashlib.md5(answer.data, usedforsecurity=False).hexdigest()
        assert (answer.status, found[feed]) == (200, f'"{digest}"'), feed
    return found


@pytest.mark.proof  # tests/flows/test_serving.py has a quick one, of fewer feeds
def test_publishing_in_one_section_leaves_the_etags_of_the_others_unchanged(site: LocalDeployment) -> None:
    """feeds#23"""
    before = tags(site)
    article = edition.article("en", "Regatta moved", "2026-03-15T10:00:00Z", section="sport", tags=[], authors=[])
    with connect(site.url) as client:
        client.put("etags-regatta", article | {"kind": "article"})
    site.settle()
    after = tags(site)
    changed = {feed for feed in FEEDS if after[feed] != before[feed]}
    assert changed == {
        edition.feed(folder, ending) for folder in ("/", "/en/", "/en/section/sport/") for ending in edition.ENDINGS
    }
    for feed in FEEDS:
        again = http.request("GET", site.url + feed, headers={"If-None-Match": before[feed]})
        assert again.status == (200 if feed in changed else 304), feed

"""What channels are called, on pages and in feeds, and what is said of them."""

from collections.abc import Sequence

from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Site
from ...model.slug import name_key
from .words import autonym, words


def name(channel: Channel, site: Site, articles: Sequence[Article]) -> str:
    """What it is called where its paper is known. `articles` are the channel's, newest first.

    A tag or an author is called what the newest article calls it. What has no name any more keeps its key for one.
    """
    if channel.edition is None:
        return " · ".join(autonym(edition) for edition in site.editions.values())
    edition = site.editions[channel.edition]
    kind, _, key = channel.listing.partition("/")
    match kind:
        case "all":
            return edition.name
        case "caricatures":
            return words(edition).caricatures
        case "section":
            return edition.sections.get(key, key)
    given = (each for article in articles for each in (article.tags if kind == "tag" else article.authors))
    return next((each for each in given if name_key(each) == key), key)


def title(channel: Channel, site: Site, articles: Sequence[Article]) -> str:
    """What its feeds are called: the paper's name, and the channel's own behind it."""
    return site.name if channel.edition is None else label(channel, site, name(channel, site, articles))


def label(channel: Channel, site: Site, name: str) -> str:
    """What lists of feeds call it: its title; but all editions together are told from one that has the site's name."""
    if channel.edition is None:
        return f"{site.name}: {name}"
    paper = site.editions[channel.edition].name
    return paper if channel.listing == "all" else f"{paper}: {name}"


def description(channel: Channel, site: Site) -> str:
    """What it holds, in a sentence. That of an edition is its own tagline."""
    if channel.edition is None:
        return words(next(iter(site.editions.values()))).everything_holds
    edition = site.editions[channel.edition]
    said = words(edition)
    kind = channel.listing.partition("/")[0]
    held = {
        "all": edition.tagline,
        "caricatures": said.caricatures_hold,
        "section": said.section_holds,
        "tag": said.tag_holds,
        "author": said.author_holds,
    }
    return held[kind]

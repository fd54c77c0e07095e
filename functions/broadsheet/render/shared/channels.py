"""Names and descriptions of channels, on pages and in feeds. The newsletter's issues have feeds as channels have."""

from collections.abc import Sequence

from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Site
from ...model.slug import name_key
from .locale import autonym, locale


def name(channel: Channel, site: Site, articles: Sequence[Article]) -> str:
    """The channel's name within its edition. `articles` are the channel's, newest first.

    The name of a tag or an author is the newest article's spelling. A channel that no article and no setting names is
    called by its key.
    """
    if channel.edition is None:
        return " · ".join(autonym(edition) for edition in site.editions.values())
    edition = site.editions[channel.edition]
    kind, _, key = channel.listing.partition("/")
    match kind:
        case "all":
            return edition.name
        case "caricatures":
            return locale(edition).channels.caricatures
        case "newsletter":
            return locale(edition).issues.title
        case "section":
            return edition.sections.get(key, key)
    spellings = (name for article in articles for name in (article.tags if kind == "tag" else article.authors))
    return next((name for name in spellings if name_key(name) == key), key)


def title(channel: Channel, site: Site, articles: Sequence[Article]) -> str:
    """The title of the channel's feeds: the edition's name, then the channel's own."""
    return site.name if channel.edition is None else label(channel, site, name(channel, site, articles))


def label(channel: Channel, site: Site, name: str) -> str:
    """The channel in lists of feeds: its title. The channel of all editions also names them, since an edition may have
    the site's name.
    """
    if channel.edition is None:
        return f"{site.name}: {name}"
    edition = site.editions[channel.edition].name
    return edition if channel.listing == "all" else f"{edition}: {name}"


def description(channel: Channel, site: Site) -> str:
    """What the channel holds, in a sentence; for a whole edition its tagline."""
    if channel.edition is None:
        return locale(next(iter(site.editions.values()))).channels.everything_holds
    edition = site.editions[channel.edition]
    texts = locale(edition)
    descriptions = {
        "all": edition.tagline,
        "caricatures": texts.channels.caricatures_hold,
        "newsletter": texts.issues.intro,
        "section": texts.channels.section_holds,
        "tag": texts.channels.topic_holds,
        "author": texts.channels.author_holds,
    }
    return descriptions[channel.listing.partition("/")[0]]


def named(article: Article, kind: str) -> list[tuple[Channel, str]]:
    """The channels and names of the article's tags (`tag/`) or authors (`author/`), in its own order."""
    return [(channel, name) for channel, name in article.names.items() if channel.listing.startswith(kind)]

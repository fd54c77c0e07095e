"""Cards of films, recordings and posts: a link that names the site, in place of a player that would follow readers."""

import re
from html import unescape
from urllib.parse import unquote, urlsplit

# The hosts of each site, without the parts that `FRONTS` names, and the paths of its films, recordings and posts.
SITES = (
    ("YouTube", r"youtube\.com|youtube-nocookie\.com", r"/(?:watch|shorts|live|embed|playlist|v|clip)\b.*"),
    ("YouTube", r"youtu\.be", r"/[\w-]+.*"),
    ("Vimeo", r"vimeo\.com|player\.vimeo\.com", r"/.*\d.*"),
    ("Dailymotion", r"dailymotion\.com|geo\.dailymotion\.com", r"/(?:video|embed|playlist|player).*"),
    ("Dailymotion", r"dai\.ly", r"/\w+.*"),
    ("SoundCloud", r"soundcloud\.com", r"/[^/]+/[^/]+.*"),
    ("SoundCloud", r"on\.soundcloud\.com|snd\.sc", r"/\w+.*"),
    ("Spotify", r"open\.spotify\.com|spotify\.link|podcasters\.spotify\.com", r"/.+"),
    ("Apple Podcasts", r"(?:embed\.)?podcasts\.apple\.com", r"/.+"),
    ("Apple Music", r"(?:embed\.)?music\.apple\.com", r"/.+"),
    ("TikTok", r"tiktok\.com", r"/(?:@[^/]+/(?:video|photo)|t|embed|v)/.+"),
    ("TikTok", r"v[mt]\.tiktok\.com", r"/\w+.*"),
    ("X", r"x\.com|twitter\.com", r"/.+/status/\d+.*"),
    ("Instagram", r"instagram\.com", r"/(?:[^/]+/)?(?:p|reels?|tv)/.+"),
    ("Facebook", r"facebook\.com", r"/(?:watch|reel|share|video\.php|plugins/(?:video|post)\.php).*"),
    ("Facebook", r"facebook\.com", r"/[^/]+/(?:videos|posts)/.+"),
    ("Facebook", r"fb\.watch", r"/\w+.*"),
    ("Threads", r"threads\.(?:net|com)", r"/@[^/]+/post/.+"),
    ("Bluesky", r"bsky\.app", r"/profile/[^/]+/post/.+"),
    ("Telegram", r"t\.me", r"/[^/]+/\d+.*"),
    ("Mixcloud", r"mixcloud\.com", r"/[^/]+/[^/]+.*"),
    ("Bandcamp", r"[\w-]+\.bandcamp\.com", r"/(?:track|album)/.+"),
    ("Anghami", r"play\.anghami\.com|anghami\.com", r"/.+"),
    ("Deezer", r"deezer\.com|widget\.deezer\.com", r"/.+"),
    ("Twitch", r"twitch\.tv|clips\.twitch\.tv|player\.twitch\.tv", r"/.+"),
    ("TED", r"ted\.com|embed\.ted\.com", r"/talks/.+"),
    ("Internet Archive", r"archive\.org", r"/(?:details|embed)/.+"),
)  # fmt: skip
FRONTS = re.compile(r"^(?:www|m|mobile|web|music)\.(?=[^.]+\.(?:com|tv)$)")
# A block that is nothing but the address of a page: an embed, as WordPress and chats write one.
# Word processors put spans around it, and copied text brings invisible marks.
_SPACE = r"\s|&nbsp;|[\u061c\u200b\u200e\u200f\u2060\ufeff]"
ALONE = re.compile(
    rf"(<(p|div|figure|li|td|dd|blockquote)(?: [^<>]*)?>)(\s*+)(?:{_SPACE}|<span>)*+"
    r'(?:(?:<a href="([^"<>]*)"(?: rel="[^"]*")?>(?:<span>)*)?(https?://[^\s<>"\u200b-\u200f]+)(?:</span>)*(</a>)?'
    r'|<a href="([^"<>]*)" class="card">([^<>]*)</a>)'
    rf"(?:{_SPACE}|</span>)*+(</\2>)|<a[ >]|</a>",
)


def linked(html: str) -> str:
    """The HTML in which an address that is alone in its block is a card or a link, unless it is in a link."""
    inside = False

    def link(match: re.Match[str]) -> str:
        nonlocal inside
        start, name, blanks, href, url, closed, player, title, end = match.groups()
        if name is None:
            inside = match[0] != "</a>"
            return match[0]
        if inside or bool(href) != bool(closed) or (href and not _says_itself(href, url)):
            inside = inside or bool(href and not closed)
            return match[0]
        address = player or href or url
        if made := _of_block(name, start + blanks, address, title or ""):
            return made if name == "p" else made + end
        return match[0] if href else f'{start}{blanks}<a href="{address}">{title or url}</a>{end}'

    return ALONE.sub(link, html)


def _says_itself(href: str, text: str) -> bool:
    return unquote(unescape(href)) == unquote(unescape(text))


def site(url: str) -> str | None:
    """The name of the site whose film, recording or post has this address; None for any other address."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    variants = {host, FRONTS.sub("", host)}
    path = f"{parts.path}?{parts.query}"
    for name, hosts, paths in SITES:  # compiled when the first address is looked up, not when a function starts
        if any(re.fullmatch(hosts, each) for each in variants) and re.fullmatch(paths, path, re.DOTALL):
            return name
    return None


def card(href: str, name: str, title: str = "") -> str:
    """The card, of an address and a title that are escaped for HTML. Without a title it shows the address."""
    shown = f"<bdi>{title}</bdi>" if title else f'<bdi dir="ltr">{_short(href)}</bdi>'
    return f'<figure class="card"><a href="{href}"><b>▶ <bdi lang="en">{name}</bdi></b> {shown}</a></figure>'


def _of_block(name: str, start: str, href: str, title: str) -> str | None:
    """The card for the address, or the player, that is alone in a block; None if the address is of no known site."""
    found = site(unescape(href))
    if not found:
        return None
    made = card(href, found, title)
    return made if name == "p" else f"{start}{made}"


def _short(href: str) -> str:
    return re.sub(r"^https?://(?:www\.)?", "", href)

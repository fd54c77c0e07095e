"""The types of the texts that readers see. Each file `locales/*.toml` that is built in has exactly these keys.

`language` alone is the name of the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ...model import config
from . import plurals
from .dates import Dates


@dataclass(frozen=True, slots=True)
class Message:
    """A page that says one thing."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Action:
    """A page or a part of one with a button that does one thing."""

    title: str
    text: str
    button: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What most pages share. `published_by` has the field `{name}`."""

    skip: str
    editions: str
    dark_mode: str
    headlines: str
    pause: str
    resume: str
    latest: str
    more: str
    front_page: str
    archive: str
    breadcrumbs: str
    adjacent: str
    previous: str
    next: str
    empty: str
    advertisement: str
    copied: str
    menu: str
    footer: str
    published_by: str
    coming: Message


@dataclass(frozen=True, slots=True)
class Plural:
    """A text that depends on a whole number: a form for each plural category that the language has (`plurals`).

    Each form may have the field `{count}`. A form that a locale lacks is that of `other`, or else the last one.
    """

    forms: Mapping[str, str]

    def form(self, category: str) -> str:
        """The text for numbers of that category."""
        return self.forms.get(category) or self.forms.get("other") or [*self.forms.values()][-1]


@dataclass(frozen=True, slots=True)
class Articles:
    """Articles and lists of them.

    `continue_reading` and `link_to_heading` have the field `{title}`.
    """

    by: str
    updated: str
    correction: str
    corrections: str
    recording: str
    download: str
    topics: str
    related: str
    caricature: str
    share: str
    share_by_email: str
    copy_link: str
    count: Plural
    continue_reading: str
    link_to_heading: str
    back_to_mark: str
    reading_time: Plural
    table: str
    code: str


@dataclass(frozen=True, slots=True)
class Channels:
    """The names of channels, and what each of them holds."""

    whole_edition: str
    all_editions: str
    sections: str
    caricatures: str
    authors: str
    author: str
    topics: str
    topic: str
    everything_holds: str
    edition_holds: str
    section_holds: str
    caricatures_hold: str
    author_holds: str
    topic_holds: str
    sections_hold: str
    authors_hold: str
    topics_hold: str


@dataclass(frozen=True, slots=True)
class Feeds:
    """The feed directory, and links to feeds. `notice` stands above a feed that a browser shows."""

    title: str
    intro: str
    formats: str
    all_feeds: str
    follow: str
    opml: str
    copy_address: str
    notice: str


@dataclass(frozen=True, slots=True)
class ErrorPages:
    """The pages that answer 404 and 410."""

    not_found: Message
    gone: Message
    links: str


@dataclass(frozen=True, slots=True)
class PreviewBar:
    """The bar above the pages of a preview. `notice` has the field `{until}`, a date and time."""

    title: str
    notice: str
    article: str
    on_site: str


@dataclass(frozen=True, slots=True)
class SignUp:
    """The form for signing up, on its own page and beside articles, and the page that follows it."""

    title: str
    pitch: str
    pitch_of_edition: str
    email: str
    button: str
    failed: str
    needs_script: str
    accepted: Message
    accepted_more: str


@dataclass(frozen=True, slots=True)
class Links:
    """The form by which a subscriber gets new links, and the page that follows it."""

    title: str
    text: str
    button: str
    accepted: Message
    accepted_more: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What subscribers choose."""

    edition: str
    sections: str
    all_sections: str
    frequency: str
    daily: str
    weekly: str


@dataclass(frozen=True, slots=True)
class IssueMail:
    """The mail of an issue. `also` has the field `{headlines}`: what else is in the issue.

    `test` is the first line of a test mail, and `test_subject` has the field `{subject}`. `daily_list` and
    `weekly_list` are the names under which mail programs file issues.
    """

    also: str
    browser: str
    rest: str
    reason: str
    unsubscribe: str
    preferences: str
    test: str
    test_subject: str
    daily_list: str
    weekly_list: str


@dataclass(frozen=True, slots=True)
class Issues:
    """Issues of the newsletter: their pages, feeds and mails. `daily` and `weekly` have the field `{day}`.

    `next_daily` and `next_weekly` say when the next issue comes, with the fields `{day}` and `{time}`.
    """

    title: str
    intro: str
    past: str
    daily: str
    weekly: str
    next_daily: str
    next_weekly: str
    empty: str
    withdrawn: str
    previous: str
    all: str
    mail: IssueMail


@dataclass(frozen=True, slots=True)
class Subscription:
    """The pages behind the links of mails, and the pages that follow their buttons."""

    confirm: Action
    confirmed: Message
    unsubscribe: Action
    unsubscribed: Message
    erased: Message
    front_page: str


@dataclass(frozen=True, slots=True)
class PreferencesPage:
    """A subscriber's own page."""

    title: str
    saved: str
    save: str
    pending: str
    unsubscribed: str
    bounced: str
    suppressed: str
    subscribe_again: str
    unsubscribe: Action
    export: Action
    erase: Action


@dataclass(frozen=True, slots=True)
class Refusals:
    """Why a request is refused. `field` has the field `{field}`, the name of a form's field."""

    confirm_link: Message
    unsubscribe_link: Message
    preferences_link: Message
    not_subscribed: Message
    switched_off: Message
    too_many: Message
    captcha_unavailable: Message
    other: Message
    invalid: str
    email: str
    blocked_domain: str
    sections: str
    form_token: str
    captcha: str
    field: str
    go_back: str


@dataclass(frozen=True, slots=True)
class MailTexts:
    """One kind of mail. `preheader` is what a mail program shows beside the subject in its list."""

    subject: str
    preheader: str
    heading: str
    text: str
    button: str
    note: str
    link_intro: str
    link: str


@dataclass(frozen=True, slots=True)
class Mails:
    """The newsletter's transactional mails.

    `imported_from` is the text of the mail to an imported subscriber where the publisher says where the email comes
    from, with the field `{source}`.
    """

    button_fallback: str
    confirmation: MailTexts
    welcome: MailTexts
    farewell: MailTexts
    links: MailTexts
    reminder: MailTexts
    imported: MailTexts
    imported_from: str


@dataclass(frozen=True, slots=True)
class Locale:
    """All texts of one edition. `autonym` is the language's own name for itself."""

    language: str
    autonym: str
    dates: Dates
    layout: Layout
    articles: Articles
    channels: Channels
    feeds: Feeds
    errors: ErrorPages
    preview: PreviewBar
    sign_up: SignUp
    links: Links
    choices: Choices
    subscription: Subscription
    preferences: PreferencesPage
    refusals: Refusals
    mails: Mails
    issues: Issues

    def counted(self, count: int) -> str:
        """How many articles there are."""
        return self._plural(self.articles.count, count)

    def reading_time(self, minutes: int) -> str:
        """How long an article takes to read; nothing for less than two minutes."""
        return self._plural(self.articles.reading_time, minutes) if minutes > 1 else ""

    def imprint(self, publisher: config.Publisher | None) -> str:
        """Who publishes the paper, with the lines of the postal address, in one line; empty for nobody."""
        if publisher is None:
            return ""
        name = self.layout.published_by.format(name=publisher.name)
        return f"{self.dates.comma} ".join([name, *publisher.address_lines])

    def _plural(self, text: Plural, number: int) -> str:
        return text.form(plurals.category(self.language, number)).format(count=self.dates.number(number))

"""The types of the texts that readers see. Each file `locales/*.toml` has exactly these keys."""

from dataclasses import dataclass

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
    """What most pages share."""

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
    coming: Message


@dataclass(frozen=True, slots=True)
class ReadingTime:
    """A number of minutes, by the plural categories of numbers above one (CLDR); all but `two` have the field
    `{count}`.

    Arabic uses all of them: two, 3 to 10, 11 to 99, and the rest. A language with one plural has four equal texts.
    """

    two: str
    few: str
    many: str
    other: str

    def form(self, count: int) -> str:
        """The text for that number."""
        if count == 2:  # the dual
            return self.two
        hundredth = count % 100
        return self.few if 3 <= hundredth <= 10 else self.many if hundredth > 10 else self.other


@dataclass(frozen=True, slots=True)
class Articles:
    """Articles and lists of them.

    `count` has the field `{count}`; `continue_reading` and `link_to_heading` have the field `{title}`.
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
    count: str
    continue_reading: str
    link_to_heading: str
    back_to_mark: str
    reading_time: ReadingTime
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
    """The mail of an issue. `also` has the field `{headlines}`: what else is in the issue."""

    also: str
    browser: str
    rest: str
    reason: str
    unsubscribe: str
    preferences: str


@dataclass(frozen=True, slots=True)
class Issues:
    """Issues of the newsletter: their pages, feeds and mails. `daily` and `weekly` have the field `{day}`."""

    title: str
    intro: str
    past: str
    daily: str
    weekly: str
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
    """The newsletter's transactional mails."""

    button_fallback: str
    confirmation: MailTexts
    welcome: MailTexts
    farewell: MailTexts
    links: MailTexts


@dataclass(frozen=True, slots=True)
class Locale:
    """All texts of one edition. `autonym` is the language's own name for itself."""

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
        return self.articles.count.format(count=self.dates.number(count))

    def reading_time(self, minutes: int) -> str:
        """How long an article takes to read; nothing for less than two minutes."""
        form = self.articles.reading_time.form(minutes)
        return form.format(count=self.dates.number(minutes)) if minutes > 1 else ""

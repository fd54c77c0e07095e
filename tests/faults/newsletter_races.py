"""The races of the newsletter: the state before each, and its actors."""

from datetime import timedelta

from tests.faults.newsletter_flows import (
    WEEKLY,
    asked_for_links,
    bounced_hard,
    complained,
    confirmed,
    farewell_sent,
    imported,
    mailed,
    reader,
    signed_up,
    signed_up_again,
    signed_up_though_confirmed,
    token,
    unsubscribed,
    welcomed,
)
from tests.faults.newsletter_race import DAY, NewsletterRace, NewsletterRaceContext
from tests.faults.process import MINUTE
from tests.faults.scheduler import Act
from tests.faults.testbed import nothing


def _two_sign_ups(context: NewsletterRaceContext) -> dict[str, Act]:
    return (
        context.acts("one", lambda reader: reader.sign_up())
        | context.acts("two", lambda reader: reader.sign_up("Reader@EXAMPLE.org", edition="ar"))
        | context.sends_mail("mail")
    )


def _two_spellings(context: NewsletterRaceContext) -> dict[str, Act]:
    """Two mailers, each with the sign-up of another spelling of one mailbox."""
    first = context.bed.subscribers.take()
    context.bed.process(MINUTE).sign_up("reader+news@example.org")
    return context.sends_mail("mail", first) | context.sends_mail("other", context.bed.subscribers.take())


def _confirming(context: NewsletterRaceContext) -> dict[str, Act]:
    link = token(context.bed, "confirm")
    return context.acts("confirmer", lambda reader: reader.confirm(link))


def _leaving(context: NewsletterRaceContext) -> dict[str, Act]:
    link = token(context.bed, "unsubscribe")
    return context.acts("leaver", lambda reader: reader.unsubscribe(link))


def _erasing(context: NewsletterRaceContext) -> dict[str, Act]:
    return context.acts("eraser", lambda reader: reader.erase())


def _signing_up(context: NewsletterRaceContext, after: timedelta = DAY + MINUTE) -> dict[str, Act]:
    return context.acts("reader", lambda reader: reader.sign_up(), after)


def _confirming_and_leaving(context: NewsletterRaceContext) -> dict[str, Act]:
    return _confirming(context) | _leaving(context) | context.sends_mail("mail")


def _confirming_twice(context: NewsletterRaceContext) -> dict[str, Act]:
    link = token(context.bed, "confirm")
    again = context.acts("confirmer again", lambda reader: reader.confirm(link))
    return _confirming(context) | again | context.sends_mail("mail")


def _notice(context: NewsletterRaceContext, kind: str, mail: int = 1) -> dict[str, Act]:
    id = reader(context.bed)
    return context.acts(kind, lambda function: function.handle_notification(id, kind, mail))  # type: ignore[arg-type]  # a `Kind`


def _confirming_and_a_bounce(context: NewsletterRaceContext) -> dict[str, Act]:
    return _confirming(context) | _notice(context, "hard bounce") | context.sends_mail("mail")


def _confirming_and_a_complaint(context: NewsletterRaceContext) -> dict[str, Act]:
    return _confirming(context) | _notice(context, "complaint") | context.sends_mail("mail")


def _confirming_and_mail(context: NewsletterRaceContext) -> dict[str, Act]:
    return _confirming(context) | context.sends_mail("mail")


def _leaving_and_mail(context: NewsletterRaceContext) -> dict[str, Act]:
    return _leaving(context) | context.sends_mail("mail")


def _erasing_and_mail(context: NewsletterRaceContext) -> dict[str, Act]:
    return _erasing(context) | context.sends_mail("mail")


def _complaining_and_mail(context: NewsletterRaceContext) -> dict[str, Act]:
    return _notice(context, "complaint") | context.sends_mail("mail")


def _erasing_and_signing_up(context: NewsletterRaceContext) -> dict[str, Act]:
    return _erasing(context) | _signing_up(context) | context.sends_mail("mail")


def _erasing_and_a_slow_sign_up(context: NewsletterRaceContext) -> dict[str, Act]:
    """The sign-up read its clock before the erasure did, whenever it is written."""
    return _erasing(context) | _signing_up(context, DAY - MINUTE) | context.sends_mail("mail")


def _two_mailers(context: NewsletterRaceContext) -> dict[str, Act]:
    records = context.bed.subscribers.take()
    return context.sends_mail("mail", records) | context.sends_mail("other", dict(records))


def _two_workers_and_confirming(context: NewsletterRaceContext) -> dict[str, Act]:
    return _two_mailers(context) | _confirming(context)


def _two_workers_and_leaving(context: NewsletterRaceContext) -> dict[str, Act]:
    return _two_mailers(context) | _leaving(context)


def _asking(context: NewsletterRaceContext) -> dict[str, Act]:
    return context.acts("asker", lambda reader: reader.ask_for_links())


def _asking_and_confirming(context: NewsletterRaceContext) -> dict[str, Act]:
    return _asking(context) | _confirming(context) | context.sends_mail("mail")


def _asking_and_leaving(context: NewsletterRaceContext) -> dict[str, Act]:
    return _asking(context) | _leaving(context) | context.sends_mail("mail")


def _asking_and_erasing(context: NewsletterRaceContext) -> dict[str, Act]:
    return _asking(context) | _erasing(context) | context.sends_mail("mail")


def _editor_unsubscribing(context: NewsletterRaceContext) -> dict[str, Act]:
    return context.acts("unsubscriber", lambda editor: editor.unsubscribe_reader())


def _editor_erasing(context: NewsletterRaceContext) -> dict[str, Act]:
    return context.acts("eraser", lambda editor: editor.erase_reader())


def _importing(context: NewsletterRaceContext) -> dict[str, Act]:
    return context.acts("importer", lambda editor: editor.import_reader())


def _editor_unsubscribing_and_confirming(context: NewsletterRaceContext) -> dict[str, Act]:
    return _editor_unsubscribing(context) | _confirming(context) | context.sends_mail("mail")


def _editor_erasing_and_confirming(context: NewsletterRaceContext) -> dict[str, Act]:
    return _editor_erasing(context) | _confirming(context) | context.sends_mail("mail")


def _editor_unsubscribing_and_importing(context: NewsletterRaceContext) -> dict[str, Act]:
    return _editor_unsubscribing(context) | _importing(context) | context.sends_mail("mail")


def _editor_erasing_and_importing(context: NewsletterRaceContext) -> dict[str, Act]:
    return _editor_erasing(context) | _importing(context) | context.sends_mail("mail")


def _importing_and_confirming(context: NewsletterRaceContext) -> dict[str, Act]:
    return _importing(context) | _confirming(context) | context.sends_mail("mail")


def _editor_erasing_and_mail(context: NewsletterRaceContext) -> dict[str, Act]:
    return _editor_erasing(context) | context.sends_mail("mail")


def _editor_unsubscribing_and_mail(context: NewsletterRaceContext) -> dict[str, Act]:
    return _editor_unsubscribing(context) | context.sends_mail("mail")


def _preferences_and_leaving(context: NewsletterRaceContext) -> dict[str, Act]:
    prefer = context.acts("chooser", lambda reader: reader.prefer(WEEKLY))
    return prefer | _leaving(context) | context.sends_mail("mail")


def _coming_back(context: NewsletterRaceContext) -> dict[str, Act]:
    return _signing_up(context) | context.sends_mail("mail")


def _lifting(context: NewsletterRaceContext) -> dict[str, Act]:
    return context.acts("lifter", lambda editor: editor.lift().changed)


def _lifting_twice(context: NewsletterRaceContext) -> dict[str, Act]:
    return _lifting(context) | context.acts("lifter again", lambda editor: editor.lift().changed, DAY + MINUTE)


def _lifting_and_the_same_complaint(context: NewsletterRaceContext) -> dict[str, Act]:
    return _lifting(context) | _notice(context, "complaint", 9)


def _lifting_and_a_later_complaint(context: NewsletterRaceContext) -> dict[str, Act]:
    return _lifting(context) | _notice(context, "complaint", 20)


def _lifting_and_a_bounce(context: NewsletterRaceContext) -> dict[str, Act]:
    """Of a mail from before the lift, and of one after it."""
    late = context.acts("late bounce", lambda ses: ses.handle_notification(reader(context.bed), "hard bounce", 5))
    return _lifting(context) | late | _notice(context, "hard bounce", 2 * DAY // MINUTE)


def _lifting_and_signing_up(context: NewsletterRaceContext) -> dict[str, Act]:
    return _lifting(context) | _signing_up(context) | context.sends_mail("mail")


def _lifting_and_erasing(context: NewsletterRaceContext) -> dict[str, Act]:
    return _lifting(context) | _erasing(context)


def _lifting_and_leaving(context: NewsletterRaceContext) -> dict[str, Act]:
    return _lifting(context) | _leaving(context) | context.sends_mail("mail")


RACES = (
    NewsletterRace("the same address signs up twice", nothing, _two_sign_ups, 2),
    NewsletterRace("confirming while leaving", mailed, _confirming_and_leaving, 2),
    NewsletterRace("confirming twice", mailed, _confirming_twice, 2),
    NewsletterRace("confirming while a mail bounces", mailed, _confirming_and_a_bounce, 2),
    NewsletterRace("confirming while a complaint comes", mailed, _confirming_and_a_complaint, 2),
    NewsletterRace("a confirmation while an earlier mail is answered", signed_up_again, _confirming_and_mail),
    NewsletterRace("a confirmation while the subscriber declines", signed_up_again, _leaving_and_mail),
    NewsletterRace("a confirmation while the subscriber is erased", signed_up_again, _erasing_and_mail),
    NewsletterRace("a confirmation while a complaint comes", signed_up_again, _complaining_and_mail),
    NewsletterRace("a welcome while the subscriber leaves", confirmed, _leaving_and_mail),
    NewsletterRace("a welcome while the subscriber is erased", confirmed, _erasing_and_mail),
    NewsletterRace("a welcome while a complaint comes", confirmed, _complaining_and_mail),
    NewsletterRace("a farewell while the subscriber is erased", unsubscribed, _erasing_and_mail),
    NewsletterRace("a farewell while the subscriber signs up again", unsubscribed, _coming_back),
    NewsletterRace("a pending subscriber is erased and signs up", mailed, _erasing_and_signing_up, 2),
    NewsletterRace("a confirmed subscriber is erased and signs up", welcomed, _erasing_and_signing_up, 2),
    NewsletterRace("an unsubscribed subscriber is erased and signs up", farewell_sent, _erasing_and_signing_up, 2),
    NewsletterRace("a subscriber is erased after a slow sign-up", welcomed, _erasing_and_a_slow_sign_up, 2),
    NewsletterRace("preferences while leaving", welcomed, _preferences_and_leaving, 2),
    NewsletterRace("two editors lift a complaint", complained, _lifting_twice),
    NewsletterRace("two editors lift a suppression for bounces", bounced_hard, _lifting_twice),
    NewsletterRace("a complaint comes again while it is lifted", complained, _lifting_and_the_same_complaint),
    NewsletterRace("a later complaint comes while one is lifted", complained, _lifting_and_a_later_complaint),
    NewsletterRace("mails bounce while a suppression is lifted", bounced_hard, _lifting_and_a_bounce, 2),
    NewsletterRace("a complaint is lifted while the reader signs up", complained, _lifting_and_signing_up, 2),
    NewsletterRace("a suppression for bounces is lifted at a sign-up", bounced_hard, _lifting_and_signing_up, 2),
    NewsletterRace("a complaint is lifted while the reader is erased", complained, _lifting_and_erasing),
    NewsletterRace("a suppression for bounces is lifted at an erasure", bounced_hard, _lifting_and_erasing),
    NewsletterRace("a suppression for bounces is lifted at an unsubscription", bounced_hard, _lifting_and_leaving, 2),
    NewsletterRace("asking for links while confirming", mailed, _asking_and_confirming, 2),
    NewsletterRace("asking for links while leaving", welcomed, _asking_and_leaving, 2),
    NewsletterRace("asking for links while the subscriber is erased", welcomed, _asking_and_erasing, 2),
    NewsletterRace("new links while the subscriber leaves", asked_for_links, _leaving_and_mail),
    NewsletterRace("new links while the subscriber is erased", asked_for_links, _erasing_and_mail),
    NewsletterRace("new links while a complaint comes", asked_for_links, _complaining_and_mail),
    NewsletterRace("two mailers with one request for links", asked_for_links, _two_mailers),
    NewsletterRace("an editor unsubscribes who confirms", mailed, _editor_unsubscribing_and_confirming, 2),
    NewsletterRace("an editor erases who confirms", mailed, _editor_erasing_and_confirming, 2),
    NewsletterRace("an editor unsubscribes whom another imports", mailed, _editor_unsubscribing_and_importing, 2),
    NewsletterRace("an editor erases whom another imports", mailed, _editor_erasing_and_importing, 2),
    NewsletterRace("an import while confirming", mailed, _importing_and_confirming, 2),
    NewsletterRace("a mail after an import while an editor erases", imported, _editor_erasing_and_mail),
    NewsletterRace("a mail after an import while an editor unsubscribes", imported, _editor_unsubscribing_and_mail),
    NewsletterRace("a reminder while the subscriber leaves", signed_up_though_confirmed, _leaving_and_mail),
    NewsletterRace("a reminder while the subscriber is erased", signed_up_though_confirmed, _erasing_and_mail),
    NewsletterRace("a reminder while a complaint comes", signed_up_though_confirmed, _complaining_and_mail),
    NewsletterRace("two mailers with one reminder", signed_up_though_confirmed, _two_mailers),
    NewsletterRace("two mailers with one sign-up", signed_up, _two_mailers),
    NewsletterRace("two mailers with two spellings of one mailbox", signed_up, _two_spellings),
    NewsletterRace("two mailers with one welcome", confirmed, _two_mailers),
    NewsletterRace("two mailers while an earlier mail is answered", signed_up_again, _two_workers_and_confirming, 1),
    NewsletterRace("two mailers while the subscriber leaves", confirmed, _two_workers_and_leaving, 1),
)


def race(name: str) -> NewsletterRace:
    """The race of that name."""
    return next(race for race in RACES if race.name == name)

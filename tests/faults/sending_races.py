"""The races of sending: the state before each, and its actors."""

from broadsheet.model.newsletter.sending import Segment, planned
from broadsheet.model.newsletter.subscriber import Preferences
from tests.faults.process import READER, Process
from tests.faults.scheduler import Act
from tests.faults.sending_flows import DAILY, MORNING, SENT, confirm, written
from tests.faults.sending_race import SendingRace, SendingRaceContext
from tests.faults.testbed import TestBed

KILLABLE = ("one", "two")


def readers(bed: TestBed) -> None:
    """Three readers. The one whom a race is about is between the others in the order of the table."""
    bed.prepare(written)
    keyring = bed.process().keys.keyring()
    emails = sorted((f"reader{number}@example.org" for number in range(100)), key=keyring.email_id)
    confirm(bed, READER)
    confirm(bed, emails[0])
    confirm(bed, emails[-1])


def begun(bed: TestBed) -> None:
    """The issue is being sent, in one segment."""
    bed.prepare(readers)
    bed.process(MORNING).schedule()
    process = bed.process(MORNING)
    sending, issue = process.deliveries.get(DAILY), process.issues.get(DAILY)
    assert sending
    assert issue
    segments = [Segment(0, process.subscribers.count_readers(issue, 0, 1))]
    process.deliveries.plan(sending, planned(sending, 1), segments)
    for stream in (bed.articles, bed.events):
        stream.take()


def interrupted(bed: TestBed) -> None:
    """The execution has ended, and readers wait."""
    bed.prepare(begun)
    bed.moto.end_execution(f"{DAILY.id}-1", "FAILED")


def worked(bed: TestBed) -> None:
    """The execution has ended after its last segment, before it could finish."""
    bed.prepare(interrupted)
    bed.process(SENT).work(DAILY, 0)


def _works(context: SendingRaceContext, *names: str) -> dict[str, Act]:
    actors: dict[str, Act] = {}
    for name in names:
        actors |= context.acts(name, lambda worker: worker.work(DAILY, 0).next)
    return actors


def _two_workers(context: SendingRaceContext) -> dict[str, Act]:
    return _works(context, "one", "two")


def _leaves(context: SendingRaceContext) -> dict[str, Act]:
    return context.acts("leaver", lambda reader: reader.unsubscribe_reader())


def _erases(context: SendingRaceContext) -> dict[str, Act]:
    return context.acts("eraser", lambda reader: reader.erase_reader())


def _complains(context: SendingRaceContext) -> dict[str, Act]:
    id = context.bed.process().keys.keyring().email_id(READER)
    return context.acts("complaint", lambda function: function.handle_notification(id, "complaint", issue=DAILY.id))


def _bounces(context: SendingRaceContext, *names: str) -> dict[str, Act]:
    id = context.bed.process().keys.keyring().email_id(READER)
    actors: dict[str, Act] = {}
    for name in names:
        actors |= context.acts(name, lambda function: function.handle_notification(id, "hard bounce", issue=DAILY.id))
    return actors


def _chooses(context: SendingRaceContext, *choices: Preferences) -> dict[str, Act]:
    return context.acts("chooser", lambda reader: [reader.prefer(choice) for choice in choices])


WEEKLY, DAILY_AGAIN, SPORT = Preferences("en", (), "weekly"), Preferences("en"), Preferences("en", ("sport",))


def _stop(editor: Process) -> object:
    return editor.dispatcher.stop(DAILY, "lina", editor.now)


def _stop_and_resume(editor: Process) -> object:
    return _stop(editor), editor.dispatcher.resume(DAILY, "lina", editor.now)


def _hold(editor: Process) -> object:
    return editor.dispatcher.hold(DAILY, "lina", editor.now)


def _schedules(context: SendingRaceContext, *names: str) -> dict[str, Act]:
    actors: dict[str, Act] = {}
    for name in names:
        actors |= context.acts(name, lambda function: function.schedule())
    return actors


def _executions(context: SendingRaceContext) -> dict[str, Act]:
    send = "one", "two"
    return context.acts(send[0], lambda machine: machine.send(DAILY)) | context.acts(
        send[1], lambda machine: machine.send(DAILY)
    )


RACES = (
    SendingRace("two workers on one segment", begun, _two_workers),
    SendingRace("a reader leaves", begun, lambda context: _works(context, "one") | _leaves(context)),
    SendingRace("a reader is erased", begun, lambda context: _works(context, "one") | _erases(context)),
    SendingRace("a reader complains", begun, lambda context: _works(context, "one") | _complains(context)),
    SendingRace(
        "a bounce is reported twice beside a complaint",
        worked,
        lambda context: _bounces(context, "one", "two") | _complains(context),
    ),
    SendingRace("a reader chooses weekly", begun, lambda context: _works(context, "one") | _chooses(context, WEEKLY)),
    SendingRace(
        "a reader chooses other sections", begun, lambda context: _works(context, "one") | _chooses(context, SPORT)
    ),
    SendingRace("two workers while a reader leaves", begun, lambda context: _two_workers(context) | _leaves(context)),
    SendingRace(
        "two workers while a reader chooses weekly and daily again",
        begun,
        lambda context: _two_workers(context) | _chooses(context, WEEKLY, DAILY_AGAIN),
    ),
    SendingRace(
        "an editor stops a worker", begun, lambda context: _works(context, "one") | context.acts("editor", _stop)
    ),
    SendingRace(
        "an editor stops and resumes two workers",
        begun,
        lambda context: _two_workers(context) | context.acts("editor", _stop_and_resume),
    ),
    SendingRace("two executions", begun, _executions),
    SendingRace("two schedules begin", readers, lambda context: _schedules(context, "one", "two")),
    SendingRace(
        "an editor holds what the schedule begins",
        readers,
        lambda context: _schedules(context, "one") | context.acts("holder", _hold),
    ),
    SendingRace(
        "two schedules go on after an execution", interrupted, lambda context: _schedules(context, "one", "two")
    ),
    SendingRace(
        "the schedule goes on while an execution finishes",
        worked,
        lambda context: _schedules(context, "one") | context.acts("two", lambda machine: machine.send(DAILY)),
    ),
)


def race(name: str) -> SendingRace:
    """The race of that name."""
    return next(race for race in RACES if race.name == name)

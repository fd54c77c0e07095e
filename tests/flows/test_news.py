"""The news sitemap follows the clock, also while nothing is published."""

import re
from datetime import timedelta

from broadsheet.services.schedule import update_news
from broadsheet.store.news_window import NEWS, NewsWindow
from tests.world import NOON, World


def listed(world: World) -> list[str]:
    """The titles in the news sitemap, as the publisher makes it after the schedule has run."""
    world.publisher().publish_others(NEWS)
    return re.findall(r"<news:title>([^<]*)<", world.objects()["news.xml"].decode())


def test_articles_leave_the_news_sitemap_after_two_days(world: World) -> None:
    window = NewsWindow(world.clients.dynamodb, world.table)
    world.put("alpha", headline="Alpha", published_at="2026-03-13T08:00:00Z")
    world.put("bravo", headline="Bravo", published_at="2026-03-14T09:30:00Z")
    assert listed(world) == ["Bravo", "Alpha"]
    start = NOON.replace(minute=0)
    for hours, moved, titles in (
        (0, True, ["Bravo", "Alpha"]),
        (0, False, ["Bravo", "Alpha"]),
        (21, True, ["Bravo"]),
        (45, True, ["Bravo"]),
        (46, True, []),
    ):
        assert update_news(window, start + timedelta(hours=hours, minutes=59)) is moved
        assert listed(world) == titles
    assert update_news(window, start) is False


def test_a_run_that_comes_second_leaves_the_window_of_the_first(world: World) -> None:
    class Late(NewsWindow):
        """Reads the row before another run writes it."""

        def since(self) -> None:
            return None

    client = world.clients.dynamodb
    assert update_news(NewsWindow(client, world.table), NOON)
    assert not update_news(Late(client, world.table), NOON + timedelta(hours=1))
    assert NewsWindow(client, world.table).since() == NOON.replace(minute=0) - timedelta(days=2)

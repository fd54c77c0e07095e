"""From articles to bytes, with no AWS call on the way: pages, fragments, feeds, mails."""

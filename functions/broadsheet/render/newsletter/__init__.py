"""The newsletter's pages and mails."""

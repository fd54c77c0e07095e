"""The newsletter's pages, mails and data export."""

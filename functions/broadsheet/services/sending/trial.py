"""Tests of an issue's mail: to one email that an editor names, apart from all readers and reports."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...model.article import Article
from ...model.config import Site
from ...model.errors import Busy, WrongState
from ...model.newsletter.issue import Issue
from ...render.newsletter.issue_mail import issue_test_mail
from ...store.ses import MailRefused, MailRefusedPermanently, Ses


@dataclass(frozen=True, slots=True)
class Trials:
    """Sends tests from the email `sender`."""

    ses: Ses
    site: Site
    sender: str

    def send(self, issue: Issue, articles: Sequence[Article], sections: Sequence[str], email: str) -> str:
        """Send one mail that says that it is a test, and return its subject.

        SES tells nobody what becomes of it: it has the id of no subscriber and of no issue. Raises `WrongState` where
        no article is of the sections or SES refuses the email, and `Busy` where SES takes no mail now.
        """
        mail = issue_test_mail(issue, articles, sections, email, self.sender, self.site)
        if mail is None:
            raise WrongState(f"There is no news for the issue {issue.key.id} in these sections.")
        try:
            self.ses.send(email, mail.as_bytes(), None)
        except MailRefusedPermanently as refusal:
            raise WrongState(f"SES refuses the mail to this email: {refusal}.") from None
        except MailRefused as refusal:
            raise Busy(f"SES takes no mail at the moment: {refusal}.") from None
        return str(mail["Subject"])

"""SECURITY.md has the permissions that the template gives.

`UPDATE_DOCS=1 .venv/bin/pytest tests/template/test_permissions_table.py` writes them.
"""

import os
import re

from tests.template.permissions import CAPTCHA, table
from tests.template.resources import FULL, ROOT, resolved

PAGE = ROOT / "SECURITY.md"
BETWEEN = re.compile(r"(?<=<!-- permissions -->\n).*?(?=<!-- /permissions -->)", re.DOTALL)


def test_the_page_has_the_permissions_of_every_function() -> None:
    expected = f"\n{table(resolved(**FULL, **CAPTCHA))}\n"
    text = PAGE.read_text("utf-8")
    [written] = BETWEEN.findall(text)
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(BETWEEN.sub(lambda _: expected, text), "utf-8")
        return
    assert written == expected, "run UPDATE_DOCS=1 .venv/bin/pytest tests/template/test_permissions_table.py"

"""`python -m infra.openapi`: write the API's description, and the page that shows it."""

from infra.openapi.document import FILE, serialized
from infra.openapi.page import PAGE, html

FILE.write_text(serialized(), encoding="utf-8")
PAGE.write_text(html(), encoding="utf-8")

"""`python -m infra.openapi`: write the API's description anew."""

from infra.openapi.document import FILE, written

FILE.write_text(written(), encoding="utf-8")

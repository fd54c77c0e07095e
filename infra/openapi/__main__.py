"""`python -m infra.openapi`: write the API's description."""

from infra.openapi.document import FILE, serialized

FILE.write_text(serialized(), encoding="utf-8")

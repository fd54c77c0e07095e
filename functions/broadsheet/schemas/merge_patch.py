"""JSON Merge Patch (RFC 7396): a document as another one changes it."""

from typing import Any

from ..model.errors import Malformed

MEDIA_TYPE = "application/merge-patch+json"


def patched(document: Any, patch: Any) -> Any:
    """The document with the fields of the patch; null removes one. Raises `Malformed` for a patch nested too deep."""
    try:
        return _patched(document, patch)
    except RecursionError:
        raise Malformed("the request's body is nested too deep") from None


def _patched(document: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    made = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = _patched(made.get(name), value)
    return made

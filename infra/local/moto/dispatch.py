"""What moto works out anew for each call, worked out once: a quarter of the processor time of a call.

moto lists the folders of its 200 services, tries their URL patterns in turn, and makes the service's own patterns, the
list of its operations and a random request id of 52 letters for every request. It measures an item of DynamoDB again
for each of its attributes, splits every condition into its words with a dozen patterns for each word, parses every
update anew, and asks for the class of each node of its tree ten times.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, lru_cache
from typing import Any
from unittest import mock
from uuid import uuid4

from moto import backend_index, backends
from moto.core import responses
from moto.core.base_backend import BaseBackend
from moto.core.utils import method_names_from_class
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.parsing import ast_nodes, expressions
from moto.s3 import urls as s3_urls
from moto.s3.models import S3Backend

FIRST = {"dynamodb", "dynamodbstreams", "s3", "secretsmanager", "ses", "sesv2", "sqs"}
"""The services that are called most, whose patterns come first."""

EXPRESSIONS = 1024
"""How many expressions of DynamoDB are remembered; the code has fewer than a hundred."""

# mypy sees nothing in moto's modules that begin with "type: ignore".
DepthFirstTraverser: Any = vars(ast_nodes)["DepthFirstTraverser"]
Node: Any = vars(ast_nodes)["Node"]
UpdateExpressionParser: Any = vars(expressions)["UpdateExpressionParser"]

_urls: Any = vars(BaseBackend)["urls"]
_words: Any = ConditionExpressionParser._lex_condition_expression  # noqa: SLF001  moto has no public hook for this


@contextmanager
def cached_dispatch() -> Iterator[None]:
    """Route requests to moto's services with less work."""
    patterns = sorted(backend_index.backend_url_patterns, key=lambda pattern: pattern[0] not in FIRST)
    services = frozenset(backends.list_of_moto_modules())
    with ExitStack() as patches:
        for owner, name, patch in (
            (backends, "list_of_moto_modules", lambda: services),
            (backend_index, "backend_url_patterns", patterns),
            (BaseBackend, "urls", property(_urls_once)),
            (S3Backend, "_url_module", s3_urls),
            (responses, "method_names_from_class", cache(method_names_from_class)),
            (responses, "gen_amzn_requestid_long", _request_id),
            (Item, "__init__", _measured_once),
            (ConditionExpressionParser, "_lex_condition_expression", _condition_words),
            # moto validates and executes a copy of the tree.
            (UpdateExpressionParser, "make", lru_cache(EXPRESSIONS)(UpdateExpressionParser.make)),
            (DepthFirstTraverser, "traverse_node_recursively", _traverse),
        ):
            patches.enter_context(mock.patch.object(owner, name, patch))
        yield


def _urls_once(backend: BaseBackend) -> Any:
    if type(backend) not in _known:
        _known[type(backend)] = _urls.fget(backend)
    return _known[type(backend)]


_known: dict[type, Any] = {}


def _request_id(headers: dict[str, Any] | None = None) -> str:
    id = uuid4().hex.upper()
    if isinstance(headers, dict):
        headers["x-amzn-requestid"] = id
    return id


def _measured_once(item: Item, hash_key: DynamoType, range_key: DynamoType | None, attrs: dict[str, Any]) -> None:
    """Only the last attribute is set with moto's check of the item's size, which counts all of them."""
    item.hash_key, item.range_key, item.attrs = hash_key, range_key, LimitedSizeDict()
    values = {name: DynamoType(value) for name, value in attrs.items()}
    last = [values.popitem()] if values else []
    dict.update(item.attrs, values)
    for name, value in last:
        item.attrs[name] = value


def _condition_words(parser: ConditionExpressionParser) -> deque[Any]:
    return deque(_words_of(parser.condition_expression))


@lru_cache(EXPRESSIONS)
def _words_of(expression: str | None) -> tuple[Any, ...]:
    return tuple(_words(ConditionExpressionParser(expression, None, None)))


def _traverse(traverser: Any, node: Any, child_id: int = -1) -> Any:
    """moto's own traversal, without its questions to abstract classes and a map of methods for each node."""
    if not _is_node(node.__class__):
        return node
    parent = node.parent
    for place, child in enumerate(node.children or ()):
        traverser.pre_processing_of_child(node, place)
        _traverse(traverser, child, place)
    if _processes(traverser, type(node)):
        node = traverser.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


@cache
def _is_node(kind: type) -> bool:
    return issubclass(kind, Node)


def _processes(traverser: Any, kind: type) -> bool:
    """Whether traversers of this class process nodes of that class."""
    known = _processed.setdefault(type(traverser), {})
    if kind not in known:
        known[kind] = issubclass(kind, traverser.nodes_to_be_processed())
    return known[kind]


_processed: dict[type, dict[type, bool]] = {}

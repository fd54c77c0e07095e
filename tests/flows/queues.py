"""The queues of a local deployment, for tests that wait for their messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from infra.local.deployment.local_deployment import LocalDeployment


def depth(stack: LocalDeployment, queue: str) -> int:
    """How many messages a queue holds: visible, delayed or in flight."""
    names: Any = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    return sum(int(number) for number in _attributes(stack, queue, names).values())


@contextmanager
def changed(stack: LocalDeployment, queue: str, attribute: str, value: str) -> Iterator[None]:
    """A queue with another value of an attribute. It has the usual one afterwards."""
    usual = _attributes(stack, queue, [attribute])
    other: Any = {attribute: value}
    url = stack.deployment.name(queue)
    stack.clients.sqs.set_queue_attributes(QueueUrl=url, Attributes=other)
    try:
        yield
    finally:
        stack.clients.sqs.set_queue_attributes(QueueUrl=url, Attributes=usual)


def _attributes(stack: LocalDeployment, queue: str, names: Any) -> Any:
    url = stack.deployment.name(queue)
    return stack.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]

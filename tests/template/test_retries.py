"""How queues and streams retry, and how much of Lambda's concurrency they can take."""

import pytest

from tests.template.reading import Resources, functions, mappings, of_type

NEW_ACCOUNT = 10
"""Concurrent executions that a new account often has ("Lambda quotas", in Lambda's developer guide)."""
SHARDS = 4
"""Shards of a new on-demand table's stream, one for each partition: 4,000 writes a second at 1,000 for each partition
("Read/write capacity mode" and "Best practices for partition keys", in DynamoDB's developer guide)."""


def test_queues_leave_executions_to_the_api_in_a_new_account(resources: Resources) -> None:
    """aws#9: two is the fewest that Lambda allows. A reservation would do more, and Lambda refuses one under a quota of
    10, of which it keeps all unreserved."""
    queues = mappings(resources, "sqs")
    assert queues
    assert all(queue["ScalingConfig"] == {"MaximumConcurrency": 2} for queue in queues)
    assert sum(queue["ScalingConfig"]["MaximumConcurrency"] for queue in queues) <= NEW_ACCOUNT - SHARDS - 2
    assert not [name for name, one in functions(resources).items() if "ReservedConcurrentExecutions" in one]


def test_a_stream_takes_one_execution_for_each_shard(resources: Resources) -> None:
    """aws#9: both streams at their busiest may take all of ten, so docs/operations.md says to ask for more."""
    streams = mappings(resources, "dynamodb")
    assert streams
    assert all(stream.get("ParallelizationFactor", 1) == 1 for stream in streams)


def test_a_message_is_received_five_times_before_it_is_given_up(resources: Resources) -> None:
    """aws#10: a receive whose invocation is throttled counts."""
    redriven = [queue for queue in of_type(resources, "AWS::SQS::Queue").values() if "RedrivePolicy" in queue]
    assert {queue["EventSourceArn"] for queue in mappings(resources, "sqs")} == {
        f"{name}.Arn" for name, queue in of_type(resources, "AWS::SQS::Queue").items() if "RedrivePolicy" in queue
    }
    assert redriven
    assert all(queue["RedrivePolicy"]["maxReceiveCount"] >= 5 for queue in redriven)


@pytest.mark.parametrize(("function", "hours"), [("PublishFunction", 6), ("MailerFunction", 1)])
def test_a_record_is_retried_until_it_is_too_old(function: str, hours: int, resources: Resources) -> None:
    """aws#11: ten attempts are over within minutes of an outage. As long as docs/operations.md says."""
    [stream] = [one for one in mappings(resources, "dynamodb") if one["FunctionName"] == function]
    assert stream["MaximumRecordAgeInSeconds"] == hours * 3600


def test_no_stream_counts_attempts(resources: Resources) -> None:
    """aws#11: and a batch that fails as a whole is halved, until the record that fails is alone."""
    for stream in mappings(resources, "dynamodb"):
        assert stream["MaximumRetryAttempts"] == -1
        assert 0 < stream["MaximumRecordAgeInSeconds"] < 24 * 3600  # by then the stream has forgotten
        assert stream["BisectBatchOnFunctionError"] is True
        assert stream["FunctionResponseTypes"] == ["ReportBatchItemFailures"]

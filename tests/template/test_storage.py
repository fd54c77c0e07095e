"""Tables and buckets: what is kept, for how long, encrypted how, and closed to whom."""

import pytest

from infra.template_check.kinds import KINDS
from tests.template.resources import FULL, Resources, deployment, of_type, parameters, resolved

BUCKET = "AWS::S3::Bucket"
UNSTREAMED = ("Keys", "Deliveries")
TABLE = "AWS::DynamoDB::Table"
HOLDING_DATA = (TABLE, BUCKET, "AWS::SecretsManager::Secret", "AWS::SES::EmailIdentity")

# ── Everything that holds data ────────────────────────────────────────────────────────────────────────────────────────


def test_what_holds_data_outlives_the_stack_and_not_a_failed_creation(resources: Resources) -> None:
    """aws#2, aws#3: RetainExceptOnCreate deletes a resource if the operation that created it is rolled back."""
    kept = {name for name, one in resources.items() if one["Type"] in HOLDING_DATA}
    assert {resources[name]["Type"] for name in kept} == set(HOLDING_DATA)
    assert {type_ for type_, kind in KINDS.items() if kind.kept} == set(HOLDING_DATA)
    for name in kept:
        assert resources[name]["DeletionPolicy"] == "RetainExceptOnCreate"
        assert resources[name]["UpdateReplacePolicy"] == "Retain"
    assert {name for name, one in resources.items() if one.get("DeletionPolicy", "Delete") != "Delete"} == kept


# ── Tables ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_table_can_be_restored_is_paid_by_use_and_forgets_what_expires(resources: Resources) -> None:
    tables = of_type(resources, TABLE)
    assert tables
    for name, table in tables.items():
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        assert table["BillingMode"] == "PAY_PER_REQUEST", name
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}, name


def test_the_stream_of_subscribers_holds_keys_alone(resources: Resources) -> None:
    tables = of_type(resources, TABLE)
    streams = {name: table["StreamSpecification"] for name, table in tables.items() if name not in UNSTREAMED}
    types = {name: stream["StreamViewType"] for name, stream in streams.items()}
    assert types == {"Articles": "NEW_AND_OLD_IMAGES", "Subscribers": "KEYS_ONLY"}


def test_keys_and_deliveries_have_no_stream(resources: Resources) -> None:
    """Hashes of secrets, and whom an issue was sent to, go nowhere else."""
    for name in UNSTREAMED:
        assert "StreamSpecification" not in of_type(resources, TABLE)[name]


def test_no_table_has_an_index(resources: Resources) -> None:
    for table in of_type(resources, TABLE).values():
        assert not {"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} & table.keys()


@pytest.mark.parametrize("protected", ["true", "false"])
def test_tables_are_protected_once_the_first_deployment_is_complete(protected: str) -> None:
    """aws#3: DynamoDB refuses to delete a protected table, so the rollback of a creation would fail and leave it."""
    assert parameters()["DeletionProtection"]["Default"] == "false"
    stack = deployment(DeletionProtection=protected)
    for table in of_type(resolved(DeletionProtection=protected), TABLE).values():
        assert table["DeletionProtectionEnabled"] is (protected == "true")
    # `sam deploy` shows outputs at its end, which remind the deployer of the second step.
    assert ("TablesUnprotected" in stack.outputs) is (protected == "false")


def test_no_table_pays_for_a_key(resources: Resources) -> None:
    """aws#6: SSEEnabled is a KMS key that is paid for by the call; without it DynamoDB encrypts with its own key."""
    assert not [name for name, table in of_type(resources, TABLE).items() if "SSESpecification" in table]


# ── Buckets ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_bucket_is_closed_and_encrypted(resources: Resources) -> None:
    buckets = of_type(resources, BUCKET)
    assert set(buckets) == {"Bodies", "Media", "Previews", "Site"}
    for name, bucket in buckets.items():
        assert bucket["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }, name
        assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, name
        # S3's own keys, not KMS's: only then is an ETag the hash of the content.
        [encryption] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}, name


def test_every_bucket_refuses_requests_without_tls(resources: Resources) -> None:
    policies = {policy["Bucket"]: policy for policy in of_type(resources, "AWS::S3::BucketPolicy").values()}
    assert set(policies) == set(of_type(resources, BUCKET))
    for bucket, policy in policies.items():
        [refusal] = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Deny"]
        assert refusal["Principal"] == "*"
        assert refusal["Action"] == "s3:*"
        assert refusal["Resource"] == [f"{bucket}.Arn", f"{bucket}.Arn/*"]
        assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_this_distribution_reads_buckets_from_outside_and_no_upload(resources: Resources) -> None:
    allowed = [
        statement
        for policy in of_type(resources, "AWS::S3::BucketPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    for reading in allowed:
        assert reading["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert reading["Action"] == "s3:GetObject"
        assert reading["Condition"]["StringEquals"]["aws:SourceArn"].endswith(":distribution/Distribution")
    assert [reading["Resource"].rpartition(":")[2] for reading in allowed] == ["Media.Arn/images/*", "Site.Arn/*"]


def test_every_bucket_forgets_unfinished_uploads_after_a_day(resources: Resources) -> None:
    for name, bucket in of_type(resources, BUCKET).items():
        aborts = [rule.get("AbortIncompleteMultipartUpload") for rule in bucket["LifecycleConfiguration"]["Rules"]]
        assert {"DaysAfterInitiation": 1} in aborts, name


def test_old_versions_can_be_restored_for_a_month_but_not_of_pages_and_previews(resources: Resources) -> None:
    buckets = of_type(resources, BUCKET)
    assert {name for name, bucket in buckets.items() if "VersioningConfiguration" not in bucket} == {"Previews", "Site"}
    for bucket in (buckets["Bodies"], buckets["Media"]):
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        rules = bucket["LifecycleConfiguration"]["Rules"]
        [kept] = [rule for rule in rules if "NoncurrentVersionExpiration" in rule and "Prefix" not in rule]
        assert kept["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
        assert "ExpirationInDays" not in kept


def test_uploads_and_previews_are_deleted_and_no_version_of_them_is_kept(resources: Resources) -> None:
    expiring = {
        (name, rule.get("Prefix")): (
            rule["ExpirationInDays"],
            rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays"),
        )
        for name, bucket in of_type(resources, BUCKET).items()
        for rule in bucket["LifecycleConfiguration"]["Rules"]
        if "ExpirationInDays" in rule
    }
    # Previews have no versions. S3 rounds up to the next midnight, so a day is at most two.
    assert expiring == {("Media", "uploads/"): (14, 1), ("Previews", None): (1, None)}


# ── Logs ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("days", ["7", pytest.param("30", marks=pytest.mark.proof)])
def test_no_log_is_kept_for_ever(days: str) -> None:
    groups = of_type(resolved(**FULL, LogRetentionDays=days), "AWS::Logs::LogGroup")
    assert groups
    assert {str(group["RetentionInDays"]) for group in groups.values()} == {days}

"""IAM's actions that read and write, with verbs for the architecture's picture and SECURITY.md's table."""

READS = {
    "dynamodb:GetItem": "get",
    "dynamodb:BatchGetItem": "get",
    "dynamodb:Query": "query",
    "dynamodb:Scan": "scan",
    "s3:GetObject": "get",
    "secretsmanager:GetSecretValue": "get",
    "ssm:GetParameter": "get",
}
WRITES = {
    "dynamodb:PutItem": "put",
    "dynamodb:UpdateItem": "update",
    "dynamodb:DeleteItem": "delete",
    "s3:PutObject": "put",
    "s3:DeleteObject": "delete",
    "sqs:SendMessage": "send",
    "events:PutEvents": "send",
    "ses:SendEmail": "send",
    "ses:SendRawEmail": "send",
    "states:StartExecution": "start",
    "ses:DeleteSuppressedDestination": "remove",
}

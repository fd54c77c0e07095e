"""DynamoDB, S3, SQS, SES, Secrets Manager and HTTP services: one module for each concern. Only these name boto3."""

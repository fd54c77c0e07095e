"""DynamoDB, S3, SES and Secrets Manager, one module a concern; the only place that names boto3."""

"""DynamoDB, S3, SQS, EventBridge and Secrets Manager behind the desk's ports."""

"""CloudFront, API Gateway, SES and a WebSub hub, as the template sets them up."""

"""CloudFront, API Gateway, SES and a WebSub hub, configured by the template."""

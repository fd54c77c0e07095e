"""CloudFront, API Gateway, SES, a WebSub hub and search engines, configured by the template."""

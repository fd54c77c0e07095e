"""The parts of template.yaml that have files of their own, and the code that puts them in.

A line of template.yaml that ends in `!Embed file` gets the file's text as its value; `<<: !Include file` is replaced by
the resources in the file. Paths start at the repository's root. `python -m infra.template` writes the result to
build/template.yaml, which SAM reads; the tests and the local deployment put the parts in by themselves.

CloudFormation's AWS::Include does not serve here: it includes mappings, so no JavaScript; it takes no short forms such
as `!Ref` ("AWS::Include transform", CloudFormation Template Reference); and it runs on AWS, so `sam validate`,
cfn-lint, checkov and the tests would not see what it includes.
"""

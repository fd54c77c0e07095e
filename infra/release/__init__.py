"""What a release publishes, and what a person may trust in it.

preconditions   why a version cannot be released    changelog    the text of a version
archive         the functions' archive, checksums   sbom         bills of materials (CycloneDX)
licences        THIRD-PARTY.md                      audit        known vulnerabilities in the lock files
locks           the lock files of what ships
"""

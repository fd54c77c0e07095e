"""An audit fails for what is known to be vulnerable, and a strict one also without an answer."""

from infra.release.audit import Audit, failures, read

REPORT = {
    "dependencies": [
        {"name": "ink", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1", "2.0"]}]},
        {"name": "paper", "version": "2.0", "vulns": []},
        {"name": "press", "skip_reason": "Dependency not found on PyPI and could not be audited: press (3.0)"},
    ],
}


def test_a_report_names_what_is_vulnerable_and_what_has_no_answer() -> None:
    assert read("lock.txt", REPORT) == Audit("lock.txt", ("ink 1.0: PYSEC-1, fixed in 1.1 or 2.0",), ("press",))


def test_a_known_vulnerability_always_fails() -> None:
    found = Audit("lock.txt", vulnerable=("ink 1.0: PYSEC-1, fixed in 1.1",))
    for strict in (True, False):
        assert list(failures([found], strict=strict)) == [
            "lock.txt has a known vulnerability. ink 1.0: PYSEC-1, fixed in 1.1."
        ]


def test_a_missing_answer_fails_a_strict_audit_alone() -> None:
    found = Audit("lock.txt", unanswered=("press",))
    assert list(failures([found], strict=False)) == []
    assert list(failures([found], strict=True)) == ["lock.txt: the vulnerability service did not answer for press."]

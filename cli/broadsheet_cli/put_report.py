"""What `broadsheet put` prints: a line for each article, or one JSON document; and the summary."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import click

from .batch_put import REFUSED, WITHDRAWN, PutCounts, PutResult
from .messages import Message, staleness
from .site import readable
from .terminal import print_errors, print_result, print_warnings

if TYPE_CHECKING:
    from rich.console import Console

LEFT_ALONE = "is withdrawn, and was left alone; to publish it again, add --revive"
OUTCOMES = ("created", "replaced", "unchanged", "revived", WITHDRAWN, REFUSED)


def line(result: PutResult) -> str | None:
    """The outcome, the address and the file of an article that was put; None for one that was not."""
    stored = result.stored
    if stored is None:
        return None
    if stored.status == "draft" or stored.url is None:
        place = "(a draft, no page yet)"
    elif stored.status == "scheduled":
        place = f"{readable(stored.url)}  (scheduled for {result.published_at})"
    else:
        place = readable(stored.url)
    return f"{result.outcome:<9}  {place}  {result.name}"


@dataclass(slots=True)
class PutReport:
    """Prints the results: lines as they come, or one JSON document at the end, whose fields stay the same."""

    errors: Console
    dry_run: bool = False
    as_json: bool = False
    quiet: bool = False
    counts: PutCounts = field(default_factory=PutCounts)
    stale_seconds: dict[str, int] = field(default_factory=dict)
    articles: list[dict[str, object]] = field(default_factory=list)
    put: set[str] = field(default_factory=set)
    awaiting: list[tuple[str, Message, list[object]]] = field(default_factory=list)

    def add(self, result: PutResult) -> None:
        self.counts.add(result)
        if result.stored and result.id:
            self.put.add(result.id)
            self.stale_seconds |= result.stored.stale_seconds
        warnings: list[object] = [_lost(warning) for warning in result.warnings]
        self.awaiting += [(id, message, warnings) for id, message in result.awaiting]
        if self.as_json:
            self.articles.append(_as_json(result, warnings))
            return
        if not self.quiet and (text := line(result)):
            print_result(self.errors, text)
        for error in result.errors:
            print_errors(self.errors, *error.lines())
        for warning in result.warnings:
            print_warnings(self.errors, *warning.lines())
        if result.outcome == WITHDRAWN:
            print_warnings(self.errors, f"{result.name}: {LEFT_ALONE}")

    def finish(self, *, complete: bool) -> None:
        """Print the document, or else the summary of a run that is complete."""
        if complete:  # else a later file may put what is missing
            self._warn_of_dead_references()
        if self.as_json:
            document = {
                "complete": complete,
                "dry_run": self.dry_run,
                "counts": asdict(self.counts),
                "stale_seconds": self.stale_seconds or None,
                "articles": self.articles,
            }
            click.echo(json.dumps(document, ensure_ascii=False, indent=2).encode())
        elif complete and not self.quiet:
            click.echo(summary(self.counts, dry_run=self.dry_run))
            if self.counts.replaced and self.stale_seconds and not self.dry_run:
                click.echo(staleness(self.stale_seconds))

    def _warn_of_dead_references(self) -> None:
        """Warn of the ids that articles name and that this run has not put: a translation may be in a later file."""
        for id, message, warnings in self.awaiting:
            if id not in self.put:
                self.counts.warnings += 1
                warnings.append(_lost(message))
                if not self.as_json:
                    print_warnings(self.errors, *message.lines())


def _as_json(result: PutResult, warnings: list[object]) -> dict[str, object]:
    stored = result.stored
    return {
        "file": str(result.file),
        "id": result.id,
        "outcome": result.outcome,
        "url": stored.url if stored else None,
        "status": stored.status if stored else None,
        "published_at": stored.published_at if stored else None,
        "warnings": warnings,
        "errors": [_wrong(error) for error in result.errors],
    }


def _lost(message: Message) -> dict[str, object]:
    return {"field": message.field, "line": message.line, "message": message.rule}


def _wrong(message: Message) -> dict[str, object]:
    return {"field": message.field, "rule": message.rule, "line": message.line}


def summary(counts: PutCounts, *, dry_run: bool) -> str:
    """How many articles had each outcome; outcomes that hardly occur are named only where they did."""
    always = ("created", "replaced", "unchanged", REFUSED)
    found = [f"{number} {name}" for name in OUTCOMES if (number := getattr(counts, name)) or name in always]
    if counts.warnings:
        found.append(f"{counts.warnings} warning{'s' if counts.warnings > 1 else ''}")
    return ", ".join(found) + ("; a dry run: nothing was stored" if dry_run else "")

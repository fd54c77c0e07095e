"""A step of the state machine that sends an issue of the newsletter."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import telemetry


@telemetry.observed
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    about = {"issue": event["issue"], "run": event["run"]}
    match event["step"]:
        case "plan":
            return about | {"segments": [about | {"step": "page", "segment": segment} for segment in range(2)]}
        case "page":
            return event | {"next": "done"}
        case _:
            return {"issue": event["issue"], "state": "finished"}

"""AWS on one machine: `python -m infra.local`, or `LocalDeployment` in a test.

Routes, filters, batch sizes, headers and timeouts come from `template.yaml`; nothing about a resource is repeated here.
A module imports only what is further down in this list:

    __main__           the program
    deployment/        stack: starts and stops everything; deployment: creates the template's resources in moto; sample
                       keeping: the data, from one run to the next
    console            /_local/: functions, invocations and mails, as pages
    services/          cdn: CloudFront (distribution: its behaviours; edge_functions: in V8; edge_headers; http_caching)
                       gateway: API Gateway (routing: its routes; signatures; throttle; cross_origin)
                       outbox, feedback: SES; hub: a WebSub hub; search_engines: IndexNow
                       live_reload: reloads open pages of the site
    functions/         runtime: Lambda functions, one process each (worker, invocation, failures)
                       event_sources: what invokes them: streams (event_filters), queues, topics, schedules
                       dead_letters; reload: finds new code; restarts: loads it
    resources          the resources of the deployed template: names, attributes, properties
    moto/              emulator: moto in its own process; moto_patches: corrections; state: in a file; clients
    template/          the template: read, translated, its intrinsic functions
    waiting            waits that end when nothing moves any more
    web                the HTTP server of all of these
    die_with_parent    ends every child process with its parent
    account            account id, region and keys
"""

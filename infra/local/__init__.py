"""The whole system on one machine: `python -m infra.local`, or `LocalStack` in a test.

Read from the outside in:

    __main__    the program                     stack         what starts, in which order, and how it ends
    web         HTTP, for everybody             console       /_local/, for people; outbox: the mails
    cdn         CloudFront                      distribution  its behaviours; representation: 304, gzip
    edge_functions  CloudFront Functions in V8  edge_headers  which headers and error responses CloudFront takes
    gateway     API Gateway                     signatures    SigV4; allowance: how many calls; cross_origin: CORS
    runtime     functions and their line        worker        one process of one; leash: it ends when the stack does
    streams     DynamoDB streams to functions   patterns      their filters; dead_letters: what was given up
    queues      SQS queues to functions         hub           a WebSub hub, which is told of changed feeds
    topics      SNS topics to functions         feedback      what SES says there of mails
    schedules   events by the clock             reload        changed code
    deployment  the template in moto            wiring        who calls whom; routing: the API's routes
    template    read and translated             intrinsics    Ref, Fn::Sub and their kin
    emulator    moto, in its own process        repairs       what moto gets wrong; cloud: clients for it

Nothing about a resource is written down here: routes, filters, batch sizes, headers, timeouts come from the template.
"""

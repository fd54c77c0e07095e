"""The `broadsheet` command: a site's articles, ads and subscribers, from a terminal, through the editors' API.

    command             the command itself          *_command, *_commands               its subcommands
    options, terminal   what the subcommands share  batch_put, subscribers              many articles, subscribers
    client, transport   the API; signed HTTP        files, front_matter, yaml_texts     articles in files
    errors, messages    what can go wrong           illustrated, body_addresses         pictures beside the files
    site, tables        times, URLs, columns        pictures, ad_files                  uploads, ads in files
    references, listing how articles are found      subscriber_file, formats, csv_files subscribers in files
    put_report          what `put` prints           version_option, completion_command  about the command itself

The package imports nothing of the site's code. Libraries that take long to import (botocore, urllib3, rich, yaml,
markdown-it) are imported by the functions that use them, because the Tab key runs the command, too.
"""

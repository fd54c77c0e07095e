"""The `broadsheet` command: a site's articles, ads and subscribers, from a terminal, through the editors' API.

    command             the command itself          *_command, *_commands               its subcommands
    options, terminal   what the subcommands share  batch_put, subscribers              many articles, subscribers
    client, transport   the API; signed HTTP        files, front_matter, yaml_texts     articles in files
    errors, messages    what can go wrong           illustrated, body_addresses         pictures beside the files
    site, tables        times, URLs, columns        pictures, ad_files                  uploads, ads in files
    references, listing how articles are found      subscriber_file, formats, csv_files subscribers in files
    put_report          what `put` prints

The package imports nothing of the site's code.
"""

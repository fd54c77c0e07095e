"""The `broadsheet` command: a site's articles and subscribers, from a terminal, through the editors' API.

    command             the command itself          article_commands, put_command …         its subcommands
    options, terminal   what the subcommands share  batch_put, subscribers                  many articles, subscribers
    client, transport   the API; signed HTTP        files, front_matter, yaml_texts         articles in files
    errors, messages    what can go wrong           illustrated, body_addresses, pictures   pictures beside the files
    put_report          what `put` prints           subscriber_file, formats, csv_files     subscribers in files

The package imports nothing of the site's code.
"""

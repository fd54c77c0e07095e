"""The `broadsheet` command: a site's articles and subscribers, from a terminal, through the editors' API.

    command             the command itself          article_commands, subscriber_commands   its subcommands
    options, terminal   what the subcommands share  batch_put, subscribers                  many articles, subscribers
    client, transport   the API; signed HTTP        files, front_matter                     articles in files
    errors              what can go wrong           subscriber_file, formats, csv_files     subscribers in files

The package imports nothing of the site's code.
"""

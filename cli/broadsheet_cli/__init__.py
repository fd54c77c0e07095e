"""The `broadsheet` command: a site's articles, ads and subscribers, from a terminal, through the editors' API.

    command             the command itself          *_command, *_commands     its subcommands
    options, terminal   what the subcommands share  batch_put, subscribers    many articles, subscribers
    client, transport   the API; signed HTTP        files, front_matter       articles in files
    errors              what can go wrong           ad_files                  ads in files
    site, tables        times, URLs, columns        subscriber_file, formats  subscribers in files
    references, listing how articles are found      csv_files                 their rows

The package imports nothing of the site's code.
"""

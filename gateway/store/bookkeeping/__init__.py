"""Keep small records beside the resources: dead letters, links, imports, states."""

"""The cases of `peer_cases` in the language of each peer."""

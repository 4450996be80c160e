"""The verbs of the command symc, one a file: each adds its arguments and runs."""

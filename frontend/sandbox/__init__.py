"""Theano's sandbox, as far as symc has it: random streams."""

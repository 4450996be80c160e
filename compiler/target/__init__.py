"""Targets: instruction sets, object code from text, and position-independent blobs."""

"""Sorting as native code: keys, merging of short rows, digits of long ones."""

"""Kernels: loops over named axes as data, their text, their interpreter and their schedules."""

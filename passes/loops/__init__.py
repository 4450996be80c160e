"""Passes that know loops: over bodies, their derivatives, work moved out of them."""

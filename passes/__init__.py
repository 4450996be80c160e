"""The passes: each a function from module to module, run in one visible order."""

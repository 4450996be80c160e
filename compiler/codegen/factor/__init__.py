"""Factorings as native code: triangles, reflections, eigenvalues, by rows and by blocks."""

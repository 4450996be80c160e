"""Matrix products: packed panels, register tiles and the loops around them."""

"""Programs: what one call does, as statements over buffers and host scalars."""

"""Access tokens in place of passwords: one module per kind of provider."""

"""How mail programs mark what is not the writer's own: quotations, header blocks, signatures, our marker line."""

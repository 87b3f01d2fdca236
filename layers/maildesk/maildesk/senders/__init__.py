"""Where mail goes out: one module per way, each an adapter to `ports.SenderConnection`."""

"""Where mail comes from: one module per protocol, each an adapter to `ports.MailboxConnection`."""

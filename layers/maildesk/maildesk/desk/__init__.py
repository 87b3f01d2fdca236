"""The use cases: poll, receive, relay, send, operate. They know the ports, not what is behind them."""

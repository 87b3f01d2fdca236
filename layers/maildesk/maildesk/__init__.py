"""Maildesk: the helpdesk that turns any mailbox into tickets and answers them by mail."""

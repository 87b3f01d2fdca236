"""`make demo`: the whole path on one machine, from mailboxes to tickets to answers, live."""

"""What a bounce is made of: its evidence, the recipients it names, and what each failure means."""

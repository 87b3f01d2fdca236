"""Tickets and the decisions about them. Pure: what is known goes in, what shall be written comes out."""

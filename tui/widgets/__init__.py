"""Widgets that several pages use. They show what they are given and post messages; they never reach upward."""

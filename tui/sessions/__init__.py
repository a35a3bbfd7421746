"""What a study session is, without a screen: which item is asked, what an answer does to it, what changed in the end."""

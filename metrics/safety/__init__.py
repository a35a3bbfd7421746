"""Word-list hits in any disguise, the rate of violations, and refusals where none was due."""

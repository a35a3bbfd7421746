"""The same app in a browser, through textual-serve: our own page, a token in the address, this machine only by default."""

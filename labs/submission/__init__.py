"""What students hand in (bundles) and what is asked of them (assignment files)."""

"""What was published against what is computed."""

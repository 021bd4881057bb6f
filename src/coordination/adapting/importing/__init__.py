"""Statistics in foreign layouts read into a study's long panel."""

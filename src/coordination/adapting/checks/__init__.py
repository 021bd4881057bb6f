"""Everything that can be wrong with a study, in plain words."""

"""The paper, the reviewer's site and the explorer, from a finished run."""

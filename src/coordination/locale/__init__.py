"""The languages of the paper: a folder each, with all its words, captions and sentences, and nothing else."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
FIRST = "en"

# English first: what another language lacks of a study's own texts is said in it.
LANGUAGES = tuple(
    sorted((f.name for f in FOLDER.iterdir() if (f / "words.yml").is_file()), key=lambda k: (k != FIRST, k))
)

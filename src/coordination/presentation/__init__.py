"""How results are put before a reader: numbers, words, columns, pictures."""

"""What a study is: its document, its files, its regions."""

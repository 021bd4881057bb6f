"""The reviewer's site: from every number a way to the cell, function and file it comes from."""

"""The user's own features and targets: array files, csv, parquet."""

"""The library's database: what is added, synced, removed, mended and brought back. SQLite is the only truth."""

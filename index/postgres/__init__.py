"""A library in a database of a PostgreSQL server, for those who outgrow one machine."""

"""What the console reads and writes in PostgreSQL; each public method is one transaction."""

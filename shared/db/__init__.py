"""PostgreSQL: tables, transactions, deliveries, outbox."""

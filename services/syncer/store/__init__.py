"""What the syncer writes: appointments, calls, customers, subscriptions. One method, one transaction."""

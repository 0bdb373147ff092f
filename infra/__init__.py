"""What runs around the services: servers of one machine, simulated providers, migrations."""

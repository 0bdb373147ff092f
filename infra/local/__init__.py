"""The private servers and the whole stack on one machine: `make run`, `make up`, `make test`."""

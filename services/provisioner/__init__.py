"""branch.created, .updated, .deleted, .refresh_requested → agent, number, webhook → branch.provisioned."""

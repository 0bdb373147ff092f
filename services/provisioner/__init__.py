"""branch.created, .updated, .deleted → agent, number and webhook at the providers → branch.provisioned."""

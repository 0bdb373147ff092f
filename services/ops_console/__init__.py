"""Where people look and act: dead letters, event log, ledger, health, companies and branches."""

"""Liveness, readiness and the deep health of everything a service depends on."""

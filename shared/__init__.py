"""What two services need; a closed list of layers."""

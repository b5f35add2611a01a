"""Flows of sdk-4mica against a local network, step by step."""

"""Inventory to derived tables."""

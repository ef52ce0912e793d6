"""The role that is assumed in every account, ready to be made."""
